"""S8 by sweep: a message was lost on a bus that cannot repeat it, and nothing showed that. The sweep
finds the page within its period, says that it was wrong, and which rule should have caught it."""
import time

from harness.checks import check, equal, equals_eventually, eventually, patience, run, step
from harness.server import Server, freshet
from harness.things import things
from harness.upstream import Answer, Upstream

THINGS = [f"t{n}" for n in range(12)]
PERIOD = 4.0


class Validating(Upstream):
    """Says what its documents are known by, and answers 304 to who has them."""

    def __init__(self, by="etag"):
        super().__init__()
        self.by = by
        self.versions = dict.fromkeys(THINGS, 0)
        self.answer = self.with_validator

    def with_validator(self, call):
        n = self.versions.get(call.path.strip("/"))
        if n is None:
            return Answer({}, 404)
        if self.by == "etag":
            known, asked = f'"v{n}"', call.fields.get("if-none-match")
            fields = {"ETag": known}
        else:
            known = f"Sun, 06 Nov 1994 08:49:{n:02} GMT"
            asked = call.fields.get("if-modified-since")
            fields = {"Last-Modified": known, "Date": "Sun, 06 Nov 2022 08:49:37 GMT"}
        if asked == known:
            return Answer(b"", 304, {**fields, "Content-Length": None, "Content-Type": None})
        return Answer({"n": n}, fields=fields)

    def asked_with(self, name):
        with self.lock:
            return [c for c in self.calls if name in c.fields]


def page(thing):
    return f"/things/{thing}.json"


def n_of(server, thing):
    return server.get(page(thing)).json()["n"]


def tally(server):
    return next(p for p in server.admin_get("/-/pages").json() if p["name"] == "thing")


def started(upstream, more, origin=""):
    server = Server(things(upstream, page=more, more=origin), stdin=True)
    for thing in THINGS:
        equal(n_of(server, thing), 0, f"{thing} at first")
    return server


def lost_message(by):
    upstream = Validating(by)
    server = started(upstream, f'sweep = "{PERIOD:g}s"\nsettle = "1s"')
    versions = {t: server.get(page(t)).freshness()["version"] for t in THINGS}
    upstream.versions["t7"] = 1  # and its message is lost
    changed = time.monotonic()
    equals_eventually(lambda: n_of(server, "t7"), 1, "the page whose message was lost",
                      within=2 * PERIOD)
    took = time.monotonic() - changed
    check(took < PERIOD * 1.5 * patience(), f"it took {took:.1f} s, longer than the period")
    equals_eventually(lambda: tally(server)["wrong"], 1, "wrong pages")
    told = tally(server)
    equal(told["sweep_s"], PERIOD, "the period")
    equal([p["page"] for p in told["drift_pages"]], [page("t7")], "which page was wrong")
    equal([(r["rule"], r["topics"], r["matched"], r["wrong"]) for r in told["drift_rules"]],
          [("thing.on[0]", ["thing.changed"], 0, 1)], "which rule should have caught it")
    metrics = server.metrics()
    equal(metrics.sum("freshet_drift_pages_total", page="thing", said="fresh"), 1, "the metric")
    equal(metrics.sum("freshet_drift_rule_total", rule="thing.on[0]"), 1, "the rule's metric")
    equal(metrics.sum("freshet_staleness_bound_seconds", page="thing"), PERIOD, "the bound")
    check("should have been caught by thing.on[0]" in server.log(), "the log is silent")
    shown = freshet("coverage", "--admin", f"127.0.0.1:{server.admin}")
    check(f"was wrong: {page('t7')}" in shown.out and "thing.on[0]" in shown.out,
          f"coverage: {shown.out} {shown.err}")
    step(f"a lost message was found {took:.1f} s after the change; the period is {PERIOD:g} s")

    # The others were compared without their bodies, each about once in a period.
    name = "if-none-match" if by == "etag" else "if-modified-since"
    eventually(lambda: len({c.target for c in upstream.asked_with(name)}) == len(THINGS),
               f"{name} of every page")
    for thing in THINGS:
        if thing != "t7":
            equal(server.get(page(thing)).freshness()["version"], versions[thing], thing)
    same = server.metrics().sum("freshet_refreshes_total", cause="sweep", result="same")
    check(same >= len(THINGS) - 1, f"sweeps that found what was there: {same}")
    equal(server.metrics().sum("freshet_refreshes_total", cause="sweep", result="error"), 0,
          "sweeps that failed")
    step(f"the upstream was asked {name}, and its 304 kept every version")
    return server, upstream


