"""Recorded messages and upstream answers, kept outside the project; without them a scenario skips."""
import json
import os
import pathlib
import urllib.parse
import zlib

from .checks import Skip
from .upstream import Answer, Upstream

# The part of a path that names the package, per kind of recorded question.
_kinds = [("/mdapi/f28/srcpkg/", ""), ("/mdapi/f28/pkg/", ""), ("/mdapi/f28/files/", ""),
          ("/api/0/rpms/", ""), ("/tagger/api/v1/", "/"),
          ("/rest_api/v1/component-branches/?active=True&type=rpm&global_component=",
           "&page_size=100&page=1")]


def folder():
    root = pathlib.Path(__file__).resolve().parents[3]
    given = os.environ.get("FRESHET_CORPUS")
    for place in [given] if given else [root.parent / "shared" / "corpus"]:
        if (pathlib.Path(place) / "fedmsg.ndjson").is_file():
            return pathlib.Path(place)
    raise Skip("the recorded messages are not here (FRESHET_CORPUS names their folder)")


def records(name):
    with open(folder() / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _kind_of(target):
    for before, after in _kinds:
        if target.startswith(before) and target.endswith(after):
            return before
    return None


class RecordedUpstream(Upstream):
    """Answers what was recorded, as late as it was recorded. A package nobody recorded borrows the
    answer of another one of the same kind, always the same. `change(target)` gives it the next."""

    def __init__(self):
        self.exact, self.kinds, self.moved, self.missing = {}, {}, {}, set()
        for record in records("upstream_http.ndjson"):
            self._keep(record)
        super().__init__()
        self.answer = self.replay

    def _keep(self, record):
        url = urllib.parse.urlsplit(record["uri"])
        target = url.path + ("?" + url.query if url.query else "")
        late = int((record["headers"].get("apptime") or ["D=150000"])[0].removeprefix("D=")) / 1e6
        status = record["status"]["code"]
        try:
            json.loads(record["body"])
        except ValueError:
            return  # a page of text or a body cut off by whoever recorded it
        if status == 200:
            self.exact[target] = (record["body"], late)
            bodies = self.kinds.setdefault(_kind_of(target), [])
            if (record["body"], late) not in bodies:
                bodies.append((record["body"], late))

    def now(self, target):
        """(body, seconds) of this moment; None is 404."""
        if target in self.missing:
            return None
        bodies = self.kinds.get(_kind_of(target))
        if not bodies:
            return None
        with self.lock:
            moved = self.moved.get(target, 0)
        if target in self.exact:
            return bodies[(bodies.index(self.exact[target]) + moved) % len(bodies)]
        return bodies[(zlib.crc32(target.encode()) + moved) % len(bodies)]

    def change(self, target):
        with self.lock:
            self.moved[target] = self.moved.get(target, 0) + 1

    def replay(self, call):
        found = self.now(call.target)
        if found is None:
            return Answer({"error": "not found"}, 404, delay=0.14)
        return Answer(found[0], delay=found[1])
