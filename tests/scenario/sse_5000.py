"""Five thousand browsers watch fifty pages, and two hundred of them have stopped reading: the others
are told of every version, and the stalled ones cost a bounded amount and are let go."""
import json
import selectors
import socket
import time

from harness.checks import (Failure, allow_descriptors, bounded, check, closing, equal,
                            equals_eventually, eventually, patience, run, step)
from harness.client import head_of
from harness.server import Server
from harness.sse import Decoder, Stream, target_of
from harness.things import things
from harness.upstream import Upstream

PAGES, SUBSCRIBERS, STALLED, ROUNDS = 50, 5000, 200, 4
BODY = 12_000  # inlined by push = "full": what a stalled reader does not take is data
MIB = 1 << 20


def config(upstream):
    return things(upstream, '''
stream_age = "10m"
limits = { write_timeout = "4s", streams = 6000 }''', 'limits = { concurrency = 16 }',
                  'push = "full"')


def page(number):
    return f"/things/t{number}.json"


class Reader:
    """One subscriber of one page. Keeps the versions it was told of, not their data."""

    def __init__(self, number):
        self.page = number % PAGES
        self.decoder, self.head, self.told = Decoder(), b"", []
        self.socket = socket.socket()
        self.socket.setblocking(False)

    def take(self, data):
        if self.head is not None:
            self.head += data
            head, end, data = self.head.partition(b"\r\n\r\n")
            if not end:
                return
            check(head.startswith(b"HTTP/1.1 200"), f"a stream was refused: {head[:100]!r}")
            self.head = None
        for event in self.decoder.feed(data):
            document = json.loads(event.text)
            check(event.name == "reload", f"{page(self.page)} got {event}")
            equal(document["@id"], page(self.page), "the page of an event")
            self.told.append((document["data"]["n"], document["version"], event.sequence))

    @property
    def ready(self):
        return self.head is None and self.decoder.retry is not None


class Crowd:
    """All readers on one selector."""

    def __init__(self, port):
        self.port, self.selector = port, selectors.DefaultSelector()
        self.readers = []
        closing(self)

    def add(self, count):
        fresh = [Reader(n) for n in range(count)]
        for begin in range(0, count, 250):  # as many as a backlog holds
            group = fresh[begin:begin + 250]
            for reader in group:
                reader.socket.connect_ex(("127.0.0.1", self.port))
                self.selector.register(reader.socket, selectors.EVENT_WRITE, reader)
            self.readers += group
            self.until(lambda: all(r.ready for r in group), "subscribers were accepted")

    def turn(self):
        for key, mask in self.selector.select(0.05):
            reader = key.data
            if mask & selectors.EVENT_WRITE:
                reader.socket.sendall(head_of("GET", target_of(page(reader.page))))
                self.selector.modify(reader.socket, selectors.EVENT_READ, reader)
                continue
            data = reader.socket.recv(1 << 18)
            if not data:
                raise Failure(f"the stream of a reader of {page(reader.page)} was closed")
            reader.take(data)

    def until(self, condition, what, within=30.0):
        end = time.monotonic() + within * patience()
        while not condition():
            if time.monotonic() > end:
                behind = sum(1 for r in self.readers if not r.told)
                raise Failure(f"not within {within:g} s: {what} ({behind} readers were told nothing)")
            self.turn()

    def close(self):
        for reader in self.readers:
            reader.socket.close()


