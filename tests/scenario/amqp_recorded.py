"""What Bodhi and Koji really sent over Fedora's broker, into the configuration that is shipped: every
message is taken, each is about what somebody finds in it who knows nothing of the rules, and the pages
that it names show the new truth before anybody asks, or as soon as somebody does."""
import re

from harness.checks import Failure, check, equal, equals_eventually, eventually, run, step
from harness.client import get_many
from harness.fedmsg import Publisher
from harness.fedora import FedoraProcess, a_package, an_update
from harness.rabbitmq import Broker
from harness.recorded import records
from harness.server import Server
from harness.shipped import over_amqp, shipped

PREFIX = "org.fedoraproject.prod."   # the library puts it before the topics that the recordings have
NOBODYS, NOBODY = "guake", "ada"     # neither is in any message
BODHI = (".json", "/updates.json", "/updates.json?status=testing")
KOJI = "/builds.json"                # no build changed its state in these recordings

# The header that the recordings have is no rule's of the shipped configuration: a page of its own shows
# that rules can use it.
SCHEMAS = '''
[upstream.schemas]
kind = "http"
url = "{url}/hubs"
[page.schema]
path = "/schemas/{{schema}}.json"
fetch = [{{ upstream = "schemas", get = "/api/config/{{schema}}" }}]
on = [{{ topic = "#", set = {{ schema = "/headers/fedora_messaging_schema_class" }} }}]
'''


# Reading messages without a rule.

def under(value, name):
    """Everything that stands anywhere in a document under this name."""
    if isinstance(value, list):
        for each in value:
            yield from under(each, name)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            yield from under(each, name)


def packages_of(topic, body):
    """Bodhi's messages have builds, wherever they stand; Koji's have names, each kind its own."""
    if topic.startswith("bodhi."):
        return {re.fullmatch(r"(.+)-[^-]+-[^-]+", nvr).group(1) for nvr in under(body, "nvr")}
    if topic == "buildsys.rpm.sign":
        return {body["rpm"]["name"]}
    if topic == "buildsys.package.list.change":
        return {body["package"]}
    return {body["name"]} if topic in ("buildsys.tag", "buildsys.untag") else set()


def users_of(body):
    """Who did it, and whose it is."""
    found = {body.get("agent"), body.get("user"), at(body, "update", "user", "name"),
             at(body, "override", "submitter", "name")}
    return found - {None}


def concerned_by(body):
    """Others of whom rules may hold that it is their business too, or not."""
    return {each for name in ("owner", "issuer") for each in under(body, name) if isinstance(each, str)}


def at(value, *steps):
    for step_ in steps:
        value = value.get(step_) if isinstance(value, dict) else None
    return value


class Message:
    def __init__(self, number, record, headers=None, packages=(), users=()):
        self.topic, self.body = record["topic"], record["body"]
        self.headers = {**record["headers"], **(headers or {})}
        self.id = f"00000000-0000-4000-8000-{number:012d}"
        self.packages = packages_of(self.topic, self.body) | set(packages)
        self.users, self.perhaps = users_of(self.body) | set(users), concerned_by(self.body)
        if self.topic.startswith("bodhi.errata."):  # a mail that says what an update has become
            self.users, self.perhaps = set(users), self.perhaps | self.users
        self.schema = self.headers["fedora_messaging_schema_class"]

    def at_once(self):
        """Pages that are refreshed whether anybody looks or not."""
        bodhi = [f"/packages/{name}{rest}" for name in self.packages for rest in BODHI]
        return {f"/schemas/{self.schema}.json", *(bodhi if self.topic.startswith("bodhi.") else ())}

    def when_asked(self):
        return {f"/packages/{name}/activity.json" for name in self.packages} | \
            {f"/users/{name}/activity.json" for name in self.users}


