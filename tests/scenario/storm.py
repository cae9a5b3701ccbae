"""S7: a fill that began before an event was taken for newer than it. Ten thousand events about one page
came while it was rebuilt; each asked for a rebuild of its own, and the one that counted began before
the last event."""
import json
import threading
import time

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.server import Server
from harness.sse import Stream
from harness.things import things
from harness.upstream import Answer, Upstream

EVENTS = 10_000


def event(number):
    return {"topic": "thing.changed", "msg_id": f"e{number}", "msg": {"thing": "one", "n": number}}


def scenario():
    upstream = Upstream()
    open_gate = threading.Event()
    open_gate.set()
    truth = {"n": 0}

    def answer(_):
        # The state of the moment in which the question came, told a second later or when let go.
        return Answer({"n": truth["n"]}, delay=1.0, gate=open_gate)
    upstream.answer = answer
    server = Server(things(upstream), stdin=True)
    equal(server.get("/things/one.json").json(), {"n": 0}, "the page before the storm")
    stream = Stream(server.port, match="/things/one.json").hello()
    equal(upstream.count(), 1, "calls before the storm")

    open_gate.clear()
    truth["n"] = 1
    server.publish(event(1))
    eventually(lambda: upstream.count() == 2, "the first event starts a refresh")
    for begin in range(2, EVENTS + 1, 500):
        numbers = range(begin, min(begin + 500, EVENTS + 1))
        truth["n"] = numbers[-1]
        server.publish(*map(event, numbers))
    equals_eventually(server.taken, EVENTS, "events taken while the refresh is up")
    last_event = time.monotonic()
    equal(upstream.count(), 2, "calls while the refresh is up")
    equal(server.get("/things/one.json").freshness()["state"], "stale", "state during the storm")
    open_gate.set()

    answer = server.fresh("/things/one.json")
    equal(answer.json(), {"n": EVENTS}, "the page after the storm")
    equal(answer.freshness().get("cause"), f"e{EVENTS}", "the cause that is shown")
    calls = upstream.calls_of("/one")
    step(f"{EVENTS} events, {len(calls) - 1} refreshes")
    equal(len(calls), 3, "calls: the first visitor, the first event, one for all the others")
    check(calls[2].began > last_event, "the last refresh began before the last event was taken")
    check(calls[2].began >= calls[1].ended, "two refreshes of one page were up at once")

    metrics = server.metrics()
    equal(metrics.sum("freshet_refreshes_total", page="thing", cause="event"), 2, "refreshes counted")
    equal(metrics.sum("freshet_bus_dropped_total"), 0, "messages dropped")
    equal(metrics.sum("freshet_queue_pages"), 0, "pages queued at the end")
    seen = [stream.next("the first new version"), stream.next("the last version")]
    equal([e.name for e in seen], ["reload", "reload"], "events of the stream")
    equal(json.loads(seen[1].text)["event"], f"e{EVENTS}", "the event that the last reload names")
    explained = server.explain("/things/one.json")
    equal(explained["have"], explained["want"], "have and want in the end")
    equal(upstream.count(), 3, "calls in the end")


run(scenario)