class Stalled:
    """Subscribes to all pages, reads the head, and never again."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.settimeout(20 * patience())
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(head_of("GET", target_of(pattern="/things/:thing.json")))
        check(self.socket.recv(12) == b"HTTP/1.1 200", "a stream for all pages was refused")


def event(number, round_number):
    return {"topic": "thing.changed", "msg_id": f"r{round_number}-t{number}",
            "msg": {"thing": f"t{number}"}}


def write_truth(upstream, round_number):
    for n in range(PAGES):
        upstream.documents[f"/t{n}"] = {"n": round_number, "page": n, "text": "x" * BODY}


def tell_a_round(server, upstream, crowd, round_number):
    write_truth(upstream, round_number)
    began = time.monotonic()
    server.publish(*[event(n, round_number) for n in range(PAGES)])
    crowd.until(lambda: all(len(r.told) >= round_number for r in crowd.readers),
                f"every reader is told of round {round_number}")
    step(f"round {round_number}: {len(crowd.readers)} readers told in {time.monotonic() - began:.2f} s")
    equals_eventually(lambda: server.metrics().sum("freshet_queue_pages"), 0, "pages queued")


def check_readers(crowd, rounds):
    """Each version once, in order, ids rising."""
    for reader in crowd.readers:
        equal([n for n, _, _ in reader.told], list(range(1, rounds + 1)),
              f"versions that a reader of {page(reader.page)} was told of")
        for what in (1, 2):
            numbers = [t[what] for t in reader.told]
            check(numbers == sorted(set(numbers)), f"numbers that do not rise: {numbers}")


def resumes_once(server, upstream, crowd, first_id, cut_id):
    """Somebody who was away gets each page that changed meanwhile exactly once."""
    stream = Stream(server.port, pattern="/things/:thing.json", last_id=cut_id)
    seen = {}
    while len(seen) < PAGES:
        told = stream.next("a page that changed while the client was away")
        equal(told.name, "reload", "what a resuming client is told")
        path = told.data["@id"]
        check(path not in seen, f"{path} was told twice to a client that resumed")
        seen[path] = told.data["data"]["n"]
    equal(set(seen.values()), {ROUNDS}, "versions that a resuming client is told of")
    # The newest id is the last: who resumes from there is told nothing but what comes after it.
    again = Stream(server.port, pattern="/things/:thing.json", header_id=stream.last_id).hello()
    write_truth(upstream, ROUNDS + 1)
    server.publish(event(7, ROUNDS + 1))
    told = again.next("the one page that changed")
    equal((told.data["@id"], told.data["data"]["n"]), (page(7), ROUNDS + 1), "after the newest id")
    equal(again.drain(), [], "more events after the newest id")
    told = stream.next("the one page that changed")
    equal(told.data["@id"], page(7), "on the stream that stayed")
    old = Stream(server.port, match=page(3), last_id=first_id)
    told = old.next("the newest version of the page")
    equal(told.data["data"]["n"], ROUNDS, "version told to a client that was away from the start")
    equal(old.drain(), [], "more events of one page that changed often")


def scenario():
    allow_descriptors(SUBSCRIBERS + 1500)
    upstream = Upstream()
    write_truth(upstream, 0)
    server = Server(config(upstream), stdin=True)
    for n in range(PAGES):
        equal(server.get(page(n)).status, 200, f"status of {page(n)}")
    crowd = Crowd(server.port)
    crowd.add(SUBSCRIBERS - STALLED)
    first = Stream(server.port, pattern="/things/:thing.json")
    equals_eventually(lambda: server.metrics().sum("freshet_sse_subscribers"),
                      SUBSCRIBERS - STALLED + 1, "subscribers counted")
    tell_a_round(server, upstream, crowd, 1)
    first_id = [first.next("the first round") for _ in range(PAGES)][0].id
    cut_id = first.last_id
    first.close()

    calm = server.rss()
    stalled = [Stalled(server.port) for _ in range(STALLED)]
    step(f"{SUBSCRIBERS} subscribers, {calm / MIB:.0f} MiB")
    for number in range(2, ROUNDS + 1):
        tell_a_round(server, upstream, crowd, number)
    bounded(server.rss() - calm, 64 * MIB, f"{STALLED} stalled readers")
    check_readers(crowd, ROUNDS)
    sent = server.metrics().sum("freshet_sse_events_total")
    least = (SUBSCRIBERS - STALLED) * ROUNDS
    check(sent >= least, f"freshet counts {sent:g} events, but the readers got {least}")

    eventually(lambda: server.metrics().sum("freshet_sse_subscribers") == SUBSCRIBERS - STALLED,
               "the stalled readers are let go, the others stay", within=30, every=0.2)
    for one in stalled:
        one.socket.close()
    resumes_once(server, upstream, crowd, first_id, cut_id)
    crowd.until(lambda: all(len(r.told) > ROUNDS for r in crowd.readers if r.page == 7),
                "the readers of the page that changed last are told")
    equal(server.get(page(1)).status, 200, "a page after all that")


run(scenario)
