"""S13: one item that could not be dealt with was tried again for ever and stood in the way of all
others. Here it has a backoff and a budget, is parked and shown, and the others flow."""
import json
import time

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.server import Server, freshet
from harness.things import things
from harness.upstream import Answer, Upstream

GOOD = [f"good{n}" for n in range(5)]
BUDGET = 10  # errors of a page in an hour


def event(thing, number):
    return {"topic": "thing.changed", "msg_id": f"{thing}-{number}", "msg": {"thing": thing}}


def good_ones_flow(server, upstream, number):
    for thing in GOOD:
        upstream.documents[f"/{thing}"] = {"n": number}
    if upstream.count("/bad") < BUDGET:  # an event would arm it again
        server.publish(event("bad", number))
    server.publish(*[event(thing, number) for thing in GOOD])
    for thing in GOOD:
        look = lambda: server.get(f"/things/{thing}.json").json()
        equals_eventually(look, {"n": number}, f"{thing} beside a page that cannot be built", 8)


def scenario():
    upstream = Upstream()
    for thing in GOOD + ["bad"]:
        upstream.documents[f"/{thing}"] = {"n": 0}
    server = Server(things(upstream, more="limits = { retries = 0, concurrency = 1 }"), stdin=True)
    for thing in GOOD + ["bad"]:
        equal(server.get(f"/things/{thing}.json").json(), {"n": 0}, "the pages at the start")
    upstream.documents["/bad"] = Answer({"error": "refused"}, 403)
    upstream.forget()

    number, began = 0, time.monotonic()

    def parked():
        nonlocal number
        number += 1
        good_ones_flow(server, upstream, number)
        return server.state("/things/bad.json") == "parked"
    eventually(parked, "the page that cannot be built is parked", within=90, every=1.0)
    tries = upstream.count("/bad")
    step(f"parked after {tries} tries in {time.monotonic() - began:.0f} s; "
         f"{number} rounds of the others meanwhile")
    equal(tries, BUDGET, "tries before it was parked")
    equal(server.get("/things/bad.json").json(), {"n": 0}, "its old body is still served")

    explained = server.explain("/things/bad.json")
    equal(explained["state"], "parked", "explain")
    check("403" in explained["parts"][0]["error"], f"explain tells why: {explained['parts']}")
    equal(explained["next"]["why"], "parked", "what happens next")
    (row,) = server.admin_get("/-/pages").json()
    equal((row["parked"], [p["page"] for p in row["parked_pages"]]), (1, ["/things/bad.json"]),
          "the list of parked pages")
    check("403" in row["parked_pages"][0]["error"], f"why it is parked: {row}")
    coverage = freshet("coverage", "--admin", f"http://127.0.0.1:{server.admin}")
    equal(coverage.returncode, 1, "exit code of coverage")
    check("/things/bad.json" in coverage.out and "403" in coverage.out, coverage.out)
    allowed = freshet("coverage", "--allow", 1, "--admin", f"http://127.0.0.1:{server.admin}")
    equal(allowed.returncode, 0, "exit code of coverage that allows one")

    # An event arms it again, and then it is right.
    upstream.documents["/bad"] = {"n": "mended"}
    server.publish(event("bad", "again"))
    equals_eventually(lambda: server.get("/things/bad.json").json(), {"n": "mended"}, "the page")
    equal(server.fresh("/things/bad.json").status, 200, "it is fresh again")
    (row,) = json.loads(server.admin_get("/-/pages").body)
    equal(row["parked_pages"], [], "nothing is parked")


run(scenario)
