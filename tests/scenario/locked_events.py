"""S5: Bugzilla 5 turned `product` into an object, and a rule silently stopped matching for months. Here
it is counted and shown, the events wait in the locker, and are taken again when the rule is mended."""
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.server import Server
from harness.things import LINES, origin
from harness.upstream import Upstream

OLD = '"/msg/bug/product"'
BOTH = '"/msg/bug/product/name"'


def config(upstream, product, component='["/msg/bug/component/name", "/msg/bug/component"]'):
    return LINES + 'max_message = "64KiB"' + origin(upstream) + f'''
[page.bugs]
path = "/bugs/{{component}}.json"
fetch = [{{ upstream = "origin", get = "/{{component}}" }}]
on = [{{ topic = "bug.#", where = {{ {product} = "Fedora" }}, set = {{ component = {component} }} }}]
'''


def bug(component, number, product="Fedora"):
    new = number >= 5
    named = lambda name: {"id": 49, "name": name} if new else name
    return {"topic": "bug.update", "msg_id": f"bug-{number}",
            "msg": {"bug": {"product": named(product), "component": named(component)}}}


def scenario():
    upstream = Upstream()
    for name in ("pcp", "vim"):
        upstream.documents["/" + name] = {"n": 0}
    server = Server(config(upstream, OLD), stdin=True)
    page = lambda name: server.get(f"/bugs/{name}.json").json()
    for name in ("pcp", "vim"):
        equal(page(name), {"n": 0}, "the pages at the start")
    upstream.documents["/pcp"] = {"n": 4}
    server.publish(bug("pcp", 4))
    equals_eventually(lambda: page("pcp"), {"n": 4}, "after an event of the old form")
    locker = lambda: server.admin_get("/-/locker").json()
    equal(locker(), [], "the locker while all is well")

    # The new form: counted, shown and kept; what was not meant for the rule is not.
    server.publish(bug("pcp", 5), bug("vim", 6), bug("vim", 6), b"{ broken",
                   {"topic": "bug.other", "msg": {}})
    equals_eventually(lambda: server.taken(), 5, "messages decoded")
    metrics = server.metrics()
    equal(metrics.sum("freshet_rule_field_type_total", rule="bugs.on[0]"), 2, "fields of another type")
    equal(metrics.sum("freshet_rule_field_missing_total", rule="bugs.on[0]"), 1, "fields not there")
    equal(metrics.by("freshet_locker_events_total", "why"), {"rule": 2, "malformed": 1}, "locked")
    waiting = locker()
    equal([(e["bus"], e["topic"], e["id"], e["why"]) for e in waiting],
          [("in", "bug.update", "bug-5", "rule"), ("in", "bug.update", "bug-6", "rule"),
           ("in", "", "", "malformed")], "what the locker holds")
    check("bugs.on[0]" in waiting[0]["detail"] and "/msg/bug/product" in waiting[0]["detail"],
          f"it says which rule and which field: {waiting[0]}")
    equal(server.admin_get(f"/-/locker?number={waiting[2]['number']}").json()["text"], "{ broken",
          "the whole message")
    degraded = server.admin_get("/-/ready").json()["degraded"]
    check(any("locker" in why for why in degraded), f"readiness tells of it: {degraded}")
    why = server.admin_get("/-/explain?event=bug-5").json()
    equal((why["pages"], why["locked"]), (0, True), "explain tells that it did nothing")
    check("/msg/bug/product" in why["unmatched"][0]["why"], f"and why: {why['unmatched']}")
    equal(page("pcp"), {"n": 4}, "the page that the event could not name")
    step("events of the new form are counted, shown and kept")

    # Taking them again is in vain while the rule is as it was.
    replay = lambda what: server.admin_post("/-/locker", what).json()
    equal(replay({"replay": "all"}), {"replayed": 0, "failed": 3, "left": 3}, "replay in vain")
    equal([e["tries"] for e in locker()], [1, 1, 1], "tries")
    server.write_config(config(upstream, BOTH))
    equal(server.admin_post("/-/reload", {}).status, 200, "reload")
    equal([e["id"] for e in locker()], ["bug-5", "bug-6", ""], "the locker after a reload")
    for name in ("pcp", "vim"):  # a reload builds the pages of a section that changed
        server.fresh(f"/bugs/{name}.json")
    upstream.documents["/pcp"] = {"n": 5}
    upstream.documents["/vim"] = {"n": 6}
    equal(replay({"replay": waiting[0]["number"]}), {"replayed": 1, "failed": 0, "left": 2}, "one")
    equals_eventually(lambda: page("pcp"), {"n": 5}, "the page of the event that was taken again")
    equal(page("vim"), {"n": 0}, "the page of the event that waits")
    equal(replay({"replay": "all"}), {"replayed": 1, "failed": 1, "left": 1}, "the others")
    equals_eventually(lambda: page("vim"), {"n": 6}, "the page of the other event")
    equal(server.admin_post("/-/locker", {"drop": waiting[2]["number"]}).json(),
          {"dropped": 1, "left": 0}, "what nobody can mend is dropped")
    equal(locker(), [], "the locker in the end")
    equal(server.admin_post("/-/locker", {"replay": 99}).status, 404, "an event that is not there")
    step("mended, taken again, and the pages are right")

    # However much goes wrong: bounded, and the bus goes on.
    server.publish(*[bug("pcp", 1000 + n)["topic"].encode() + b" %d" % n for n in range(3000)])
    server.publish(b'{"filler":"' + b"x" * 60_000 + b'"}')
    eventually(lambda: server.metrics().sum("freshet_locker_events_total") >= 3003, "all are counted")
    check(server.metrics().sum("freshet_locker_events") <= 1000, "the locker is bounded")
    check(server.metrics().sum("freshet_locker_pushed_out_total") >= 2000, "what gave way is counted")
    upstream.documents["/pcp"] = {"n": 9}
    server.publish(bug("pcp", 9))
    equals_eventually(lambda: page("pcp"), {"n": 9}, "a good event behind 3,000 bad ones")


run(scenario)
