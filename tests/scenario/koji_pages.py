"""A package's builds out of Koji: timestamps stay numbers, what needs a result waits for it, what is
refused is refused alone."""
from harness.checks import check, equal, equals_eventually, run, step
from harness.fedora import Fedora
from harness.server import Server
from harness.things import LINES


def config(fedora):
    return LINES + f'''
[upstream.koji]
kind = "koji"
url = "{fedora.url}/kojihub"
limits = {{ concurrency = 2 }}
[page.builds]
path = "/packages/{{package}}/builds.json?state&start=0"
param = {{ state = {{ int = [0, 4] }}, start = {{ int = [0, 6000] }} }}
fetch = [{{ upstream = "koji", into = "/builds", call = [
  ["getPackageID", "{{package}}"],
  ["listBuilds", {{ packageID = "$0", state = "{{state}}", queryOpts = {{ order = "-build_id", limit = 60, offset = "{{start}}" }} }}],
] }}]
on = [{{ topic = "build", set = {{ package = "/msg/name" }} }}]
[page.build]
path = "/builds/{{nvr}}.json"
fetch = [{{ upstream = "koji", call = [["getBuild", "{{nvr}}", {{ strict = true }}]] }}]
on = [{{ topic = "build", set = {{ nvr = "/msg/nvr" }} }}]
'''


def scenario():
    fedora = Fedora()
    server = Server(config(fedora), stdin=True)
    answer = server.get("/packages/guake/builds.json")
    equal(answer.status, 200, f"status ({answer.body!r})")
    rows = answer.json()["builds"]
    equal([r["build_id"] for r in rows], sorted((r["build_id"] for r in rows), reverse=True), "order")
    stamp = next(b for b in fedora.world.tree["builds"] if b["build_id"] == rows[0]["build_id"])
    equal(rows[0]["creation_ts"], stamp["creation_ts"], "the timestamp as a number")
    check(repr(stamp["creation_ts"]).encode() in answer.body, "with the digits that Koji sent")
    check(rows[0]["creation_event_id"] > 2**31, "numbers beyond 32 bits are there")
    equal(fedora.calls("koji"), 2, "calls: the second needs what the first brought")
    step("raw timestamps")

    some = server.get("/packages/guake/builds.json?state=3&start=0").json()["builds"]
    equal({r["state"] for r in some}, {3}, "a parameter that is a number went as one")
    for unknown in ("nothing-of-the-kind", "$0", "%7Bpackage%7D"):
        equal(server.get(f"/packages/{unknown}/builds.json").status, 404, f"status of {unknown}")
    step("what is not there is a 404")

    good = [f"{b['package']}-{b['version']}-{b['release']}" for b in fedora.world.tree["builds"][:12]]
    for nvr in good:
        equal(server.get(f"/builds/{nvr}.json").status, 200, f"status of {nvr}")
    fedora.remove("builds", 4)  # from now on the hub refuses this one
    for build in fedora.world.tree["builds"]:
        build["owner_name"] = "ralph"
    fedora.world.changes += 1
    server.publish(*[{"topic": "build", "msg": {"nvr": nvr}} for nvr in good])
    owner = lambda nvr: server.get(f"/builds/{nvr}.json").json()["owner_name"]
    for nvr in good[:4] + good[5:]:
        equals_eventually(lambda: owner(nvr), "ralph", f"owner of {nvr}")
    check(owner(good[4]) != "ralph", "the one that is refused keeps its old body")
    seen = server.explain(f"/builds/{good[4]}.json")
    check("fault 1000" in str(seen["parts"]), f"its reason is told: {seen['parts']}")
    step("one that is refused does not fail its neighbours")

    poison = good[7]
    fedora.set("poison", "-", value=poison)  # the hub falls over whatever else it is asked with it
    for build in fedora.world.tree["builds"]:
        build["owner_name"] = "tim"
    server.publish(*[{"topic": "build", "msg_id": f"tim-{nvr}", "msg": {"nvr": nvr}} for nvr in good])
    for nvr in good:
        if nvr not in (good[4], poison):
            equals_eventually(lambda: owner(nvr), "tim", f"owner of {nvr}", within=60)
    equal(owner(poison), "ralph", "the poisoned one keeps its old body")
    fedora.remove("poison", 0)
    equals_eventually(lambda: owner(poison), "tim", "and is there again when the hub is", within=90)
    step("one that spoils every call it is in does not fail its neighbours")


run(scenario)
