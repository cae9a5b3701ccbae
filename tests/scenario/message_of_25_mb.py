"""S15: one message of 25 MB took the memory and then the listener. Over ZeroMQ it is refused with a
counter, or read where the configuration allows it, within bounded memory; the bus goes on."""
import json
import pathlib
import tempfile

from harness.checks import check, equal, equals_eventually, run, step
from harness.ports import free_port
from harness.server import Server, freshet
from harness.upstream import Upstream

SIZE = 25 << 20


def config(upstream, port, max_message):
    return f'''
[bus.fedmsg]
kind = "zmq"
connect = ["tcp://127.0.0.1:{port}"]
max_message = "{max_message}"
hwm = 10
[upstream.origin]
kind = "http"
url = "{upstream.url}"
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = [{{ topic = "thing.changed", set = {{ thing = "/msg/thing" }} }}]
'''


def message(thing, number, filler=0):
    return {"topic": "thing.changed", "msg_id": f"{thing}-{number}",
            "msg": {"thing": thing, "filler": "x" * filler}}


def publish(folder, port, *messages):
    recorded = folder / "recorded.ndjson"
    with recorded.open("w") as out:
        for one in messages:
            out.write(json.dumps(one) + "\n")
    done = freshet("replay", recorded, "--to", f"tcp://127.0.0.1:{port}")
    equal(done.returncode, 0, f"exit code of replay ({done.err[-300:]})")


def go(folder, max_message, allowed):
    upstream, port = Upstream(), free_port()
    things = ["big", "small"]
    for thing in things:
        upstream.documents["/" + thing] = {"n": 0}
    server = Server(config(upstream, port, max_message))
    for thing in things:
        equal(server.get(f"/things/{thing}.json").json(), {"n": 0}, "the pages at the start")
    publish(folder, port, message("small", 0))
    equals_eventually(lambda: server.taken("fedmsg"), 1, "messages before the big one")
    for thing in things:
        upstream.documents["/" + thing] = {"n": 1}
    before = server.rss()
    publish(folder, port, message("big", 1, SIZE), message("small", 1))
    page = lambda thing: server.get(f"/things/{thing}.json").json()
    equals_eventually(lambda: page("small"), {"n": 1}, "the page of the message behind it", 30)
    if allowed:
        equals_eventually(lambda: page("big"), {"n": 1}, "the page of the big message", 30)
        equal(server.admin_get("/-/locker").json(), [], "the locker")
    else:
        equal(page("big"), {"n": 0}, "the page of a message that was refused")
        equal(server.metrics().sum("freshet_bus_dropped_total", why="too_large"), 1, "refused")
        (locked,) = server.admin_get("/-/locker").json()
        equal((locked["bus"], locked["topic"], locked["why"], locked["whole"]),
              ("fedmsg", "thing.changed", "too_large", False), "what the locker tells of it")
        check(locked["size"] > SIZE, f"its size: {locked['size']}")
        check(len(server.admin_get("/-/locker").body) < 100_000, "the locker shows little of it")
    # libzmq holds the message, the decoder a copy and a tape; a second one needs no more than the
    # first.
    first = server.rss() - before
    for number in range(2, 6):
        publish(folder, port, message("big", number, SIZE), message("small", number))
        equals_eventually(lambda: server.taken("fedmsg"), (2 if allowed else 1) * (number - 1) + 2 +
                          (1 if allowed else 0), "messages taken", 30)
    grown = server.rss() - before
    step(f"max_message {max_message}: {first >> 20} MiB for one of 25 MB, {grown >> 20} MiB for five")
    check(grown < 192 << 20, f"five messages of 25 MB cost {grown >> 20} MiB")


def scenario():
    with tempfile.TemporaryDirectory(prefix="freshet-scenario-") as name:
        go(pathlib.Path(name), "16MiB", False)
        go(pathlib.Path(name), "32MiB", True)


run(scenario)
