"""A message that its consumer choked on came back for ever and held up all behind it; one that was
acknowledged before its effect was on the disk was lost with the process."""
import resource
import signal

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.rabbitmq import Broker
from harness.server import Server, freshet
from harness.things import CHANGED, amqp_things
from harness.upstream import Upstream

THINGS = [f"t{n}" for n in range(6)]


class World:
    def __init__(self, broker):
        self.broker, self.upstream = broker, Upstream()
        self.truth = {thing: 0 for thing in THINGS}
        for thing in THINGS:
            self.upstream.documents[f"/{thing}"] = {"n": 0}

    def change(self, thing, **more):
        self.truth[thing] += 1
        self.upstream.documents[f"/{thing}"] = {"n": self.truth[thing]}
        return self.broker.publish(CHANGED, {"thing": thing}, **more)

    def is_shown(self, server, what):
        for thing in THINGS:
            equals_eventually(lambda: server.fresh(f"/things/{thing}.json").json()["n"],
                              self.truth[thing], f"{thing} after {what}", within=30)


def ignore_file_limits():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def messages_of_every_shape(server, world):
    world.change("t0")
    world.change("t1", encoding=None)  # the library takes UTF-8 then
    world.truth["t2"] += 1
    world.upstream.documents["/t2"] = {"n": world.truth["t2"]}
    world.broker.publish("org.example.prod.headers.only", {},
                         headers={"fedora_messaging_rpm_t2": True, "fedora_messaging_rpm_nobody": True,
                                  "priority": 0, "nested": {"a": [1, None, "x"]}})
    world.broker.publish("org.other.prod.things.changed", {"thing": "t3"})  # not bound
    world.is_shown(server, "messages of every shape")
    named = world.change("t3")
    eventually(lambda: server.fresh("/things/t3.json").freshness().get("cause") == named,
               "message_id is the event's id")
    equal(server.explain("/things/t3.json")["cause"]["topic"], CHANGED, "the routing key is the topic")
    before = server.metrics().sum("freshet_bus_duplicates_total", bus="broker")
    world.broker.publish(CHANGED, {"thing": "t3"}, named)
    equals_eventually(lambda: server.metrics().sum("freshet_bus_duplicates_total", bus="broker"),
                      before + 1, "duplicates")
    step("headers, no encoding, nested tables, duplicates")


def poison(server, world):
    for number, (body, more) in enumerate((
            (b"not json", {}), (b'{"thing":"\xc3("}', {}), (b"", {}), (b'1,"id":"x"', {}),
            (b"{}", {"encoding": "gzip"}), (b'{"pad":"' + b"x" * (1 << 21) + b'"}', {}))):
        world.broker.publish(CHANGED, body, **more)
    world.change("t4")
    world.is_shown(server, "poison")
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_dropped_total", why="malformed"), 4, "malformed messages")
    equal(metrics.sum("freshet_bus_dropped_total", why="encoding"), 1, "encodings that are none")
    equal(metrics.sum("freshet_bus_dropped_total", why="too_large"), 1, "messages that are too large")
    locked = server.admin_get("/-/locker").json()
    check(len(str(locked)) > 100, f"the locker does not show them: {locked}")
    step("poison goes to the locker and holds nobody up")


def over_a_reload(server, world, queue):
    """Another configuration of the bus goes on with the same queue; nothing falls between the two."""
    for more in ("prefetch = 3", ""):
        server.write_config(server.config.replace('kind = "amqp"', f'kind = "amqp"\n{more}'))
        for thing in THINGS[:3]:
            world.change(thing)
        equal(server.admin_post("/-/reload", {}).status, 200, "a reload")
        for thing in THINGS[2:]:
            world.change(thing)
        world.is_shown(server, f"a reload with {more!r}")
        equal(server.log().rpartition(" queue ")[2].partition(",")[0], queue, "the queue after a reload")
        equals_eventually(lambda: world.broker.waiting(queue), 0, "messages that wait")
    equal(server.metrics().sum("freshet_bus_gaps_total", why="reconnect"), 0, "gaps")
    step("reloads")


