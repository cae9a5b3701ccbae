"""The failures of the systems that fedora-packages and Hubs were, on the configuration that is shipped for
Fedora and the bus it names: one page of a list refreshed and not the others (S1, S2), one side of a change
read (S4), objects where words were (S5), an event before its data (S6), one thing that fails or is unknown
in the way of all others (S13, S14), and a page that shows what another owns (S20). The lint finds no rule
that names no page (S3)."""
import json
import re

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.client import get_many
from harness.fedmsg import Publisher
from harness.server import Server, freshet
from harness.fedora import FedoraProcess
from harness.shipped import shipped
from harness.upstream import Answer, Upstream

PROD = "org.fedoraproject.prod."

class Fedora:
    """All of Fedora's systems in one: each answers with the number that its data has come to."""

    def __init__(self):
        self.origin, self.publisher, self.stand_ins = Upstream(), Publisher(), FedoraProcess()
        self.origin.answer = self.answer
        self.number, self.bugs, self.refused, self.unknown = {}, {}, set(), set()
        self.sent, self.events = [], 0

    def answer(self, call):
        if call.path in self.refused:
            return Answer({"error": "refused"}, 403)
        if call.path in self.unknown:
            return Answer({"error": "unknown"}, 404)
        n = self.number.get(call.path, 0)
        document = {"n": n, "updates": []}
        if call.path.startswith("/api/0/rpms/"):
            name = call.path.removeprefix("/api/0/rpms/")
            document = {"name": name, "fullname": "rpms/" + name, "access_users": {"owner": [n]}}
        if call.path == "/bug":
            component = call.query["component"]
            n = self.number.get("bugs " + component, 0)
            document = {"bugs": [{"id": i, "status": "NEW", "n": n} for i in self.bugs.get(component, [1])]}
        return Answer(document)

    def event(self, topic, msg):
        self.events += 1
        message = {"topic": PROD + topic, "msg": msg, "i": self.events,
                   "msg_id": f"2031-{self.events}", "timestamp": 1925000000 + self.events}
        self.sent.append(message)
        self.publisher.send(message)


def config(fedora):
    text = shipped(fedora.stand_ins, fedora.publisher, fedora.origin)
    text = re.sub(r'(?m)^catch_up .*\n', "", text)
    return re.sub(r'rate = "\d+/s"', 'rate = "1000/s"', text).replace('min_interval = "10s"', "")


def owner(server, path):
    return lambda: server.get(path).json()["dist_git"]["access_users"]["owner"][0]


def bug(server, path):
    return lambda: server.get(path).json()["bugs"][0]["n"]


def s1_s2_updates(fedora, server):
    paths = [f"/packages/guake/updates.json{q}" for q in
             ("", "?page=2", "?release=f41", "?release=f41&status=testing&page=3")]
    other = "/packages/vim/updates.json"
    for path in paths + [other]:
        equal(server.get(path).json()["n"], 0, path)
    fedora.number["/updates/"] = 1
    fedora.event("bodhi.update.request.testing",
                 {"agent": "ada", "update": {"builds": [{"nvr": "guake-3.10-1.fc41"}], "title": "x", "user": {"name": "ada"}}})
    for path in paths:
        equals_eventually(lambda: server.get(path).json()["n"], 1, path)
    done = server.admin_get(f"/-/explain?event=2031-{fedora.events}").json()
    equal(sorted(done["paths"]), sorted(paths), "what the event marked, and nothing of another package")
    step("one event, every page of a list")


def s4_s5_bugs(fedora, server):
    old, new = "/packages/selinux-policy/bugs.json", "/packages/pcp/bugs.json"
    moved = {"changes": [{"field": "component", "removed": "selinux-policy", "added": "pcp"}]}
    for path in (old, new):
        equal(server.get(path).status, 200, path)
    for n, component in enumerate(("pcp", {"id": 17, "name": "pcp"}), 1):
        for name in ("pcp", "selinux-policy"):
            fedora.number["bugs " + name] = n
        fedora.event("bugzilla.bug.update",
                     {"bug": {"id": 40 + n, "component": component, "product": "Fedora"}, "event": moved})
        for path in (old, new):
            equals_eventually(bug(server, path), n, f"{path}, {component}", 20)
    step("both sides of a change, in both forms")


