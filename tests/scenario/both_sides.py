"""S4: a bug moved from component A to component B, and only B's page was refreshed. An event names what
was before and what is now, in Bugzilla's form and in Koji's, and both are marked at once."""
from harness.checks import equal, equals_eventually, run, step
from harness.server import Server
from harness.things import LINES, origin
from harness.upstream import Upstream


def config(upstream):
    return LINES + origin(upstream) + '''
[[tag]]
topic = "#.bug.update"
set = { package = ["/msg/bug/component/name", "/msg/bug/component"] }
[[tag]]
topic = "#.bug.update"
each = "/msg/event/changes"
where = { "/each/field" = "component" }
set = { package = "/each/removed" }
[page.bugs]
path = "/bugs/{package}.json"
fetch = [{ upstream = "origin", get = "/bugs/{package}" }]
on = [{ topic = "#.bug.update", by = ["package"] }]
[page.builds]
path = "/builds/{state}.json"
fetch = [{ upstream = "origin", get = "/builds/{state}" }]
on = [
  { topic = "#.build.state.change", set = { state = "/msg/old" } },
  { topic = "#.build.state.change", set = { state = "/msg/new" } },
]
'''


def scenario():
    upstream = Upstream()
    targets = ["/bugs/pcp", "/bugs/selinux-policy", "/bugs/vim", "/builds/0", "/builds/1", "/builds/3"]
    for target in targets:
        upstream.documents[target] = {"n": 0}
    server = Server(config(upstream), stdin=True)
    for target in targets:
        equal(server.get(target + ".json").json(), {"n": 0}, target)

    def after(event, n, *changed):
        for target in targets:
            upstream.documents[target] = {"n": n}
        upstream.forget()
        server.publish({"msg_id": f"event-{n}", **event})
        for target in changed:
            equals_eventually(lambda: server.get(target + ".json").json(), {"n": n},
                              f"{target} after event {n}")
        done = server.admin_get(f"/-/explain?event=event-{n}").json()
        equal(sorted(done["paths"]), sorted(t + ".json" for t in changed), "what the event marked")
        equal(sorted(c.target for c in upstream.calls), sorted(changed), "upstream calls")

    moved = [{"field": "status", "removed": "NEW", "added": "ASSIGNED"},
             {"field": "component", "removed": "selinux-policy", "added": "pcp"}]
    for n, component in ((1, "pcp"), (2, {"id": 17, "name": "pcp"})):  # Bugzilla 4, Bugzilla 5
        after({"topic": "org.bug.update", "msg": {"bug": {"id": 7, "component": component},
                                                  "event": {"changes": moved}}},
              n, "/bugs/pcp", "/bugs/selinux-policy")
    step("the old and the new component of a bug")
    after({"topic": "org.buildsys.build.state.change", "msg": {"name": "guake", "old": 3, "new": 0}},
          3, "/builds/0", "/builds/3")
    step("the old and the new state of a build")


run(scenario)
