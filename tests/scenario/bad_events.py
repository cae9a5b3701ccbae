"""What came over the bus once and stopped a listener: broken text, broken shapes, one message of
25 MB. Each is counted, none stops the next."""
import json

from harness.checks import bounded, check, equal, equals_eventually, run, step
from harness.server import Server
from harness.things import LINES, origin
from harness.upstream import Upstream

MAX_MESSAGE = 64 * 1024


def config(upstream):
    return LINES + f'max_message = "{MAX_MESSAGE // 1024}KiB"' + origin(upstream) + '''
[[tag]]
topic = "thing.#"
set = { thing = ["/msg/thing/name", "/msg/thing"] }
[[tag]]
topic = "moved.#"
each = "/msg/changes"
set = { thing = "/each/old" }
[page.thing]
path = "/things/{thing}.json"
param = { thing = { max = 40 } }
fetch = [{ upstream = "origin", get = "/{thing}" }]
on = [{ topic = ["thing.#", "moved.#"], by = ["thing"] }]
'''


def message(**members):
    return json.dumps({"topic": "thing.changed", "msg": {"thing": "good"}, **members})


def nested(depth):
    return '{"topic":"thing.changed","msg":{"thing":"good","deep":%s%s}}' % ("[" * depth, "]" * depth)


# What cannot be read at all: dropped, with a reason.
DROPPED = {
    "invalid UTF-8": b'{"topic":"thing.changed","msg":{"thing":"\xff\xfe"}}',
    "an overlong encoding": b'{"topic":"thing.changed","msg":{"thing":"\xc0\xaf"}}',
    "not JSON": "thing.changed: good",
    "JSON cut short": '{"topic":"thing.changed","msg":{"thing":"go',
    "JSON with an end too many": '{"topic":"thing.changed","msg":{"thing":"good"}}}',
    "two documents on a line": '{"topic":"thing.changed"}{"topic":"thing.changed"}',
    "a bare number": "17",
    "a bare text": '"thing.changed"',
    "null": "null",
    "an array": '[{"topic":"thing.changed"}]',
    "a lone surrogate in a key": '{"topic":"thing.changed","msg":{"thing":"good"},"\\ud800":tru}',
    "no topic": '{"msg":{"thing":"good"}}',
    "a topic of null": '{"topic":null,"msg":{"thing":"good"}}',
    "a topic that is a number": '{"topic":7,"msg":{"thing":"good"}}',
    "an empty topic": '{"topic":"","msg":{"thing":"good"}}',
    "a topic with a line break": '{"topic":"thing\\nchanged","msg":{"thing":"good"}}',
    "a topic of 10 kB": json.dumps({"topic": "thing." * 1700, "msg": {"thing": "good"}}),
    "nesting 30,000 deep": nested(30_000),
    "a line longer than max_message": message(filler="x" * MAX_MESSAGE),
}
# What can be read and matches nothing: taken, and no page is asked.
POINTLESS = {
    "neither msg nor a member of use": '{"topic":"thing.changed","n":5}',
    "msg of null": message(msg=None),
    "msg of text": message(msg="good"),
    "msg of a number": message(msg=12),
    "thing of null": message(msg={"thing": None}),
    "an empty thing": message(msg={"thing": ""}),
    "an empty list of things": message(msg={"thing": []}),
    "a thing that is too long for the page": message(msg={"thing": "x" * 41}),
    "a thing with a slash": message(msg={"thing": "a/b"}),
    "a thing of dots": message(msg={"thing": ".."}),
    "a thing with a NUL": message(msg={"thing": "a\0b"}),
    "a thing with a line break": message(msg={"thing": "a\r\nb"}),
    "a topic nobody matches": message(topic="other.changed"),
    "a topic that only begins alike": message(topic="things.changed"),
    "each over a number": json.dumps({"topic": "moved.one", "msg": {"changes": 5}}),
    "each over scalars": json.dumps({"topic": "moved.one", "msg": {"changes": [1, None, "x"]}}),
}
# What looks odd and is a good event all the same.
GOOD = {
    "no msg: the line itself counts": '{"topic":"thing.changed","thing":"good"}',
    "a duplicate key, of which the first counts":
        '{"topic":"thing.changed","msg":{"thing":"good","thing":"other"}}',
    "a duplicate topic": '{"topic":"thing.changed","topic":"other","msg":{"thing":"good"}}',
    "nesting 500 deep": nested(500),
    "members of every type": message(i=None, timestamp="yesterday", headers=[1], msg_id=7),
    "a time out of the calendar": message(timestamp=1e300),
    "an object where there was a text": message(msg={"thing": {"name": "good", "id": 4}}),
    "several values, one of them bad": message(msg={"thing": ["good", "a/b", "x" * 99]}),
    "escapes": '{"topic":"thing\\u002echanged","msg":{"\\u0074hing":"g\\u006fod"}}',
    "a carriage return at the end": message() + "\r",
    "white space around it": "   " + message() + "\t ",
    "an id with quotes and line breaks": message(msg_id='x"\r\nFreshness: state=fresh\\'),
}