def killed_between_mark_and_commit(server, world, queue):
    """The disk takes nothing: marks are made, nothing is acknowledged, and then the process dies."""
    eventually(lambda: server.metrics().sum("freshet_journal_unsaved_pages") == 0, "all is written")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    for thing in ("t1", "t5"):
        world.change(thing)
    world.is_shown(server, "marks that are not on the disk")
    equal(world.broker.waiting(queue), 0, "messages that were not delivered")
    server.kill()
    equals_eventually(lambda: world.broker.waiting(queue), 2, "messages that were not acknowledged")
    taken = lambda: server.metrics().sum("freshet_bus_events_total", bus="broker", result="matched")
    server.start()
    equals_eventually(taken, 2, "messages that have their effect again")
    world.is_shown(server, "a kill between mark and commit")
    equals_eventually(lambda: world.broker.waiting(queue), 0, "messages that wait")
    equal(server.stop(), 0, "exit code")
    equals_eventually(lambda: world.broker.waiting(queue), 0, "messages that were acknowledged")
    step("what was marked and not written is delivered again after kill -9")


def without_state(world):
    """The queue is the broker's own and ends with the connection; so does nothing else."""
    server = Server(amqp_things(world.upstream, world.broker.url()))
    eventually(lambda: server.metrics().sum("freshet_bus_up", bus="broker") == 1, "the bus is up")
    check("queue amq.gen-" in server.log(), "the queue has a name of its own")
    world.is_shown(server, "the start")
    world.change("t2")
    world.is_shown(server, "a message")
    equal(server.stop(), 0, "exit code")
    step("without state")


def looked_at(world):
    """`check --connect` leaves nothing behind, and says why it cannot; nothing shows the password."""
    def checked(url):
        server = Server(amqp_things(world.upstream, url), start=False)
        server.write_config(server.config)
        return freshet("check", "--connect", "-c", server.config_file)
    good = checked(world.broker.url())
    equal(good.returncode, 0, f"exit code ({good.err}{good.out})")
    bad = checked(world.broker.url("guest:open-sesame"))
    equal(bad.returncode, 69, "exit code with a wrong password")
    check("ACCESS_REFUSED" in bad.out + bad.err, f"it does not say why: {bad.out}{bad.err}")
    check("open-sesame" not in bad.out + bad.err, "the password is shown")
    server = Server(amqp_things(world.upstream, world.broker.url("guest:open-sesame")))
    said = lambda: [d for d in server.admin_get("/-/ready").json()["degraded"] if "ACCESS_REFUSED" in d]
    eventually(said, "readiness says why the bus is down")
    check("open-sesame" not in server.log() + str(server.admin_get("/-/buses").json()), "the password is shown")
    nobody = checked(world.broker.url(vhost="nowhere"))
    equal(nobody.returncode, 69, "exit code with a wrong vhost")
    check("nowhere" in nobody.out + nobody.err, f"it does not say why: {nobody.out}{nobody.err}")
    step("check --connect")


def scenario():
    broker = Broker()
    world = World(broker)
    server = Server("", start=False, limits=ignore_file_limits)
    server.config = amqp_things(world.upstream, broker.url(), f'state = "{server.folder}/state.db"')
    server.start()
    eventually(lambda: server.metrics().sum("freshet_bus_up", bus="broker") == 1, "the bus is up")
    queue = eventually(lambda: server.log().partition(" queue ")[2].partition(",")[0], "its queue")
    world.is_shown(server, "the start")
    messages_of_every_shape(server, world)
    poison(server, world)
    over_a_reload(server, world, queue)
    killed_between_mark_and_commit(server, world, queue)
    without_state(world)
    looked_at(world)


run(scenario)
