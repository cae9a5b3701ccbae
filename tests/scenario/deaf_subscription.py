"""The consumer had "reconnected", was connected, and got nothing for ten days: the subscription was
dead on a connection that lived. Silence is an alarm, and the connection is made anew."""
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import History, Publisher, message
from harness.server import Server
from harness.upstream import Upstream

TOPIC = "org.example.prod.things.changed"


def config(publishers, upstream, history):
    return f'''
[bus.fedmsg]
kind = "zmq"
connect = {[p.endpoint for p in publishers]}
expect_every = {{ "#" = "2s", "org.example.*.things.#" = "3s" }}
catch_up = {{ kind = "datagrepper", url = "{history.raw}", max_age = "1h", overlap = "1s" }}
[upstream.origin]
kind = "http"
url = "{upstream.url}"
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = [{{ topic = "org.example.*.things.changed", set = {{ thing = "/msg/thing" }} }}]
'''


def bus_of(server):
    return server.admin_get("/-/buses").json()[0]


def shows(server, n, what):
    equals_eventually(lambda: server.fresh("/things/a.json").json()["n"], n, what, within=30)


def scenario():
    upstream, history = Upstream(), History()
    upstream.documents["/a"] = {"n": 0}
    publisher = Publisher(deaf=True)
    server = Server(config([publisher], upstream, history))
    publisher.wait_for_subscription()
    shows(server, 0, "the page at the start")
    upstream.documents["/a"] = {"n": 1}
    changed = message(TOPIC, {"thing": "a"}, "2026-1")
    publisher.send(changed)  # nobody gets it
    history.add(changed)
    eventually(lambda: bus_of(server)["silent_since"], "the silence is seen")
    check(bus_of(server)["up"], "the connection itself is good")
    silent = server.admin_get("/-/ready").json()["degraded"]
    check(any("silent" in each for each in silent), f"readiness: {silent}")
    equal(server.admin_get("/-/ready?strict").status, 503, "strict readiness while silent")
    shows(server, 1, "what the bus did not bring")
    step("the silence was seen, and the history asked")

    publisher.deaf = False
    publisher.wait_for_subscription()  # only a connection made anew subscribes again
    rebuilt = server.metrics().sum("freshet_bus_rebuilt_total", bus="fedmsg")
    check(rebuilt >= 1, "no connection was made anew")
    upstream.documents["/a"] = {"n": 2}
    live = lambda: server.metrics().sum("freshet_bus_messages_total", bus="fedmsg")
    publisher.send(message(TOPIC, {"thing": "a"}, "2026-2"))
    equals_eventually(live, 1, "messages over the bus")
    shows(server, 2, "the page after the first live message")
    step(f"{rebuilt:g} connections made anew, and it hears again")

    # A loud bus whose one topic has died is silent as well.
    def noise():
        publisher.send(message("org.example.prod.noise", {}, f"n{noise.count}"))
        noise.count += 1
        return "org.example.*.things.#" in bus_of(server)["silent_topics"]
    noise.count = 0
    eventually(noise, "the silence of a topic is seen on a loud bus", every=0.2)
    equal(bus_of(server)["silent_since"], None, "silence of the bus as a whole")
    step("a quiet topic was seen on a loud bus")


run(scenario)
