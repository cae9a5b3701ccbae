"""A consumer was away for longer than the broker keeps queues: it came back to a new, empty queue and
went on as if nothing had happened. Here the queue that is gone is a gap, and the history closes it."""
import re

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import History, message
from harness.rabbitmq import Broker
from harness.server import Server
from harness.things import CHANGED, amqp_things, catch_up
from harness.upstream import Upstream

THINGS = [f"t{n}" for n in range(8)]


class World:
    def __init__(self, broker):
        self.broker, self.upstream, self.history = broker, Upstream(), History()
        self.truth, self.numbers = {thing: 0 for thing in THINGS}, 0
        for thing in THINGS:
            self.upstream.documents[f"/{thing}"] = {"n": 0}

    def change(self, thing, published=True):
        self.truth[thing] += 1
        self.numbers += 1
        self.upstream.documents[f"/{thing}"] = {"n": self.truth[thing]}
        name = f"00000000-0000-4000-8000-{self.numbers:012d}"
        self.history.add(message(CHANGED, {"thing": thing}, name))
        if published:
            self.broker.publish(CHANGED, {"thing": thing}, name)

    def is_shown(self, server, what):
        for thing in THINGS:
            equals_eventually(lambda: server.fresh(f"/things/{thing}.json").json()["n"],
                              self.truth[thing], f"{thing} after {what}", within=30)


def bus_of(server):
    return server.admin_get("/-/buses").json()[0]


def whole(server):
    bus = bus_of(server)
    return bus["up"] and bus["gap"] is None and bus["catch_up"] is None and bus["unverified"] == 0


def queue_of(server):
    eventually(lambda: "queue " in server.log(), "it says which queue it has")
    return re.findall(r"queue ([0-9a-f-]{36})", server.log())[-1]


def away_and_kept(server, world):
    """What came meanwhile waited in the queue: nobody is asked for it."""
    queue = queue_of(server)
    equal(server.stop(), 0, "a clean stop")
    for thing in THINGS[:3]:
        world.change(thing)
    equal(world.broker.waiting(queue), 3, "messages that wait")
    asked, built = world.history.count(), world.upstream.count()
    server.start()
    world.is_shown(server, "a restart")
    equal(queue_of(server), queue, "the queue of the second run")
    equal(world.history.count(), asked, "questions to the history")
    equal(world.upstream.count() - built, 3, "pages that were built")
    eventually(lambda: whole(server), "the bus is whole")
    equal(server.metrics().sum("freshet_bus_gaps_total"), 0, "gaps")
    step("what came while it was away waited in the queue")


def away_and_deleted(server, world):
    queue = queue_of(server)
    equal(server.stop(), 0, "a clean stop")
    world.change("t1")
    world.broker.delete_queue(queue)
    world.change("t2")
    server.start()
    world.is_shown(server, "a queue that was deleted while away")
    equal(queue_of(server), queue, "the queue that is declared anew")
    eventually(lambda: whole(server), "the gap is closed")
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_gaps_lost_total"), 0, "gaps that were lost")
    check(metrics.sum("freshet_catch_up_messages_total", result="missed") >= 2, "missed messages")
    step("a queue that was deleted while away is a gap, and the history closes it")


def deleted_while_connected(server, world):
    """The broker ends the consumer; messages until the next declaration are nowhere."""
    before = server.metrics().sum("freshet_bus_gaps_total", why="reconnect")
    world.broker.delete_queue(queue_of(server))
    world.change("t4")
    gaps = lambda: server.metrics().sum("freshet_bus_gaps_total", why="reconnect")
    equals_eventually(gaps, before + 1, "gaps")
    world.is_shown(server, "a queue that was deleted under its consumer")
    eventually(lambda: whole(server), "the gap is closed")
    world.change("t5")
    world.is_shown(server, "the new queue")
    step("a queue that is deleted under its consumer is a gap too")


def without_a_history(world):
    """Nothing can give back what was lost: pages say so, and are built again."""
    server = Server("", start=False)
    server.config = amqp_things(world.upstream, world.broker.url(), f'state = "{server.folder}/state.db"')
    server.start()
    begun = lambda: server.metrics().sum("freshet_bus_gaps_total", why="start")
    eventually(lambda: begun() == 1 and whole(server), "the start is over")
    world.is_shown(server, "the start")
    built = world.upstream.count()
    world.broker.delete_queue(queue_of(server))
    world.change("t6")
    lost = lambda: server.metrics().sum("freshet_bus_gaps_lost_total", why="reconnect")
    equals_eventually(lost, 1, "gaps that were lost")
    world.is_shown(server, "a gap without a history")
    check(world.upstream.count() - built >= len(THINGS), "not every page was verified")
    equal(server.stop(), 0, "exit code")
    step("without a history its pages are verified")


def scenario():
    broker = Broker()
    world = World(broker)
    server = Server("", start=False)
    server.config = amqp_things(world.upstream, broker.url(), f'state = "{server.folder}/state.db"',
                                catch_up(world.history))
    server.start()
    eventually(lambda: world.history.count() > 0 and whole(server), "the bus is whole", within=30)
    world.is_shown(server, "the start")
    world.change("t0")
    world.is_shown(server, "a message")
    away_and_kept(server, world)
    away_and_deleted(server, world)
    deleted_while_connected(server, world)
    equal(server.stop(), 0, "exit code")
    without_a_history(world)


run(scenario)
