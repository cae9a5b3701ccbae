"""A message was lost on the bus, and nobody noticed: the page was wrong until something else
changed. And a message that came twice, from two gateways or out of a replay, was worked on twice."""
import threading
import time

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import History, Publisher, message
from harness.server import Server
from harness.things import CHANGED, catch_up, fedmsg_things
from harness.upstream import Answer, Upstream

THINGS = [f"t{n}" for n in range(12)]


class World:
    def __init__(self):
        self.upstream = Upstream()
        self.truth = {thing: 0 for thing in THINGS}
        for thing in THINGS:
            self.upstream.documents[f"/{thing}"] = {"n": 0}
        self.numbers = 0

    def change(self, thing, i=None):
        """The truth changes, and this is the message that says so."""
        self.truth[thing] += 1
        self.numbers += 1
        self.upstream.documents[f"/{thing}"] = {"n": self.truth[thing]}
        return message(CHANGED, {"thing": thing}, f"2026-{self.numbers}", i)


def page(thing):
    return f"/things/{thing}.json"


def shows_the_truth(server, world, what):
    for thing in THINGS:
        look = lambda: server.fresh(page(thing)).json()["n"]
        equals_eventually(look, world.truth[thing], f"{thing} after {what}")


def bus_of(server, name="fedmsg"):
    return next(b for b in server.admin_get("/-/buses").json() if b["name"] == name)


def whole(server):
    bus = bus_of(server)
    return bus["up"] and bus["gap"] is None and bus["unverified"] == 0


def lost_while_disconnected(server, world, publisher, history):
    publisher.stop()
    eventually(lambda: not bus_of(server)["up"], "the bus is down")
    check(any("down" in d for d in server.admin_get("/-/ready").json()["degraded"]), "readiness is silent")
    for thing in THINGS[:5]:
        history.add(world.change(thing))
    publisher.start()
    publisher.wait_for_subscription()
    shows_the_truth(server, world, "a reconnect")
    metrics = server.metrics()
    check(metrics.sum("freshet_bus_gaps_total", why="reconnect") >= 1, "the gap is not counted")
    equal(metrics.sum("freshet_bus_gaps_lost_total"), 0, "gaps that were lost")
    equal(metrics.sum("freshet_catch_up_messages_total", result="missed"), 5, "missed messages")
    eventually(lambda: whole(server), "the gap is closed")
    step("what was lost while nobody listened came out of the history")


def lost_on_a_good_connection(server, world, publisher, history):
    for i in range(1, 9):
        changed = world.change(THINGS[i % 3], i)
        history.add(changed)
        publisher.send(changed)
    shows_the_truth(server, world, "live messages")
    ninth = world.change("t7", 9)  # lost
    tenth = world.change("t8", 10)
    history.add(tenth)
    publisher.send(tenth)
    # The history learns of it only now, so that no walk for another reason finds it before.
    holes = lambda: server.metrics().sum("freshet_bus_gaps_total", why="sequence")
    equals_eventually(holes, 1, "holes in the numbers")
    history.add(ninth)
    shows_the_truth(server, world, "a hole in the numbers")
    step("a hole in a publisher's numbers was seen and closed")


def over_a_reload(server, world, publisher, history):
    for change in ("", "hwm = 2000"):  # the bus goes on as it is; another one takes its place
        publisher.stop()
        eventually(lambda: not bus_of(server)["up"], "the bus is down")
        history.add(world.change("t4"))
        server.write_config(server.config.replace('kind = "zmq"', f'kind = "zmq"\n{change}'))
        equal(server.admin_post("/-/reload", {}).status, 200, "reload")
        publisher.start()
        publisher.wait_for_subscription()
        shows_the_truth(server, world, f"a reload with {change!r}")
        eventually(lambda: whole(server), "the gap is closed")
    equal(server.metrics().sum("freshet_bus_gaps_lost_total"), 0, "gaps that were lost")
    step("a gap over a reload is closed after it")


def twice(server, world, publisher, other, history):
    eventually(lambda: whole(server), "nothing is under way")
    calls = world.upstream.count()
    duplicates = lambda: server.metrics().sum("freshet_bus_duplicates_total", bus="fedmsg")
    known = lambda: server.metrics().sum("freshet_catch_up_messages_total", result="known")
    before, known_before = duplicates(), known()
    for thing in THINGS:
        changed = world.change(thing)
        history.add(changed)
        publisher.send(changed)
        other.send(changed)
        publisher.send(changed)
    equals_eventually(duplicates, before + 2 * len(THINGS), "duplicates")
    shows_the_truth(server, world, "doubled messages")
    other.restart()  # the replay brings all of them again
    eventually(lambda: known() >= known_before + len(THINGS), "the history is read again")
    eventually(lambda: whole(server), "the replay ends")
    made = world.upstream.count() - calls
    refreshes = server.metrics()
    # One effect: the event's refresh. The same bytes twice would be an event without an effect.
    equal(made, len(THINGS), f"refreshes ({refreshes.by('freshet_refreshes_total', 'cause')})")
    step("three copies and a replay: one refresh each")


