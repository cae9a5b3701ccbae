"""The same events over fedmsg and over fedora-messaging: the same rules match, the same pages are built,
byte for byte, and each event does the same. Recorded messages are among them where they are on this machine."""
import json
import random
from urllib.parse import quote

from harness.checks import Skip, check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import Publisher, message
from harness.rabbitmq import Broker
from harness.recorded import records
from harness.server import Server
from harness.things import origin
from harness.upstream import Answer, Upstream

RULES = '''
[[tag]]
topic = "#"
set = { thing = ["/msg/name", "/msg/package", "/msg/update/builds/*/package/name", "/msg/commit/repo", "/msg/thing"] }
[[tag]]
topic = "org.example.*.versions.#"
where = { "/msg/state" = [1, "two", 3.50] }
set = { thing = { value = "{/msg/thing}-{/msg/version}" } }
[page.thing]
path = "/things/{thing}.json"
fetch = [{ upstream = "origin", get = "/{thing}" }]
on = [{ topic = "#", by = ["thing"] }]
warm = { keys = { thing = ["seed"] } }
'''


def own_messages():
    """What JSON can do to a value on its way: text of a number, letters of all kinds, depth."""
    dice = random.Random(7)
    for n in range(120):
        thing = dice.choice(["plain", "c++", "naïve", "日本", "a b", "x" * 40]) + str(n % 7)
        version = dice.choice(["1.10", "1.1", "1e2", "0.50", "\"2.0\"", "18446744073709551615", "-0"])
        state = dice.choice(["1", "\"two\"", "3.50", "3.5", "null", "true"])
        body = f'{{"thing": {json.dumps(thing)}, "version": {version}, "state": {state}}}'
        yield f"org.example.prod.versions.{n % 3}", body


def recorded_messages():
    try:
        found = records("fedmsg.ndjson")
    except Skip:
        return
    for each in found[:400]:
        topic = each.get("topic", "")
        if isinstance(each.get("msg"), dict) and 0 < len(topic.encode()) <= 255:
            yield topic, json.dumps(each["msg"], ensure_ascii=False)


def known(server):
    return {p["name"]: p["known"] for p in server.admin_get("/-/pages").json()}


def effect(server, event):
    """Which rules matched and which pages were marked, without the times."""
    told = server.admin_get(f"/-/explain?event={event}").json()
    return {key: told[key] for key in ("topic", "rules", "tags", "pages", "created", "locked", "paths", "unmatched")}


def scenario():
    broker, publisher, upstream = Broker(), Publisher(), Upstream()
    upstream.answer = lambda call: Answer({"asked": call.path})
    bus = {"amqp": f'[bus.events]\nkind = "amqp"\nurl = "{broker.url()}"\nmax_message = "2MiB"\n',
           "zmq": f'[bus.events]\nkind = "zmq"\nconnect = ["{publisher.endpoint}"]\nmax_message = "2MiB"\n'}
    servers = {kind: Server(text + origin(upstream, "limits = { rate = 0, concurrency = 16 }") + RULES)
               for kind, text in bus.items()}
    publisher.wait_for_subscription()
    for server in servers.values():
        eventually(lambda: server.metrics().sum("freshet_bus_up", bus="events") == 1, "the bus is up")
    sent = 0
    for topic, body in [*own_messages(), *recorded_messages()]:
        name = f"m-{sent}"
        sent += 1
        broker.publish(topic, body.encode(), name)
        envelope = message(topic, None, name)
        del envelope["msg"]
        text = json.dumps(envelope)[:-1] + f', "msg": {body}}}'  # the same bytes, not the same values
        publisher.send_text(topic, text)
    step(f"{sent} messages")
    taken = lambda server: server.metrics().sum("freshet_bus_events_total", bus="events")
    for kind, server in servers.items():
        equals_eventually(lambda: taken(server), sent, f"messages over {kind}", within=60)
        eventually(lambda: server.metrics().sum("freshet_queue_pages") == 0, "all is built", within=60)
    both = {}
    for kind, server in servers.items():
        metrics = server.metrics()
        both[kind] = {"rules": metrics.by("freshet_rule_matches_total", "rule"), "known": known(server),
                      "unbound": metrics.by("freshet_rule_unbound_total", "rule"),
                      "dropped": metrics.sum("freshet_bus_dropped_total")}
    equal(both["amqp"], both["zmq"], "what rules made of the messages")
    check(both["amqp"]["rules"] and both["amqp"]["known"]["thing"] > 20, lambda: f"nothing happened: {both}")
    for n in range(sent):
        did = {kind: effect(server, f"m-{n}") for kind, server in servers.items()}
        equal(did["amqp"], did["zmq"], f"what event m-{n} did")
    names = set()
    for topic, body in [*own_messages(), *recorded_messages()]:
        told = json.loads(body)
        names |= {v for v in (told.get("thing"), told.get("name"), told.get("package")) if isinstance(v, str)}
    for name in sorted(names)[:150]:
        path = f"/things/{quote(name, safe='')}.json"
        answers = {kind: server.get(path) for kind, server in servers.items()}
        equal(answers["amqp"].status, answers["zmq"].status, f"status of {path}")
        equal(answers["amqp"].body, answers["zmq"].body, f"body of {path}")
        equal(answers["amqp"].field("etag"), answers["zmq"].field("etag"), f"etag of {path}")
    step(f"{len(names)} names, {int(both['amqp']['known']['thing'])} pages: the same")


run(scenario)
