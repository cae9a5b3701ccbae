"""The stand-ins of examples/fedora are what demonstrations and scenarios believe in: what they say has
the shape of what the real ones said when they were recorded, and takes as long."""
import json
import statistics
import urllib.parse

from harness.checks import check, equal, run, step
from harness.client import get
from harness.fedora import Fedora, upstreams
from harness.recorded import records

# Where a recorded system stands, and what its kinds of questions are called here.
SYSTEMS = {"https://apps.fedoraproject.org/mdapi/": "mdapi", "https://src.fedoraproject.org/": "distgit"}
KINDS = {"mdapi/f28/srcpkg/": "/mdapi/f41/srcpkg/guake", "mdapi/f28/pkg/": "/mdapi/f41/pkg/guake-doc",
         "mdapi/f28/files/": "/mdapi/f41/files/guake", "distgit/api/0/rpms/": "/distgit/api/0/rpms/guake"}


def shape(value, where="", out=None):
    """{pointer: types that stand there}; all elements of a list are one."""
    out = {} if out is None else out
    out.setdefault(where, set()).add(type(value).__name__)
    for name, each in (value.items() if isinstance(value, dict) else
                       (("*", one) for one in value) if isinstance(value, list) else ()):
        shape(each, f"{where}/{name}", out)
    return out


def recorded():
    """{system: milliseconds}, {kind: documents}, of what was recorded of the systems above."""
    times, documents = {}, {kind: [] for kind in KINDS}
    for record in records("upstream_http.ndjson"):
        for start, system in SYSTEMS.items():
            if record["uri"].startswith(start):
                micros = int(record["headers"]["apptime"][0].removeprefix("D="))
                times.setdefault(system, []).append(micros / 1000)
                keep(documents, f"{system}/{record['uri'].removeprefix(start)}", record)
    return times, documents


def keep(documents, asked, record):
    try:
        document = json.loads(record["body"])
    except ValueError:
        return  # a page of text, or cut off by whoever recorded it
    for kind in documents:
        if asked.startswith(kind) and record["status"]["code"] == 200:
            documents[kind].append(document)


def shapes(fedora, documents):
    port = urllib.parse.urlsplit(fedora.url).port
    for kind, found in documents.items():
        check(found, f"nothing of {kind} was recorded")
        shown, own = [shape(each) for each in found], shape(get(port, KINDS[kind]).json())
        for pointer, types in own.items():
            was = set().union(*(s.get(pointer, set()) for s in shown))
            check(types <= was, f"{kind}{pointer} is {types}, and was {was}")
        always = set.intersection(*(set(s) for s in shown))
        equal(sorted(always - set(own)), [], f"what all of {kind} had")
        step(f"{kind}: {len(found)} recorded answers, {len(own)} places")
    unknown = get(port, "/mdapi/f41/files/nothing-of-the-kind")
    equal((unknown.status, unknown.field("content-type"), unknown.body),
          (404, "text/plain; charset=utf-8", b"404: Not Found"), "what mdapi says of a package it does not know")


def latencies(times):
    for system, measured in times.items():
        ask = lambda: [upstreams.latency(system, f"question {n}") * 1000 for n in range(2000)]
        own, low, high = ask(), min(measured), max(measured)
        check(low - 1 <= min(own) and max(own) <= high + 1,
              f"{system}: {min(own):.0f} to {max(own):.0f} ms, measured were {low:.0f} to {high:.0f}")
        apart = statistics.median(own) / statistics.median(measured)
        check(0.85 < apart < 1.15, f"{system}: its median is {apart:.2f} of what was measured")
        equal(own, ask(), "the same question takes the same time")
        step(f"{system}: {min(own):.0f}, {statistics.median(own):.0f}, {max(own):.0f} ms")


def scenario():
    times, documents = recorded()
    shapes(Fedora(), documents)
    latencies(times)


run(scenario)
