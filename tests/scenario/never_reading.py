"""Three thousand clients subscribe and never read. Events go on: memory stays flat, the one reader
who reads is told of each version, and the others are let go when the bound has passed."""
import socket

from harness.checks import (allow_descriptors, bounded, closing, equal, equals_eventually, patience,
                            run)
from harness.client import head_of
from harness.server import Server
from harness.sse import Stream, target_of
from harness.things import things
from harness.upstream import Upstream

CLIENTS, EVENTS = 3000, 80
BODY = 12_000  # with push = "full": 80 events are more than any socket buffer takes
MIB = 1 << 20
PATH = "/things/a.json"


def config(upstream):
    return things(upstream, '''
stream_age = "10m"
limits = { write_timeout = "6s", streams = 4000 }''', page='push = "full"')


class Deaf:
    """Subscribers whose sockets nobody reads."""

    def __init__(self, port, count):
        closing(self)
        self.sockets = []
        head = head_of("GET", target_of(PATH))
        for _ in range(count):
            one = socket.socket()
            self.sockets.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.settimeout(20 * patience())
            one.connect(("127.0.0.1", port))
            one.sendall(head)

    def close(self):
        for one in self.sockets:
            one.close()


def tell(server, upstream, reader, number):
    upstream.documents["/a"] = {"n": number, "text": "x" * BODY}
    server.publish({"topic": "thing.changed", "msg_id": f"e{number}", "msg": {"thing": "a"}})
    told = reader.next(f"version {number}")
    equal((told.name, told.data["data"]["n"]), ("reload", number), "what the reader is told")


def scenario():
    allow_descriptors(CLIENTS + 1000)
    upstream = Upstream()
    upstream.documents["/a"] = {"n": 0}
    server = Server(config(upstream), stdin=True)
    equal(server.get(PATH).status, 200, "the page")
    reader = Stream(server.port, match=PATH).hello()
    tell(server, upstream, reader, 1)

    Deaf(server.port, CLIENTS)
    equals_eventually(lambda: server.metrics().sum("freshet_sse_subscribers"), CLIENTS + 1,
                      "subscribers", within=60)
    calm = server.rss()
    for number in range(2, EVENTS + 2):
        tell(server, upstream, reader, number)
    bounded(server.rss() - calm, 48 * MIB,
            f"{CLIENTS} that never read, {EVENTS} events of {BODY} bytes")
    equals_eventually(lambda: server.metrics().sum("freshet_sse_subscribers"), 1,
                      "only the one that reads is left", within=60)
    tell(server, upstream, reader, EVENTS + 2)
    equal(server.get(PATH).status, 200, "the page after all that")


run(scenario)
