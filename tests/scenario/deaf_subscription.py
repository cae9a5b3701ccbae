"""The consumer had "reconnected", was connected, and got nothing for ten days: the subscription was
dead on a connection that lived. Silence is an alarm, and the connection is made anew."""
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import History, Publisher, message
from harness.server import Server
from harness.things import CHANGED, catch_up, fedmsg_things
from harness.upstream import Upstream


def bus_of(server):
    return server.admin_get("/-/buses").json()[0]


def shows(server, n, what):
    equals_eventually(lambda: server.fresh("/things/a.json").json()["n"], n, what, within=30)


def scenario():
    upstream, history = Upstream(), History()
    upstream.documents["/a"] = {"n": 0}
    publisher = Publisher(deaf=True)
    server = Server(fedmsg_things(upstream, {"fedmsg": (
        [publisher.endpoint],
        'expect_every = { "#" = "2s", "org.example.*.things.#" = "3s" }\n' + catch_up(history))}))
    publisher.wait_for_subscription()
    shows(server, 0, "the page at the start")
    upstream.documents["/a"] = {"n": 1}
    changed = message(CHANGED, {"thing": "a"}, "2026-1")
    publisher.send(changed)  # nobody gets it
    history.add(changed)
    silent_and_up = lambda: (bus := bus_of(server))["silent_since"] and bus["up"]
    eventually(silent_and_up, "the silence is seen, on a connection that is good")
    silent = server.admin_get("/-/ready").json()["degraded"]
    check(any("silent" in each for each in silent), f"readiness: {silent}")
    equal(server.admin_get("/-/ready?strict").status, 503, "strict readiness while silent")
    shows(server, 1, "what the bus did not bring")
    step("the silence was seen, and the history asked")

    publisher.deaf = False
    publisher.wait_for_subscription()  # only a connection made anew subscribes again
    rebuilt = server.metrics().sum("freshet_bus_rebuilt_total", bus="fedmsg")
    check(rebuilt >= 1, "no connection was made anew")
    live = lambda: server.metrics().sum("freshet_bus_messages_total", bus="fedmsg")

    def noise():
        noise.count += 1
        publisher.send(message("org.example.prod.noise", {}, f"n{noise.count}"))
        return live() > 0
    noise.count = 0
    eventually(noise, "messages come over the bus", every=0.1)
    upstream.documents["/a"] = {"n": 2}
    changed = message(CHANGED, {"thing": "a"}, "2026-2")
    history.add(changed)  # should the connection be made anew at this moment
    publisher.send(changed)
    shows(server, 2, "the page after a live message")
    step(f"{rebuilt:g} connections made anew, and it hears again")

    def only_the_topic_is_silent():
        noise()
        bus = bus_of(server)
        return bus["silent_since"] is None and bus["silent_topics"] == ["org.example.*.things.#"]
    eventually(only_the_topic_is_silent, "the silence of a topic is seen on a loud bus", every=0.1)
    step("a quiet topic was seen on a loud bus")


run(scenario)
