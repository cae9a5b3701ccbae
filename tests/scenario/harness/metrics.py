"""The Prometheus text format, as far as a test asks for it."""
import re

_sample = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$')
_label = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def _unescape(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), text)


class Metrics:
    """`knows(name)` is asked about a name that has no sample: nobody counts under a name that the
    program does not have, and a test that waits for that, or is content with 0, could not fail."""

    def __init__(self, text, knows=lambda _: True):
        self.samples, self.knows = [], knows
        seen = set()
        for number, line in enumerate(text.splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            match = _sample.match(line)
            if not match:
                raise ValueError(f"metrics line {number} is not a sample: {line!r}")
            series = line.rsplit(None, 1)[0]
            if series in seen:
                raise ValueError(f"metrics line {number}: the series {series} stands twice")
            seen.add(series)
            labels = {k: _unescape(v) for k, v in _label.findall(match.group(2) or "")}
            self.samples.append((match.group(1), labels, float(match.group(3))))

    def _of(self, name, labels):
        found = [(has, value) for n, has, value in self.samples if n == name]
        if not found and not self.knows(re.sub("_(bucket|sum|count)$", "", name)):
            raise NameError(f"there is no metric {name}")
        for label in labels:
            if found and not any(label in has for has, _ in found):
                raise NameError(f"{name} has no label {label}: {found[0][0]}")
        return found

    def sum(self, name, **labels):
        """All samples of that name whose labels include these; 0 when there is none yet."""
        return sum(value for has, value in self._of(name, labels)
                   if all(has.get(k) == v for k, v in labels.items()))

    def has(self, name):
        return bool(self._of(name, ()))

    def by(self, name, label):
        """{value of the label: sum}"""
        out = {}
        for has, value in self._of(name, (label,)):
            out[has.get(label, "")] = out.get(has.get(label, ""), 0) + value
        return out
