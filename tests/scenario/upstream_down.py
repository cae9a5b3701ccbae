"""S16: the upstream was gone for an hour: pages vanished, or were called fresh. Here they stay as they
were, say so, and catch up when it is back."""
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.server import Server
from harness.things import things
from harness.upstream import Upstream

THINGS = [f"t{n}" for n in range(8)]


def config(upstream):
    return things(upstream, 'wait = "3s"', 'limits = { timeout = "2s", retries = 1 }')


def page(thing):
    return f"/things/{thing}.json"


def event(thing, number):
    return {"topic": "thing.changed", "msg_id": f"{thing}-{number}", "msg": {"thing": thing}}


def old_and_honest(server, thing, before):
    answer = server.get(page(thing))
    equal(answer.status, 200, f"status of {page(thing)} while the upstream is down")
    equal(answer.body, before[thing].body, f"body of {page(thing)} while the upstream is down")
    equal(answer.field("etag"), before[thing].field("etag"), f"etag of {page(thing)}")
    return answer.freshness()["state"]


def scenario():
    upstream = Upstream()
    for thing in THINGS:
        upstream.documents[f"/{thing}"] = {"thing": thing, "n": 0}
    server = Server(config(upstream), stdin=True)
    before = {thing: server.get(page(thing)) for thing in THINGS}
    equal({a.status for a in before.values()}, {200}, "statuses of the warm pages")

    upstream.stop()
    for thing in THINGS:
        upstream.documents[f"/{thing}"] = {"thing": thing, "n": 1}
    for number in range(3):
        server.publish(*[event(thing, number) for thing in THINGS])
    equals_eventually(server.taken, 3 * len(THINGS), "events taken")
    errors = lambda: server.metrics().sum("freshet_refreshes_total", page="thing", result="error")
    looks = 0

    def each_page_failed():
        nonlocal looks
        failed = errors()
        for thing in THINGS:
            state = old_and_honest(server, thing, before)
            check(state in ("stale", "parked"), f"{page(thing)} is {state} while its upstream is down")
        looks += 1
        return failed >= len(THINGS)
    while not each_page_failed():  # each has its chance to fail; look all the time
        check(looks < 20_000, "the refreshes never failed")
    step(f"{looks} looks at each page, {errors():g} failed refreshes")
    cold = server.get("/things/never-seen.json")
    check(cold.status in (502, 503), f"a page that was never built answers {cold.status}")
    check(cold.field("retry-after").isdigit(), "an answer without Retry-After")
    equal(cold.field("content-type"), "application/problem+json", "type of the error")
    explained = server.explain(page("t0"))
    check(explained["parts"][0]["error"], "explain does not tell the error")
    ready = server.admin_get("/-/ready")
    equal(ready.status, 200, "readiness while an upstream is down")

    upstream.start()
    for thing in THINGS:
        equal(server.fresh(page(thing), within=30).json()["n"], 1, f"{page(thing)} after the return")
    eventually(lambda: server.metrics().sum("freshet_queue_pages") == 0, "nothing is queued")
    step(f"all pages caught up with {upstream.count() - len(THINGS)} calls")
    equal(server.get("/things/never-seen.json").status, 404, "an unknown thing, now that it answers")


run(scenario)