class Bus:
    def __init__(self):
        self.upstream = Upstream()
        self.truth = 0
        self.upstream.documents["/good"] = {"n": 0}
        self.server = Server(config(self.upstream), stdin=True)
        equal(self.server.get("/things/good.json").json(), {"n": 0}, "the page at the start")
        self.good_taken = 0

    def works_after(self, what):
        """A good event still makes a new version."""
        self.truth += 1
        self.upstream.documents["/good"] = {"n": self.truth}
        self.server.publish(message(msg_id=f"good-{self.truth}"))
        self.shows(what)

    def shows(self, what):
        look = lambda: self.server.get("/things/good.json").json()
        equals_eventually(look, {"n": self.truth}, f"the page after {what}")

    def numbers(self):
        metrics = self.server.metrics()
        return (metrics.sum("freshet_bus_messages_total", bus="in"),
                metrics.sum("freshet_bus_dropped_total", bus="in"))


def scenario():
    bus = Bus()
    for what, line in DROPPED.items():
        _, before = bus.numbers()
        bus.server.publish(line)
        bus.works_after(what)
        check(bus.numbers()[1] > before, f"{what}: nothing was counted as dropped")
    why = bus.server.metrics().by("freshet_bus_dropped_total", "why")
    step(f"{len(DROPPED)} unreadable lines: {why}")
    check(set(why) >= {"malformed", "bad_topic", "too_large"}, f"reasons to drop: {why}")

    calls = {c.path for c in bus.upstream.calls}
    dropped = bus.numbers()[1]
    for what, line in POINTLESS.items():
        before = bus.upstream.count("/good")
        bus.server.publish(line)
        bus.works_after(what)
        equal(bus.upstream.count("/good"), before + 1, f"refreshes after {what}")
    equal({c.path for c in bus.upstream.calls} - calls, set(), "pages that pointless events made")
    equal(bus.numbers()[1], dropped, "pointless events counted as dropped")
    check(bus.server.metrics().sum("freshet_rule_unbound_total") > 0, "unbound rules are not counted")
    step(f"{len(POINTLESS)} events without an effect")

    for what, line in GOOD.items():
        bus.truth += 1
        bus.upstream.documents["/good"] = {"n": bus.truth}
        bus.server.publish(line)
        bus.shows(what)
    answer = bus.server.fresh("/things/good.json")
    equal(answer.freshness()["state"], "fresh", "a state that an event's id tried to write")
    step(f"{len(GOOD)} odd but good events")

    before = bus.server.rss()
    bus.server.publish(b"x" * (25 << 20))
    bus.works_after("a line of 25 MB")
    bounded(bus.server.rss() - before, 48 << 20, "a line of 25 MB")
    dropped = bus.numbers()[1]
    bus.server.process.stdin.write(b'{"topic":"thing.changed","msg":{"thing":"go')  # no end of line
    bus.server.process.stdin.close()
    bus.server.process.stdin = None
    equals_eventually(lambda: bus.server.metrics().sum("freshet_bus_up", bus="in"), 0, "the bus has ended")
    equal(bus.numbers()[1], dropped + 1, "half a line at the end counted as dropped")
    equal(bus.server.get("/things/good.json").status, 200, "a page after the end of the bus")
    equal(bus.server.admin_get("/-/healthy").status, 200, "health after the end of the bus")


run(scenario)
