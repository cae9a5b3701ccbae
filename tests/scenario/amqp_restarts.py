"""A broker was restarted in the middle of a stream, and consumers lost what they had acknowledged too
early, or worked twice on what they had acknowledged too late. Ten kills under load: each message has
one effect. `amqp_restarts.py FRESHET [ROUNDS] [SEED]`."""
import random
import re
import sys
import threading
import uuid

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.rabbitmq import Broker, Talker
from harness.server import Server
from harness.things import CHANGED, amqp_things
from harness.upstream import Upstream

THINGS = 30
AHEAD = 150


class Load:
    """Publishes as fast as the broker confirms; what was not confirmed is sent again, with its id, as
    publishers do: the broker may have it already."""

    def __init__(self, broker, upstream, seed):
        self.talker, self.upstream, self.dice = Talker(broker.port), upstream, random.Random(seed)
        self.truth, self.ids, self.again = {f"t{n}": 0 for n in range(THINGS)}, set(), 0
        for thing in self.truth:
            upstream.documents[f"/{thing}"] = {"n": 0}
        self.stopping, self.failed = threading.Event(), None
        self.taken = lambda: 0  # of them; the load keeps a little ahead, whatever the machine does
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self.stopping.is_set():
                self._one()
        except Exception as error:  # told by the scenario
            self.failed = error

    def _one(self):
        while len(self.ids) > self.taken() + AHEAD:
            if self.stopping.wait(0.05):
                return
        thing = self.dice.choice(list(self.truth))
        self.truth[thing] += 1
        self.upstream.documents[f"/{thing}"] = {"n": self.truth[thing]}
        message_id = str(uuid.UUID(int=self.dice.getrandbits(128)))
        self.ids.add(message_id)
        while True:
            try:
                self.talker.publish(CHANGED, {"thing": thing}, message_id)
                self.stopping.wait(0.002)
                return
            except OSError:
                self.again += 1
                self.stopping.wait(0.05)


def scenario():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    broker, upstream = Broker(), Upstream()
    server = Server("", start=False)
    server.config = amqp_things(upstream, broker.url(), f'state = "{server.folder}/state.db"')
    load = Load(broker, upstream, seed)
    server.start()
    eventually(lambda: server.metrics().sum("freshet_bus_up", bus="broker") == 1, "the bus is up")
    for thing in load.truth:
        equal(server.get(f"/things/{thing}.json").status, 200, "a page is built")
    taken = lambda: server.metrics().sum("freshet_bus_events_total", bus="broker")
    load.taken = taken
    load.thread.start()
    for n in range(rounds):
        before = taken()
        eventually(lambda: taken() > before + 40, "messages flow", within=120)
        broker.kill()
        eventually(lambda: server.metrics().sum("freshet_bus_up", bus="broker") == 0, "it is seen to be down")
        broker.start()
        check(load.failed is None, lambda: f"the publisher failed: {load.failed!r}")
        step(f"restart {n + 1}: {len(load.ids)} messages, {load.again} sends repeated")
    before = taken()
    eventually(lambda: taken() > before + 40, "messages flow", within=60)
    load.stopping.set()
    load.thread.join(60)
    step("no more messages")
    check(not load.thread.is_alive() and load.failed is None, lambda: f"the publisher: {load.failed!r}")
    equals_eventually(taken, len(load.ids), "messages that had an effect", within=60)
    for thing, n in load.truth.items():
        equals_eventually(lambda: server.fresh(f"/things/{thing}.json").json()["n"], n, thing, within=60)
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_dropped_total"), 0, "messages refused")
    equal(metrics.sum("freshet_bus_gaps_total", why="reconnect"), 0, "gaps: the queue kept everything")
    queues = set(re.findall(r"queue ([0-9a-f-]{36})", server.log()))
    equal(len(queues), 1, f"queues ({queues})")
    equals_eventually(lambda: broker.waiting(next(iter(queues))), 0, "messages that still wait")
    equal(server.stop(), 0, "exit code")
    # What was not acknowledged would be there again now.
    equals_eventually(lambda: broker.waiting(next(iter(queues))), 0, "messages not acknowledged")
    step(f"{len(load.ids)} messages, {int(metrics.sum('freshet_bus_duplicates_total'))} came twice")


run(scenario)
