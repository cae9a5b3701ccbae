"""Two hundred bugs change at once: few calls ask for them all, and one that is gone or hidden is
gone or hidden alone. By REST and by XML-RPC."""
from harness.checks import check, equal, equals_eventually, run, step
from harness.fedora import Fedora
from harness.server import Server
from harness.things import LINES

PAGES = {"rest": 'get = "/rest/bug/{bug}?include_fields=id,status,summary"',
         "rpc": 'call = [["Bug.get", { ids = "{bug}", include_fields = ["id", "status", "summary"] }]]'}


def config(fedora, how):
    return LINES + f'''
[upstream.bugzilla]
kind = "bugzilla"
url = "{fedora.url}/bugzilla"
limits = {{ concurrency = 2, batch = 50 }}
[page.bug]
path = "/bugs/{{bug}}.json"
param = {{ bug = {{ int = [1, 99999999] }} }}
fetch = [{{ upstream = "bugzilla", {PAGES[how]} }}]
on = [{{ topic = "bugs", set = {{ bug = "/msg/bugs" }} }}]
'''


def row(how, answer):
    found = answer.json()
    return found["bugs"][0] if how == "rest" else found


def try_by(how):
    fedora = Fedora(things=200)
    server = Server(config(fedora, how), stdin=True)
    bugs = [int(n) for n in fedora.world.tree["bugs"]][-200:]
    for bug in bugs:
        answer = server.get(f"/bugs/{bug}.json")
        equal(answer.status, 200, f"status of {bug} ({answer.body!r})")
        equal(sorted(row(how, answer)), ["id", "status", "summary"], "fields")
    equal(server.get("/bugs/7.json").status, 404, "a bug that is not there")

    for bug in bugs:
        fedora.set("bugs", str(bug), "status", value="CLOSED")
    gone, hidden = bugs[60], bugs[130]
    fedora.remove("bugs", str(gone))
    fedora.set("bugs", str(hidden), "private", value=True)
    fedora.forget()
    server.publish({"topic": "bugs", "msg": {"bugs": bugs}})
    path = lambda bug: f"/bugs/{bug}.json"
    status = lambda bug: row(how, server.get(path(bug)))["status"]
    for bug in bugs:
        if bug not in (gone, hidden):
            equals_eventually(lambda: status(bug), "CLOSED", f"status of bug {bug}")
    equals_eventually(lambda: server.get(path(gone)).status, 404, "the one that is gone")
    why = "401" if how == "rest" else "fault 102"
    equals_eventually(lambda: why in str(server.explain(path(hidden))["parts"]), True,
                      "Bugzilla's own reason for the one that is hidden")
    check(status(hidden) != "CLOSED", "which keeps its old body")
    calls = fedora.calls("bugzilla")
    check(calls <= 20, f"{calls} calls for 200 bugs")
    step(f"{how}: 200 bugs in {calls} calls")


def scenario():
    for how in PAGES:
        try_by(how)


run(scenario)
