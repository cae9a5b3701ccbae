"""S17: a thousand visitors came to a cold page, and each of them cost the upstream one call."""
import threading
from collections import Counter

from harness.checks import allow_descriptors, equal, eventually, run, step
from harness.client import get_many, head_of
from harness.server import Server
from harness.things import origin
from harness.upstream import Answer, Upstream

VISITORS = 1000


def cache_status(answers):
    return Counter(a.field("cache-status") for a in answers)


def scenario():
    allow_descriptors(4096)
    upstream, gate = Upstream(), threading.Event()
    upstream.documents["/cold"] = Answer({"answer": "one call"}, gate=gate)
    # However long it takes until all have come: visitors and freshet wait for this answer.
    server = Server('wait = "150s"' + origin(upstream, 'limits = { timeout = "150s", retries = 0 }') + '''
[page.cold]
path = "/cold.json"
fetch = [{ upstream = "origin", get = "/cold" }]
''')
    visitors = []
    for _ in range(VISITORS):
        visitors.append(server.connect(timeout=100))
        visitors[-1].send(head_of("GET", "/cold.json"))
    eventually(lambda: server.connections() == [0] * VISITORS,
               "all have come, and were heard", within=100, every=0.2)
    gate.set()
    answers = [each.read() for each in visitors]
    for each in visitors:
        each.close()
    step(f"{VISITORS} answers, {upstream.count()} upstream calls, {dict(cache_status(answers))}")
    equal(Counter(a.status for a in answers), {200: VISITORS}, "statuses")
    equal({a.body for a in answers}, {b'{"answer": "one call"}'}, "bodies")
    equal(upstream.count(), 1, "upstream calls")
    seen = cache_status(answers)
    equal(seen["freshet; fwd=miss; stored"], 1, "answers that say `fwd=miss; stored`")
    joined = sum(n for text, n in seen.items() if "collapsed" in text)
    equal(joined, VISITORS - 1, f"answers that joined, of {dict(seen)}")

    again = get_many(server.port, ["/cold.json"] * VISITORS)
    equal(cache_status(again), {"freshet; hit": VISITORS}, "the second thousand")
    equal(upstream.count(), 1, "upstream calls after the second thousand")
    metrics = server.metrics()
    equal(metrics.sum("freshet_refreshes_total", page="cold"), 1, "refreshes counted")
    equal(metrics.sum("freshet_upstream_calls_total", upstream="origin"), 1, "calls counted")


run(scenario)
