"""A history that is down, busy, broken or mad: what it can give is taken, what it cannot is told,
and nothing waits for it."""
import json
import random

from harness.checks import bounded, check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import History, Publisher, message
from harness.server import Server, freshet
from harness.things import CHANGED, catch_up, fedmsg_things
from harness.upstream import Answer, Upstream, endless, raw, reset

_random = random.Random(7)


def shuffled(_, honest):
    some = honest["raw_messages"] * 2
    _random.shuffle(some)
    return Answer({**honest, "raw_messages": some})


def fewer_than_there_are(_, honest):
    return Answer({**honest, "pages": 0, "total": 0})


def broken_messages(_, honest):
    bad = [None, 7, "x", [], {}, {"topic": 5}, {"topic": ""}, {"msg": {}},
           {"topic": "org.example.prod.things.changed", "msg": {"thing": {"deep": [[[[]]]]}}}]
    good = honest["raw_messages"]
    return Answer({**honest, "raw_messages": bad + good + bad if good else []})


def same_page_for_ever(_, honest):
    one = message(CHANGED, {"thing": "other"}, "again", at=float(honest["arguments"]["start"]))
    return Answer({**honest, "pages": 10**9, "raw_messages": [one]})


def only_other_years(question, honest):
    old = [message(CHANGED, {"thing": "other"}, f"old-{question['page']}-{n}", at=1e9 + n)
           for n in range(100)]
    return Answer({**honest, "pages": 10**9, "raw_messages": old})


def first_two_times(answer):
    """The truth from the third question on."""
    def lie(*_):
        lie.count += 1
        return answer() if lie.count <= 2 else None
    lie.count = 0
    return lie


# What the history can still give is taken.
HARMLESS = {
    "another order, and everything twice": lambda: shuffled,
    "a total that is too low": lambda: fewer_than_there_are,
    "broken messages among the good": lambda: broken_messages,
    "500": lambda: first_two_times(lambda: Answer({"error": "no"}, 500)),
    "503 with Retry-After": lambda: first_two_times(
        lambda: Answer({}, 503, fields={"Retry-After": "1"})),
    "an error with 200": lambda: first_two_times(lambda: Answer({"error": "timeout"})),
    "a browser's page": lambda: first_two_times(lambda: Answer("<html>busy</html>")),
    "JSON cut short": lambda: first_two_times(lambda: Answer('{"raw_messages":[{"topic":')),
    "no HTTP": lambda: first_two_times(lambda: raw(b"what?\r\n\r\n")),
    "a reset": lambda: first_two_times(lambda: reset(b"HTTP/1.1 200 OK\r\n")),
}
# What it cannot give is a gap that is told, and closed by building the pages again.
HOPELESS = {
    "the same page for ever": same_page_for_ever,
    "only messages of other years": only_other_years,
    "a body without an end": lambda *_: endless(),
}


class World:
    def __init__(self):
        self.upstream, self.history, self.publisher = Upstream(), History(), Publisher()
        self.truth = 0
        self.upstream.documents["/a"] = self.upstream.documents["/other"] = {"n": 0}
        self.server = Server(fedmsg_things(
            self.upstream, {"fedmsg": ([self.publisher.endpoint], catch_up(self.history))}))
        self.publisher.wait_for_subscription()
        equal(self.server.get("/things/a.json").json(), {"n": 0}, "the page at the start")
        eventually(lambda: self.bus()["up"], "the bus is up")

    def bus(self):
        return self.server.admin_get("/-/buses").json()[0]

    def lose(self, lie, known):
        self.history.lie = lie
        self.publisher.stop()
        eventually(lambda: not self.bus()["up"], "the bus is down")
        self.truth += 1
        self.upstream.documents["/a"] = {"n": self.truth}
        if known:
            self.history.add(message(CHANGED, {"thing": "a"}, f"lost-{self.truth}"))
        self.publisher.start()
        self.publisher.wait_for_subscription()

    def converges(self, what):
        look = lambda: self.server.fresh("/things/a.json").json()["n"]
        equals_eventually(look, self.truth, f"the page after {what}", within=40)

    def lives(self, what):
        """A live message passes beside whatever goes on."""
        self.truth += 1
        self.upstream.documents["/a"] = {"n": self.truth}
        self.publisher.send(message(CHANGED, {"thing": "a"}, f"live-{self.truth}"))
        self.converges("a live message beside " + what)


def check_tries_it(world):
    said = freshet("check", "-c", world.server.config_file, "--connect")
    equal(said.returncode, 0, f"check --connect ({said.out} {said.err})")
    check("ok     bus fedmsg catch_up" in said.out, f"check --connect says: {said.out}")
    world.history.lie = lambda *_: Answer({}, 500)
    said = freshet("check", "-c", world.server.config_file, "--connect")
    equal(said.returncode, 69, f"check --connect while the history fails ({said.out})")
    check("failed bus fedmsg catch_up" in said.out and "500" in said.out, f"it says: {said.out}")
    world.history.lie = None


def scenario():
    world = World()
    check_tries_it(world)
    lost = lambda: world.server.metrics().sum("freshet_bus_gaps_lost_total")
    for what, lie in HARMLESS.items():
        world.lose(lie(), known=True)
        world.converges(what)
        eventually(lambda: world.bus()["gap"] is None, f"the gap is closed after {what}", within=40)
    missed = world.server.metrics().sum("freshet_catch_up_messages_total", result="missed")
    check(missed >= len(HARMLESS), f"{missed:g} messages were missed and found")
    equal(lost(), 0, "gaps that were lost")
    step(f"{len(HARMLESS)} lies that cost nothing")

    for what, lie in HOPELESS.items():
        before = lost()
        world.lose(lie, known=False)
        eventually(lambda: lost() > before, f"the gap is told as lost: {what}", within=60)
        world.converges(what)
        world.lives(what)
        world.history.lie = None
        eventually(lambda: world.bus()["gap"] is None, f"the gap is closed after {what}", within=60)
    lies = world.server.metrics().by("freshet_catch_up_lies_total", "what")
    check(lies.get("repeated", 0) >= 3 and lies.get("outside", 0) >= 3, f"lies: {lies}")
    step(f"{len(HOPELESS)} histories without hope; lies: {json.dumps(lies)}")

    world.lose(lambda *_: Answer({}, 500), known=False)
    failing = lambda: (world.bus()["catch_up"] or {}).get("failures", 0) >= 3
    eventually(failing, "the failures are shown", within=30)
    degraded = world.server.admin_get("/-/ready").json()["degraded"]
    check(any("history fails" in d and "500" in d for d in degraded), f"readiness: {degraded}")
    equal(world.server.admin_get("/-/ready").status, 200, "readiness while the history is down")
    world.lives("a history that is down")
    bounded(world.server.rss(), 200 << 20, "the whole process")
    equal(world.server.stop(), 0, "the end while the history is down")


run(scenario)