def over_a_restart(world):
    """The journal keeps until when the stream was whole; the history has what came after it."""
    publisher, history = Publisher(), History()
    server = Server("", start=False)
    server.config = f'state = "{server.folder}/state.db"\n' + fedmsg_things(
        world.upstream, {"fedmsg": ([publisher.endpoint], catch_up(history))})
    server.start()
    publisher.wait_for_subscription()
    shows_the_truth(server, world, "the start")
    eventually(lambda: history.count() > 0 and whole(server), "the bus is whole")
    equal(server.stop(), 0, "a clean stop")
    history.add(world.change("t3"))
    calls = world.upstream.count()
    gate = threading.Event()
    history.lie = lambda question, honest: Answer(honest, gate=gate)
    server.start()
    equal({server.state(page(thing)) for thing in THINGS}, {"unverified"}, "pages while it is not known")
    publisher.wait_for_subscription()
    eventually(lambda: bus_of(server)["gap"], "the gap is known")
    equal(server.get(page("t0")).field("cache-status"), "freshet; hit", "a page while the history is read")
    equal({server.state(page(thing)) for thing in THINGS}, {"unverified"}, "pages while the history is read")
    gate.set()
    history.lie = None
    shows_the_truth(server, world, "a restart")
    equal(world.upstream.count() - calls, 1, "pages that were built after a clean stop")
    eventually(lambda: whole(server), "the bus is whole")
    server.kill()
    history.add(world.change("t5"))
    server.start()
    shows_the_truth(server, world, "a crash")
    equal(server.metrics().sum("freshet_bus_gaps_lost_total"), 0, "gaps that were lost")
    step("what came between two runs came out of the history")


def up_without_a_history(world):
    publisher = Publisher()
    server = Server(fedmsg_things(world.upstream, {"fedmsg": ([publisher.endpoint], "")}))
    publisher.wait_for_subscription()
    shows_the_truth(server, world, "the start")
    # Before that, a connection that breaks is still the start.
    started = lambda: server.metrics().sum("freshet_bus_gaps_total", why="start") == 1
    eventually(lambda: started() and whole(server), "the bus has been up")
    return publisher, server


def without_a_history(world):
    publisher, server = up_without_a_history(world)
    publisher.stop()
    eventually(lambda: not bus_of(server)["up"], "the bus is down")
    for thing in THINGS:
        world.change(thing)  # nobody hears of it
    publisher.start()
    publisher.wait_for_subscription()
    shows_the_truth(server, world, "a gap that nothing closes")
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_gaps_lost_total", why="reconnect"), 1, "lost gaps")
    equal(metrics.sum("freshet_refreshes_total", cause="sweep", result="changed"), len(THINGS),
          "pages that the sweep repaired")
    eventually(lambda: whole(server), "no page is unverified any more")
    step("without a history the pages were unverified, and then built again")


def doubt_is_told(world):
    """While the upstream does not answer, pages that may be wrong say so, and so does readiness."""
    publisher, server = up_without_a_history(world)
    world.upstream.stop()
    publisher.restart()
    equals_eventually(lambda: server.get(page("t0")).freshness()["state"], "unverified",
                      "what the page says")
    told = lambda: (bus_of(server)["unverified"], (bus_of(server)["lost"] or {}).get("why"))
    equals_eventually(told, (len(THINGS), "reconnect"), "unverified pages of the bus, and why")
    ready = server.admin_get("/-/ready")
    equal(ready.status, 200, "readiness")
    check(any("unverified" in d and "12 pages" in d for d in ready.json()["degraded"]),
          f"readiness: {ready.json()}")
    equal(server.admin_get("/-/ready?strict").status, 503, "strict readiness")
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_unverified_pages", bus="fedmsg"), len(THINGS), "the metric")
    since = metrics.sum("freshet_bus_gap_since_seconds", bus="fedmsg")
    check(time.time() - 600 < since < time.time(), f"since when: {since}")
    world.upstream.start()
    shows_the_truth(server, world, "the upstream's return")
    step("pages in doubt said so until they were built again")


def scenario():
    world = World()
    publisher, other, history = Publisher(), Publisher(), History()
    endpoints = [publisher.endpoint, other.endpoint]
    server = Server(fedmsg_things(world.upstream, {"fedmsg": (endpoints, catch_up(history))}))
    publisher.wait_for_subscription()
    other.wait_for_subscription()
    shows_the_truth(server, world, "the start")
    eventually(lambda: history.count() > 0 and whole(server), "the bus is whole")
    lost_while_disconnected(server, world, publisher, history)
    lost_on_a_good_connection(server, world, publisher, history)
    over_a_reload(server, world, publisher, history)
    twice(server, world, publisher, other, history)
    equal(server.stop(), 0, "the end")
    over_a_restart(World())
    without_a_history(World())
    doubt_is_told(World())


run(scenario)