class Fedora:
    """The stand-ins with what the messages are about, and the server in front of them."""

    def __init__(self, messages):
        self.broker, self.stand_ins = Broker(), FedoraProcess()
        self.packages = sorted(set().union(*(m.packages for m in messages)) | {NOBODYS})
        self.users = sorted(set().union(*(m.users | m.perhaps for m in messages)) | {NOBODY})
        self.schemas = sorted({m.schema for m in messages})
        self.made = {name: a_package(name, 900_000 + n) for n, name in enumerate(self.packages)}
        self.stand_ins.change([{"path": ["packages", n], "value": of} for n, of in self.made.items()])
        self.truth = 0
        self.moves()
        text = over_amqp(shipped(self.stand_ins, Publisher()), self.broker.url())
        self.server = Server("", start=False)
        # Calls are counted here: nothing but messages may refresh a page.
        unswept = re.sub(r"(?m)^(path = .*)$", r'\1\nsweep = "0s"', text)
        self.server.config = (f'state = "{self.server.folder}/state.db"\n' + unswept +
                              SCHEMAS.format(url=self.stand_ins.url))
        self.known = {f"/packages/{name}{rest}" for name in self.packages
                      for rest in (*BODHI, KOJI, "/activity.json")}
        self.known |= {f"/users/{name}/activity.json" for name in self.users}
        self.known |= {f"/schemas/{name}.json" for name in self.schemas}

    def moves(self):
        """Everything changes, of everybody, at every system; nobody says so."""
        self.truth += 1
        at = 1_800_000_000 + self.truth
        changes = [{"path": ["packages", name, "owner"], "value": f"owner-{self.truth}"}
                   for name in self.packages]
        changes += [{"path": ["updates", "-"], "value": an_update(of, f"FEDORA-{self.truth}", at)}
                    for of in self.made.values()]
        said = {"topic": f"truth.{self.truth}", "timestamp": at,
                "msg": {"names": self.packages + self.users}}
        changes += [{"path": ["messages", "-"], "value": said}]
        changes += [{"path": ["users", name], "value": {"truth": self.truth}} for name in self.schemas]
        self.stand_ins.change(changes)

    def truth_in(self, path, document):
        """Which truth a page shows: the newest of what changes."""
        if path.endswith("activity.json"):
            return int(document["raw_messages"][0]["topic"].removeprefix("truth."))
        if path.startswith("/schemas/"):
            return document["truth"]
        return int(document["updates"][0]["alias"].removeprefix("FEDORA-"))

    def publish(self, messages):
        for n, m in enumerate(messages):  # some publishers do not say that it is UTF-8
            self.broker.publish(PREFIX + m.topic, m.body, m.id, headers=m.headers,
                                encoding="utf-8" if n % 2 else None)

    def looked_at(self, paths):
        """{path: answer} of a visit to each; the state that it was in is in the answer."""
        paths = sorted(paths)
        return dict(zip(paths, get_many(self.server.port, paths)))


def taken(fedora, messages, what):
    """All of them arrived, none was refused or put aside, and the broker has nothing left."""
    server, count = fedora.server, len(messages)
    events = lambda: server.metrics().sum("freshet_bus_events_total", bus="messaging")
    before = events()
    fedora.publish(messages)
    equals_eventually(events, before + count, f"{what}: messages taken", within=30)
    metrics = server.metrics()
    equal(metrics.sum("freshet_bus_dropped_total"), 0, f"{what}: messages dropped")
    equal(metrics.sum("freshet_rule_failed_total"), 0, f"{what}: rules that failed")
    equal(server.admin_get("/-/locker").json(), [], f"{what}: the locker")
    queue = re.search(r" queue ([0-9a-f-]{36})", server.log()).group(1)
    equals_eventually(lambda: fedora.broker.waiting(queue), 0, f"{what}: messages that wait")
    return queue


def explained(fedora, messages):
    """Each message did what was found in it: the same names, the same pages and no other."""
    for m in messages:
        told = fedora.server.admin_get(f"/-/explain?event={m.id}").json()
        what = f"{m.topic} {m.id}"
        equal((told["topic"], told["bus"]), (PREFIX + m.topic, "messaging"), what)
        names = {name: set(values.split(",")) for name, values in
                 (each.split("=") for each in told["tags"].split())}
        equal(names.get("package", set()), m.packages, f"packages of {what}")
        users = names.get("user", set())
        check(m.users <= users <= m.users | m.perhaps, f"users of {what}: {users}")
        m.users = users
        equal(set(told["paths"]), m.at_once() | m.when_asked(), f"pages of {what}")


