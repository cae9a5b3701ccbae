"""Fedora's configuration over ZeroMQ and over AMQP: the same events give the same pages, byte for byte, and
they are what the upstreams say."""
import json

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.client import get_many
from harness.fedmsg import Publisher
from harness.rabbitmq import Broker
from harness.server import Server
from harness.fedora import FedoraProcess
from harness.shipped import over_amqp, shipped, shipped_events

NAMES = ["guake", "kernel", "bodhi", "vim", "hexchat", "firefox", "texworks", "python-requests"]
PATHS = [f"/packages/{name}{rest}" for name in NAMES for rest in
         (".json", "/updates.json", "/updates.json?status=stable", "/bugs.json", "/changelog/rawhide.json",
          "/activity.json")] + ["/users/ada/activity.json", "/users/bob/activity.json"]


def events():
    """The shipped ones, and for each package one of every kind that names it."""
    prod, at = "org.fedoraproject.prod.", 1925100000
    yield from (e for e in shipped_events() if "msg" in e and e["topic"].startswith(prod))
    for n, name in enumerate(NAMES):
        kinds = {"git.receive": {"commit": {"repo": name, "username": "ada"}},
                 "mdapi.repo.update": {"name": "rawhide", "packages": [name]},
                 "bodhi.update.edit": {"agent": "bob", "update": {"builds": [{"nvr": f"{name}-9-1.fc42"}]}},
                 "bugzilla.bug.update": {"bug": {"id": n, "component": {"id": n, "name": name}}, "event": {}}}
        for k, (topic, msg) in enumerate(kinds.items()):
            yield {"topic": prod + topic, "msg": msg, "msg_id": f"own-{n}-{k}", "timestamp": at + n}


def quiet(server):
    metrics = server.metrics()
    return metrics.sum("freshet_queue_pages") == 0


def bodies(server):
    answers = get_many(server.port, PATHS)
    equal({a.status for a in answers}, {200}, "statuses")
    return {path: (a.field("etag"), a.body) for path, a in zip(PATHS, answers)}


def scenario():
    broker, publisher, stand_ins = Broker(), Publisher(), FedoraProcess()
    text = shipped(stand_ins, publisher).replace('min_interval = "10s"', "")
    servers = {"zmq": Server(text), "amqp": Server(over_amqp(text, broker.url()))}
    for kind, server in servers.items():
        eventually(lambda: server.metrics().sum("freshet_bus_up") == 1, f"{kind} is connected")
    publisher.wait_for_subscription()
    first = {kind: bodies(server) for kind, server in servers.items()}
    equal(first["zmq"], first["amqp"], "the pages before")
    step(f"{len(PATHS)} pages")

    for name in NAMES:
        stand_ins.set(["packages", name, "owner"], "ada")
        stand_ins.set(["packages", name, "version"], "42.0")
    sent = list(events())
    for event in sent:
        broker.publish(event["topic"], json.dumps(event["msg"]).encode(), event["msg_id"])
        publisher.send(event)
    for kind, server in servers.items():
        equals_eventually(lambda: int(server.metrics().sum("freshet_bus_events_total")), len(sent),
                          f"events over {kind}", within=30)

    def same():
        both = {kind: bodies(server) for kind, server in servers.items()}
        moved = [p for p in PATHS if p.endswith("rawhide.json") or p.count("/") == 2 and "users" not in p]
        new = all(both["zmq"][p] != first["zmq"][p] for p in moved)
        return both if new and both["zmq"] == both["amqp"] and all(map(quiet, servers.values())) else None
    last = eventually(same, "the pages of both are new and the same", within=60)
    check(json.loads(last["amqp"]["/packages/vim.json"][1])["dist_git"]["access_users"]["owner"] == ["ada"],
          "and they are what dist-git says")
    step(f"{len(sent)} events over both buses: the same pages, byte for byte")


run(scenario)
