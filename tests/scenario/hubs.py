"""Hubs by configuration: 10,000 people have a widget each that shows what follows from their own
configuration. An event that names one address refreshes that person's widget and no other; a
changed configuration refreshes its widget, pushes it, and moves what concerns it."""
import pathlib

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.server import Server, freshet
from harness.sse import Stream
from harness.things import LINES
from harness.upstream import Answer, Upstream

PEOPLE = 10_000
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hubs"


def config(hub, bugzilla):
    text = (EXAMPLE / "hubs.toml").read_text()
    text = text.replace('"http://127.0.0.1:5000"', f'"{hub.url}"')
    text = text.replace('"http://127.0.0.1:5001/rest"', f'"{bugzilla.url}/rest"')
    text = text.replace('rate = "200/s"', 'rate = "20000/s"')
    # Calls are counted here: nothing but events may refresh a page.
    return 'limits = { streams = 10 }\n' + text.replace("only = {", 'sweep = "0s"\nonly = {') + LINES


class Hub(Upstream):
    """Who there is, and each one's address."""

    def __init__(self):
        self.emails = {f"user{n}": f"user{n}@example.org" for n in range(PEOPLE)}
        super().__init__()
        self.answer = self.configured

    def configured(self, call):
        if call.path == "/api/users":
            return Answer({"users": [{"name": name} for name in self.emails]})
        name = call.path.rpartition("/")[2]
        return Answer({"email": self.emails[name], "rows": 10, "theme": "dark"})


class Bugzilla(Upstream):
    def __init__(self):
        self.bugs = {}
        super().__init__()
        self.answer = self.assigned

    def assigned(self, call):
        return Answer({"bugs": self.bugs.get(call.query["assigned_to"], []), "faults": []})


def bug_event(number, assigned_to, changes=()):
    return {"topic": "org.fedoraproject.prod.bugzilla.bug.update", "msg_id": f"bug-{number}",
            "msg": {"bug": {"id": 1000 + number, "assigned_to": {"login": assigned_to}},
                    "event": {"changes": list(changes)}}}


def scenario():
    equal(freshet("check", "-c", EXAMPLE).returncode, 0, "exit code of check on the example")
    hub, bugzilla = Hub(), Bugzilla()
    server = Server(config(hub, bugzilla), stdin=True)
    path = "/hubs/user77/reviews.json"
    own = {"X-Auth-User": "user77"}

    def refreshed():
        return int(server.metrics().sum("freshet_refreshes_total", page="reviews"))

    def quiet():
        return int(server.metrics().sum("freshet_queue_pages"))

    equals_eventually(refreshed, PEOPLE, "widgets that were built", within=240)
    equals_eventually(quiet, 0, "pages queued")
    step(f"{PEOPLE} widgets are built")

    equal(server.get(path).status, 403, "status for nobody")
    equal(server.get(path, {"X-Auth-User": "user78"}).status, 403, "status for somebody else")
    answer = server.get(path, own)
    equal((answer.status, answer.json()), (200, {"config": {"email": "user77@example.org", "rows": 10},
                                                 "reviews": []}), "his own widget")
    check("private" in answer.field("cache-control"), answer.field("cache-control"))
    step("only its owner sees a widget")

    def only_asked_for(address, published, what):
        """Exactly one call, and none to the hub, after these events."""
        equals_eventually(lambda: server.taken(), published, "events taken")
        equals_eventually(lambda: bugzilla.count(), 1, what)
        equals_eventually(quiet, 0, "pages queued")
        equal([c.query["assigned_to"] for c in bugzilla.calls], [address], what)
        equal(hub.count(), 0, "calls to the hub")

    hub.forget()
    bugzilla.forget()
    before = refreshed()
    bugzilla.bugs["user77@example.org"] = [{"id": 1001, "summary": "b", "status": "NEW", "x": 1},
                                           {"id": 1005, "summary": "a", "status": "NEW", "x": 1}]
    server.publish(bug_event(1, "user77@example.org"))
    only_asked_for("user77@example.org", 1, "calls for the one widget that shows the address")
    equal(refreshed() - before, 1, "refreshes by one event")
    equal(server.get(path, own).json()["reviews"],
          [{"id": 1005, "summary": "a", "status": "NEW"}, {"id": 1001, "summary": "b", "status": "NEW"}],
          "what it shows now")
    equal(int(server.metrics().sum("freshet_bus_marks_total")), 1, "pages that the event marked")
    step("one event refreshed one widget of ten thousand")

    bugzilla.forget()
    bugzilla.bugs["user77@example.org"][1]["status"] = "POST"
    server.publish({"topic": "org.fedoraproject.prod.bugzilla.bug.update", "msg_id": "other",
                    "msg": {"bug": {"id": 1005, "assigned_to": {"login": "stranger@example.org"}},
                            "event": {"changes": []}}})
    only_asked_for("user77@example.org", 2, "calls for the widget that shows the bug")
    step("a bug that a widget shows refreshes it, whoever has it")

    # The owner changes his address: refreshed, pushed, and from now on the new one counts.
    stream = Stream(server.port, match=[path], more=own)
    stranger = Stream(server.port, pattern=["*"]).hello()
    hub.emails["user77"] = "seven@example.net"
    bugzilla.forget()
    server.publish({"topic": "org.fedoraproject.prod.hubs.widget.update", "msg_id": "conf",
                    "msg": {"user": "USER77"}})
    told = stream.next()
    equal((told.name, told.data["@id"], told.data["cause"]),
          ("reload", path, "org.fedoraproject.prod.hubs.widget.update"), "what the owner is told")
    equal(server.get(path, own).json()["config"]["email"], "seven@example.net", "the address shown")
    equal([c.query["assigned_to"] for c in bugzilla.calls], ["seven@example.net"], "calls")
    bugzilla.forget()
    bugzilla.bugs["seven@example.net"] = [{"id": 7, "summary": "s", "status": "NEW"}]
    server.publish(bug_event(3, "user77@example.org"), bug_event(4, "seven@example.net"))
    equals_eventually(lambda: server.taken(), 5, "events taken")
    equals_eventually(lambda: bugzilla.count(), 1, "calls for the new address")
    equals_eventually(quiet, 0, "pages queued")
    equal([c.query["assigned_to"] for c in bugzilla.calls], ["seven@example.net"],
          "calls after an event about the old address and one about the new")
    step("a changed configuration moved what concerns the widget")

    bugzilla.forget()
    hub.emails["newcomer"] = None
    answer = server.get("/hubs/newcomer/reviews.json", {"X-Auth-User": "newcomer"})
    equal((answer.status, bugzilla.count()), (502, 0), "a widget without an address, and calls for it")
    step("who has no address is not asked for as everybody")

    # What was done by somebody is kept for him.
    server.publish(*({"topic": "org.example.did", "msg_id": f"did-{n}", "msg": {"agent": "user5", "n": n}}
                     for n in range(30)))
    equals_eventually(lambda: server.taken(), 35, "events taken")
    events = eventually(lambda: _twenty(server), "the newest 20 events of a person")
    equal([e["id"] for e in events], [f"did-{n}" for n in reversed(range(10, 30))], "the newest first")
    equal(set(events[0]), {"id", "topic", "time"}, "members of an event")
    equal(stranger.next().data["@id"], "/hubs/user5/activity.json", "the first that a stranger is told of")
    step("who watches everything was told of no widget")


def _twenty(server):
    events = server.get("/hubs/user5/activity.json").json()["events"]
    check(len(events) == 20 and events[0]["id"] == "did-29", f"{len(events)} events")
    return events


run(scenario)
