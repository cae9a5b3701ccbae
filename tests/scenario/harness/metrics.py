"""The Prometheus text format, as far as a test asks for it."""
import re

_sample = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$')
_label = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def _unescape(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), text)


class Metrics:
    def __init__(self, text):
        self.samples = []
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

    def sum(self, name, **labels):
        """All samples of that name whose labels include these; 0 when there is none yet."""
        return sum(value for found, has, value in self.samples
                   if found == name and all(has.get(k) == v for k, v in labels.items()))

    def has(self, name):
        return any(found == name for found, _, _ in self.samples)

    def by(self, name, label):
        """{value of the label: sum}"""
        out = {}
        for found, has, value in self.samples:
            if found == name:
                out[has.get(label, "")] = out.get(has.get(label, ""), 0) + value
        return out