def an_event_is_no_drift(server, upstream):
    """After an event the whole answer is fetched, and what it brings is nobody's fault."""
    whole = len([c for c in upstream.calls_of("/t1") if "if-none-match" not in c.fields])
    upstream.versions["t1"] = 1
    server.publish({"topic": "thing.changed", "msg_id": "1", "msg": {"thing": "t1"}})
    equals_eventually(lambda: n_of(server, "t1"), 1, "the page that an event named")
    equals_eventually(lambda: server.metrics().sum("freshet_refreshes_total", cause="event"), 1,
                      "refreshes because of events")
    asked = [c for c in upstream.calls_of("/t1") if "if-none-match" not in c.fields]
    equal(len(asked), whole + 1, "whole answers")
    equal(tally(server)["wrong"], 1, "wrong pages")
    # A sweep that was only sooner than the event: the verdict waits for `settle`.
    upstream.versions["t2"] = 1
    eventually(lambda: n_of(server, "t2") == 1, "the sweep came first", within=2 * PERIOD)
    server.publish({"topic": "thing.changed", "msg_id": "2", "msg": {"thing": "t2"}})
    upstream.versions["t3"] = 1
    equals_eventually(lambda: [p["page"] for p in tally(server)["drift_pages"]],
                      [page("t3"), page("t7")], "which pages were wrong", within=3 * PERIOD)
    equal(tally(server)["wrong"], 2, "wrong pages")
    step("what an event brings is no drift, nor is an event that is later than the sweep")


def lazy_rules_rely_on_it():
    upstream = Validating()
    config = things(upstream, page='sweep = "2s"').replace("set = {", "lazy = true, set = {")
    server = Server(config, stdin=True)
    equal(n_of(server, "t1"), 0, "the page at first")
    upstream.versions["t1"] = 1
    upstream.forget()
    server.publish({"topic": "thing.changed", "msg_id": "1", "msg": {"thing": "t1"}})
    equals_eventually(lambda: upstream.count("/t1") > 0, True, "nobody asks, and it is refreshed",
                      within=6)
    equals_eventually(lambda: server.metrics().sum("freshet_refreshes_total", cause="sweep",
                                                   result="changed"), 1, "the sweep did it")
    equal(n_of(server, "t1"), 1, "the page")
    equal(tally(server)["wrong"], 0, "wrong pages: it had said that it was stale")
    step("a lazy rule's page was refreshed by the sweep, as it says")


def never_in_a_visitors_way():
    """Each sweep takes for ever, and a visitor of a cold page does not notice."""
    upstream = Validating()
    server = started(upstream, 'sweep = "1s"', 'limits = { concurrency = 2, retries = 0 }')
    answer = upstream.with_validator

    def slow_for_sweeps(call):
        found = answer(call)
        if "if-none-match" in call.fields:
            found.delay = 3.0 * patience()
        return found

    upstream.answer = slow_for_sweeps
    up = lambda: [c for c in list(upstream.calls) if c.ended is None]
    for n in range(20):
        eventually(lambda: len(up()) == 1, "a sweep is up")
        upstream.versions[f"cold{n}"] = 5
        began = time.monotonic()
        equal(n_of(server, f"cold{n}"), 5, "the cold page")
        took = time.monotonic() - began
        check(took < 1.5 * patience(), f"a visitor waited {took:.2f} s, behind a sweep")
    check(upstream.most_up <= 2, f"calls at a time: {upstream.most_up}")
    step("20 visitors of cold pages did not wait for the sweep")


def switched_off():
    upstream = Validating()
    server = started(upstream, 'sweep = "0s"')
    upstream.forget()
    equal(server.metrics().sum("freshet_staleness_bound_seconds", page="thing"), 0, "the bound")
    # A page of another class is swept twice: time for this one's, if there were any.
    other = Validating()
    beside = started(other, 'sweep = "1s"')
    eventually(lambda: all(len(other.calls_of(f"/{t}")) > 2 for t in THINGS), "two sweeps")
    equal(upstream.count(), 0, "calls of what is not swept")
    equal(beside.stop(), 0, "the end")
    step("sweep = 0 is none")


def scenario():
    server, upstream = lost_message("etag")
    an_event_is_no_drift(server, upstream)
    equal(server.stop(), 0, "the end")
    lost_message("modified")[0].kill()
    lazy_rules_rely_on_it()
    never_in_a_visitors_way()
    switched_off()


run(scenario)
