"""Recorded fedora-messaging, through a real broker, with the configuration that is shipped for Fedora:
Bodhi's and Koji's own bodies and headers refresh the pages of the packages that they name, and no others."""
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.fedora import FedoraProcess
from harness.fedmsg import Publisher
from harness.rabbitmq import Broker
from harness.recorded import records
from harness.server import Server
from harness.shipped import over_amqp, shipped

PREFIX = "org.fedoraproject.prod."


def nvrs(value):
    """Every build anywhere in a message, as it is called."""
    if isinstance(value, list):
        return [nvr for each in value for nvr in nvrs(each)]
    if not isinstance(value, dict):
        return []
    own = [value["nvr"]] if "nvr" in value else []
    return own + [nvr for each in value.values() for nvr in nvrs(each)]


def packages(record):
    """Read off the recorded bodies, not off the rules."""
    topic, body = record["topic"], record["body"]
    if topic.startswith("bodhi."):
        return {nvr.rsplit("-", 2)[0] for nvr in nvrs(body)}
    return {"buildsys.rpm.sign": lambda: {body["rpm"]["name"]},
            "buildsys.package.list.change": lambda: {body["package"]},
            "buildsys.tag": lambda: {body["name"]},
            "buildsys.untag": lambda: {body["name"]}}.get(topic, set)()


def scenario():
    recorded = records("amqp_bodhi.ndjson") + records("amqp_koji.ndjson")
    named = set().union(*map(packages, recorded))
    check(len(recorded) >= 27 and len(named) >= 10, f"{len(recorded)} messages name {named}")
    broker, stand_ins = Broker(), FedoraProcess()
    server = Server(over_amqp(shipped(stand_ins, Publisher()), broker.url()))
    eventually(lambda: server.metrics().sum("freshet_bus_up") == 1, "the broker is connected")
    for name in [*named, "guake"]:
        server.get(f"/packages/{name}/activity.json")  # every message about the package concerns it
    known = {"/packages/guake/activity.json"} | {f"/packages/{name}/activity.json" for name in named}

    for number, record in enumerate(recorded):
        broker.publish(PREFIX + record["topic"], record["body"], f"recorded-{number}", record["headers"],
                       encoding="utf-8" if number % 2 else None)
    equals_eventually(lambda: server.taken("messaging"), len(recorded), "messages taken")
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_dropped_total"), 0, "messages dropped")
    equal(metrics.sum("freshet_rule_failed_total"), 0, "rules that failed")
    equal(server.admin_get("/-/locker").json(), [], "messages in the locker")
    for number, record in enumerate(recorded):
        told = server.admin_get(f"/-/explain?event=recorded-{number}").json()
        marked = {page for page in told["paths"] if page in known}
        equal(marked, {f"/packages/{name}/activity.json" for name in packages(record)},
              f"what {record['topic']} ({number}) refreshes")
    step(f"{len(recorded)} recorded messages refreshed {len(named)} packages, each those that it names")


run(scenario)