def s20_shown(fedora, server):
    path = "/packages/tcl/bugs.json"
    fedora.bugs["tcl"] = [7001, 7002]
    equal([b["id"] for b in server.get(path).json()["bugs"]], [7002, 7001], path)
    fedora.number["bugs tcl"] = 5
    fedora.event("bugzilla.bug.update", {"bug": {"id": 7002, "component": None}, "event": {}})
    equals_eventually(bug(server, path), 5, "the page that shows the bug", 20)
    package = "/packages/tcl.json"
    equal(owner(server, package)(), 0, package)
    fedora.number["/api/0/rpms/tcl"] = 6
    fedora.event("pagure.project.user.added",
                 {"agent": "ada", "new_user": "bob", "project": {"name": "tcl", "namespace": "rpms"}})
    equals_eventually(owner(server, package), 6, "the page of the project", 20)
    step("what a page shows refreshes it")


def s6_event_before_data(fedora, server):
    path, target = "/packages/early.json", "/api/0/rpms/early"
    equal(owner(server, path)(), 0, path)
    before = fedora.origin.count(target)
    fedora.event("git.receive", {"commit": {"repo": "early", "username": "ada"}})
    equals_eventually(lambda: fedora.origin.count(target), before + 1, "the refresh that came too soon")
    fedora.number[target] = 1   # now the data is there, and nobody says so
    equals_eventually(owner(server, path), 1, "the page after the data", 30)
    step("an event that came before its data")


def s13_one_that_fails(fedora, server):
    bad, good = "/packages/bad.json", "/packages/good.json"
    for path in (bad, good):
        equal(server.get(path).status, 200, path)
    fedora.refused.add("/api/0/rpms/bad")
    for n in range(1, 4):
        fedora.number["/api/0/rpms/good"] = n
        for name in ("bad", "good"):
            fedora.event("git.receive", {"commit": {"repo": name, "username": "ada", "rev": str(n)}})
        equals_eventually(owner(server, good), n, "beside one that fails", 20)
    equal(owner(server, bad)(), 0, "the last good body")
    parts = server.explain(bad)["parts"]
    check(any("403" in (p["error"] or "") for p in parts), f"explain says why: {parts}")
    step("one that fails, and the others")


def s14_one_unknown(fedora, server):
    names = [f"pkg-{n}" for n in range(5000)]
    known, gone = names[:300], names[17]
    paths = [f"/packages/{name}/changelog/rawhide.json" for name in known]
    equal({a.status for a in get_many(server.port, paths)}, {200}, "pages before")
    for name in known:
        fedora.number[f"/rawhide/changelog/{name}"] = 1
    fedora.unknown.add(f"/rawhide/changelog/{gone}")
    fedora.event("mdapi.repo.update", {"name": "rawhide", "packages": names, "url": "x"})

    def all_new():
        answers = dict(zip(known, get_many(server.port, paths)))
        return {name for name, a in answers.items() if a.status != 200 or a.json()["n"] != 1} == {gone}
    eventually(all_new, "all but the one that is not there are new", within=60)
    step("5,000 names, one of them unknown")


def s3_lint(fedora, server):
    """Every rule that had an event named a page that can be."""
    folder = server.folder
    (folder / "events.ndjson").write_text("".join(json.dumps(m) + "\n" for m in fedora.sent))
    done = freshet("check", "-c", server.config_file, "--events", folder / "events.ndjson", "--json",
                   "--allow", "never")
    equal([f for f in json.loads(done.out)["findings"] if f["problem"]], [], "problems of the lint")
    step("the lint finds no rule that names no page")


def scenario():
    fedora = Fedora()
    server = Server(config(fedora))
    fedora.publisher.wait_for_subscription()
    for case in (s1_s2_updates, s4_s5_bugs, s20_shown, s6_event_before_data, s13_one_that_fails,
                 s14_one_unknown, s3_lint):
        case(fedora, server)
    equal(server.metrics().sum("freshet_rule_failed_total"), 0, "rules that failed")


run(scenario)
