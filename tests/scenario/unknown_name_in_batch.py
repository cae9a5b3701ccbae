"""S14: one unknown name among 5,000 aborted the whole batch. Here the other 4,999 are refreshed."""
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.client import get_many
from harness.server import Server
from harness.things import LINES, origin
from harness.upstream import Upstream

NAMES = [f"p{n}" for n in range(5000)]
UNKNOWN, WRONG = NAMES[1234], "a/b"


def config(upstream):
    return LINES + origin(upstream, "limits = { concurrency = 16 }") + '''
[page.package]
path = "/packages/{package}.json"
fetch = [{ upstream = "origin", get = "/{package}" }]
on = [{ topic = "repo.update", set = { package = "/msg/packages" } }]
warm = { rate = "20000/s", keys = { package = { upstream = "origin", get = "/names", at = "/names" } } }
'''


def scenario():
    upstream = Upstream()
    upstream.documents["/names"] = {"names": NAMES}
    for name in NAMES:
        upstream.documents["/" + name] = {"name": name, "n": 0}
    server = Server(config(upstream), stdin=True)
    refreshes = lambda **labels: server.metrics().sum("freshet_refreshes_total", **labels)
    equals_eventually(lambda: refreshes(cause="warm"), len(NAMES), "pages built ahead", within=60)
    step("5,000 pages are warm")

    for name in NAMES:
        upstream.documents["/" + name] = {"name": name, "n": 1}
    del upstream.documents["/" + UNKNOWN]
    batch = NAMES[:2000] + [WRONG, "", None, {"name": "p1"}] + NAMES[2000:]
    server.publish({"topic": "repo.update", "msg_id": "batch", "msg": {"packages": batch}})
    eventually(lambda: refreshes(cause="event") == len(NAMES), "each page was refreshed", within=60)
    paths = [f"/packages/{name}.json" for name in NAMES]
    wrong = [path for path, answer in zip(paths, get_many(server.port, paths))
             if answer.status != 200 or answer.json()["n"] != 1]
    equal(wrong, [f"/packages/{UNKNOWN}.json"], "pages that were not refreshed")
    equal(server.get(f"/packages/{UNKNOWN}.json").status, 404, "the one that is not there any more")
    check(server.metrics().sum("freshet_rule_invalid_total") >= 1, "a name no page can have is counted")
    done = server.admin_get("/-/explain?event=batch").json()
    equal(done["pages"], len(NAMES), "pages that explain says the event marked")
    step("4,999 pages are new, one is gone")


run(scenario)
