"""S17: a thousand visitors came to a cold page, and each of them cost the upstream one call."""
import threading
from collections import Counter

from harness.checks import allow_descriptors, check, equal, eventually, run, step
from harness.client import get_many
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
    server = Server('wait = "60s"' + origin(upstream) + '''
[page.cold]
path = "/cold.json"
fetch = [{ upstream = "origin", get = "/cold" }]
''')

    def answer_when_all_are_there():
        eventually(lambda: server.connections() >= VISITORS, "all visitors are there")
        gate.set()
    threading.Thread(target=answer_when_all_are_there, daemon=True).start()
    answers = get_many(server.port, ["/cold.json"] * VISITORS)
    step(f"{VISITORS} answers, {upstream.count()} upstream calls, {dict(cache_status(answers))}")
    equal(Counter(a.status for a in answers), {200: VISITORS}, "statuses")
    equal({a.body for a in answers}, {b'{"answer": "one call"}'}, "bodies")
    equal(upstream.count(), 1, "upstream calls")
    # A visitor whose connection was accepted late may find the page built already.
    seen = cache_status(answers)
    equal(seen["freshet; fwd=miss; stored"], 1, "answers that say `fwd=miss; stored`")
    joined = sum(n for text, n in seen.items() if "collapsed" in text)
    hits = seen["freshet; hit"]
    equal(joined + hits, VISITORS - 1, f"answers that joined or hit, of {dict(seen)}")
    check(joined > VISITORS // 2, f"most visitors came during the call, but only {joined} joined")

    again = get_many(server.port, ["/cold.json"] * VISITORS)
    equal(cache_status(again), {"freshet; hit": VISITORS}, "the second thousand")
    equal(upstream.count(), 1, "upstream calls after the second thousand")
    metrics = server.metrics()
    equal(metrics.sum("freshet_refreshes_total", page="cold"), 1, "refreshes counted")
    equal(metrics.sum("freshet_upstream_calls_total", upstream="origin"), 1, "calls counted")


run(scenario)