def rebuilt(fedora, messages):
    """What the messages name shows the truth of now, and says which message it was; the rest does not."""
    server = fedora.server
    last = {path: m.id for m in messages for path in m.at_once() | m.when_asked()}  # the last one counts
    at_once = set().union(*(m.at_once() for m in messages))
    lazy = set().union(*(m.when_asked() for m in messages))

    def up_to_date(path):
        is_now = server.explain(path)
        if is_now["state"] != "fresh" or is_now["have"] != is_now["want"]:
            raise Failure(f"{is_now['state']}, {is_now['have']} of {is_now['want']}")
        return True
    for path in sorted(at_once):
        eventually(lambda: up_to_date(path), f"{path} is built again", within=60)
    for path in sorted(lazy):
        equal(server.explain(path)["state"], "stale", f"state of {path}, which nobody has asked for yet")
    before = fedora.looked_at(fedora.known)
    for path, answer in before.items():
        equal((answer.status, answer.field("cache-status")), (200, "freshet; hit"), path)
        if path.endswith(KOJI):
            continue  # calls to Koji are counted
        old, shown = path not in at_once, fedora.truth_in(path, answer.json())
        check((shown < fedora.truth) == old, f"{path} shows truth {shown} of {fedora.truth}")
        if path in at_once:
            equal(answer.freshness()["cause"], last[path], f"the cause of {path}")
    for name in fedora.packages:  # a message of Bodhi's is about one part of this page
        owner = before[f"/packages/{name}.json"].json()["dist_git"]["access_users"]["owner"]
        equal(owner, ["owner-1"], f"what nobody said of {name}")
    for path in sorted(lazy):
        equals_eventually(lambda: fedora.truth_in(path, server.get(path).json()), fedora.truth,
                          f"{path} after somebody asked", within=60)
    return len(at_once), len(lazy)


def as_the_library_sends_them(number, record):
    """Publishers say in headers what a message is about. One that names no package names one here."""
    recorded = Message(number, record)
    packages, users = recorded.packages or {NOBODYS}, recorded.users | {NOBODY}
    headers = {"fedora_messaging_schema": recorded.schema.lower(),
               **{f"fedora_messaging_rpm_{name}": True for name in packages},
               **{f"fedora_messaging_user_{name}": True for name in users}}
    return Message(number, record, headers, packages, users)


def scenario():
    found = records("amqp_bodhi.ndjson") + records("amqp_koji.ndjson")
    messages = [Message(n, record) for n, record in enumerate(found)]
    check(len(messages) == 27 and len(set().union(*(m.packages for m in messages))) > 10,
          f"{len(messages)} messages were recorded")
    fedora = Fedora(messages)
    server = fedora.server
    server.start()
    eventually(lambda: server.metrics().sum("freshet_bus_up", bus="messaging") == 1, "the bus is up")
    for path in sorted(fedora.known):
        equal(server.fresh(path, within=60).status, 200, path)
    step(f"{len(messages)} messages; {len(fedora.known)} pages are known")

    fedora.moves()
    fedora.stand_ins.forget()
    marks = lambda: server.metrics().sum("freshet_bus_marks_total", bus="messaging")
    taken(fedora, messages, "as they were recorded")
    explained(fedora, messages)
    equal(marks(), sum(len(m.at_once() | m.when_asked()) for m in messages), "pages that were marked")
    step(f"every message did what it says; {marks():.0f} marks")
    at_once, lazy = rebuilt(fedora, messages)
    equal(fedora.stand_ins.calls("koji", "distgit", "mdapi", "bugzilla"), 0,
          "calls to systems that no message was about")
    step(f"{at_once} pages were built at once, {lazy} when somebody asked")

    again = [as_the_library_sends_them(1000 + n, record) for n, record in enumerate(found)]
    fedora.moves()
    queue = taken(fedora, again, "with headers")
    explained(fedora, again)
    at_once, lazy = rebuilt(fedora, again)
    check(any(f"/packages/{NOBODYS}.json" in m.at_once() for m in again), "a header names a package")
    step(f"with the headers that say it: {at_once} pages at once, {lazy} when somebody asked")
    equal(server.stop(), 0, "exit code")
    equals_eventually(lambda: fedora.broker.waiting(queue), 0, "messages that were not acknowledged")


run(scenario)
