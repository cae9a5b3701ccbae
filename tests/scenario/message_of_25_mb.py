"""S15: one message of 25 MB took the memory and then the listener. Over ZeroMQ it is refused with a
counter, or read where the configuration allows it, within bounded memory; the bus goes on."""
from harness.checks import bounded, check, equal, equals_eventually, run, step
from harness.fedmsg import Publisher, message
from harness.server import Server
from harness.things import CHANGED, fedmsg_things
from harness.upstream import Upstream

SIZE = 25 << 20


def about(thing, number, filler=0):
    return message(CHANGED, {"thing": thing, "filler": "x" * filler}, f"{thing}-{number}")


def go(max_message, allowed):
    upstream, publisher = Upstream(), Publisher()
    things = ["big", "small"]
    for thing in things:
        upstream.documents["/" + thing] = {"n": 0}
    server = Server(fedmsg_things(
        upstream, {"fedmsg": ([publisher.endpoint], f'max_message = "{max_message}"\nhwm = 10')}))
    publisher.wait_for_subscription()
    for thing in things:
        equal(server.get(f"/things/{thing}.json").json(), {"n": 0}, "the pages at the start")
    publisher.send(about("small", 0))
    equals_eventually(lambda: server.taken("fedmsg"), 1, "messages before the big one")
    for thing in things:
        upstream.documents["/" + thing] = {"n": 1}
    before = server.rss()
    publisher.send(about("big", 1, SIZE), about("small", 1))
    # Not by a page: what was built before the first look at the bus is verified once, event or not.
    equals_eventually(lambda: server.taken("fedmsg"), 3 if allowed else 2, "messages behind it", 30)
    page = lambda thing: server.get(f"/things/{thing}.json").json()
    equals_eventually(lambda: page("small"), {"n": 1}, "the page of the message behind it", 30)
    if allowed:
        equals_eventually(lambda: page("big"), {"n": 1}, "the page of the big message", 30)
        equal(server.admin_get("/-/locker").json(), [], "the locker")
    else:
        equal(server.explain("/things/big.json")["cause"], None, "what marked the page of the refused one")
        equal(server.metrics().sum("freshet_bus_dropped_total", why="too_large"), 1, "refused")
        (locked,) = server.admin_get("/-/locker").json()
        equal((locked["bus"], locked["topic"], locked["why"], locked["whole"]),
              ("fedmsg", CHANGED, "too_large", False), "what the locker tells of it")
        check(locked["size"] > SIZE, f"its size: {locked['size']}")
        check(len(server.admin_get("/-/locker").body) < 100_000, "the locker shows little of it")
    # libzmq holds the message, the decoder a copy and a tape; a second one needs no more than the
    # first.
    first = server.rss() - before
    for number in range(2, 6):
        publisher.send(about("big", number, SIZE), about("small", number))
        equals_eventually(lambda: server.taken("fedmsg"), (2 if allowed else 1) * (number - 1) + 2 +
                          (1 if allowed else 0), "messages taken", 30)
    step(f"max_message {max_message}: {first >> 20} MiB for one of 25 MB")
    bounded(server.rss() - before, 192 << 20, "five messages of 25 MB")


def scenario():
    go("16MiB", False)
    go("32MiB", True)


run(scenario)
