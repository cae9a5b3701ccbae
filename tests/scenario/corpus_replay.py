"""Eight years of a real bus, replayed at once into a server whose upstreams answer as slowly as they
really did: every page that a message names is rebuilt before anybody asks."""
import re
import time

from harness import recorded
from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.client import get_many
from harness.ports import free_port
from harness.server import Server, freshet

RECORDED = ["guake", "vim", "bodhi", "firefox", "hexchat", "vim-taglist", "vim-jedi", "chromium"]
PDC = "/rest_api/v1/component-branches/?active=True&type=rpm&global_component={package}&page_size=100&page=1"


def config(bus, upstream, packages, users):
    listed = lambda names: ", ".join(f'"{name}"' for name in names)
    warm = '{ rate = "500/s", keys = { package = [%s] } }' % listed(packages)
    people = '{ rate = "500/s", keys = { user = [%s] } }' % listed(users)
    return f'''
[bus.fedmsg]
kind = "zmq"
connect = ["tcp://127.0.0.1:{bus}"]
[upstream.fedora]
kind = "http"
url = "{upstream.url}"
limits = {{ concurrency = 24, timeout = "5s" }}

[[tag]]
topic = "org.fedoraproject.*.buildsys.build.state.change"
set = {{ package = "/msg/name" }}
[[tag]]
topic = "org.fedoraproject.*.bodhi.#"
set = {{ package = [{{ at = "/msg/update/builds/*/nvr", like = "{{}}-*-*" }}, {{ at = "/msg/override/nvr", like = "{{}}-*-*" }}, {{ at = "/msg/comment/update_title", split = ", ", like = "{{}}-*-*" }}] }}
[[tag]]
topic = "#.bugzilla.#"
set = {{ package = ["/msg/bug/component/name", "/msg/bug/component"] }}
[[tag]]
topic = "#.bugzilla.#"
each = "/msg/event/changes"
where = {{ "/each/field_name" = "component" }}
set = {{ package = "/each/removed" }}
[[tag]]
topic = "#.git.receive.#"
set = {{ package = "/msg/commit/repo" }}
[[tag]]
topic = "#.fedoratagger.tag.*"
set = {{ package = "/msg/tag/package" }}
[[tag]]
topic = "#.copr.build.*"
set = {{ user = "/msg/user" }}

[page.builds]
path = "/packages/{{package}}/builds.json"
fetch = [{{ upstream = "fedora", get = "{PDC}" }}]
on = [{{ topic = "#.buildsys.build.state.change", by = ["package"], coalesce = "100ms" }}]
warm = {warm}
[page.updates]
path = "/packages/{{package}}/updates.json"
fetch = [{{ upstream = "fedora", get = "/mdapi/f28/files/{{package}}" }}]
on = [{{ topic = "#.bodhi.#", by = ["package"] }}]
warm = {warm}
[page.bugs]
path = "/packages/{{package}}/bugs.json"
fetch = [{{ upstream = "fedora", get = "/mdapi/f28/pkg/{{package}}" }}]
on = [{{ topic = "#.bugzilla.#", by = ["package"] }}]
warm = {warm}
[page.tags]
path = "/packages/{{package}}/tags.json"
fetch = [{{ upstream = "fedora", get = "/tagger/api/v1/{{package}}/" }}]
on = [{{ topic = "#.fedoratagger.tag.*", by = ["package"] }}]
warm = {warm}
[page.package]
path = "/packages/{{package}}.json"
fetch = [
  {{ upstream = "fedora", get = "/api/0/rpms/{{package}}", into = "/dist_git" }},
  {{ upstream = "fedora", get = "/mdapi/f28/srcpkg/{{package}}", into = "/rawhide", optional = true }} ]
on = [{{ topic = "#.git.receive.#", by = ["package"], parts = ["/dist_git"] }}, {{ topic = "#.bodhi.#", by = ["package"], parts = ["/rawhide"] }}]
warm = {warm}
[page.copr]
path = "/users/{{user}}/copr.json"
fetch = [{{ upstream = "fedora", get = "/api/0/rpms/{{user}}" }}]
on = [{{ topic = "#.copr.build.*", by = ["user"] }}]
warm = {people}
'''


def at(value, *steps):
    for name in steps:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def name_of(nvr):
    return nvr.rsplit("-", 2)[0] if isinstance(nvr, str) and nvr.count("-") >= 2 else None


def bodhi_packages(msg):
    builds = at(msg, "update", "builds")
    found = [name_of(at(b, "nvr")) for b in builds] if isinstance(builds, list) else []
    found = [name for name in found if name]
    if not found and name_of(at(msg, "override", "nvr")):
        found = [name_of(at(msg, "override", "nvr"))]
    title = at(msg, "comment", "update_title")
    if not found and isinstance(title, str):
        found = [name_of(nvr) for nvr in title.split(", ") if name_of(nvr)]
    return found


def targets_of(message):
    """What this message makes the server ask again: {page path: upstream targets}. Written down
    here by hand, so that the server's rules are compared with something."""
    words, msg = message["topic"].split("."), message.get("msg")
    text = lambda value: [value] if isinstance(value, str) and value else []
    has = lambda *some: any(list(some) == words[i:i + len(some)] for i in range(len(words)))
    out = {}

    def add(names, page, *targets):
        for name in names:
            out[page.format(name)] = [t.replace("{package}", name) for t in targets]
    if has("buildsys", "build", "state", "change") and words[-1] == "change":
        add(text(at(msg, "name")), "/packages/{}/builds.json", PDC)
    if words[:2] == ["org", "fedoraproject"] and words[3:4] == ["bodhi"]:
        add(bodhi_packages(msg), "/packages/{}/updates.json", "/mdapi/f28/files/{package}")
        add(bodhi_packages(msg), "/packages/{}.json", "/mdapi/f28/srcpkg/{package}")
    if has("bugzilla"):
        component = at(msg, "bug", "component")
        changes = at(msg, "event", "changes") or []
        moved = [c.get("removed") for c in changes if at(c, "field_name") == "component"]
        names = text(at(component, "name")) or text(component)
        add(names + [m for m in moved if m], "/packages/{}/bugs.json", "/mdapi/f28/pkg/{package}")
    if has("git", "receive"):
        add(text(at(msg, "commit", "repo")), "/packages/{}.json", "/api/0/rpms/{package}")
    if has("fedoratagger", "tag") and words[-2] == "tag":
        add(text(at(msg, "tag", "package")), "/packages/{}/tags.json", "/tagger/api/v1/{package}/")
    if has("copr", "build") and words[-2] == "build":
        add(text(at(msg, "user")), "/users/{}/copr.json", "/api/0/rpms/{package}")
    return out


def named_by(messages):
    """{page path: (upstream targets, id of the last event that names it)}"""
    pages = {}
    for message in messages:
        for path, targets in targets_of(message).items():
            before = pages.get(path, (set(), ""))[0]
            pages[path] = (before | set(targets), message.get("msg_id") or "")
    return pages


def parts_of(path):
    """(upstream target, member of the page or None) for each part of a page."""
    user = re.match(r"/users/([^/]+)/", path)
    if user:
        return [(f"/api/0/rpms/{user.group(1)}", None)]
    package, kind = re.match(r"/packages/([^/]+?)(?:/(\w+))?\.json$", path).groups()
    if kind is None:
        return [(f"/api/0/rpms/{package}", "dist_git"), (f"/mdapi/f28/srcpkg/{package}", "rawhide")]
    pattern = {"builds": PDC, "updates": "/mdapi/f28/files/{package}",
               "bugs": "/mdapi/f28/pkg/{package}", "tags": "/tagger/api/v1/{package}/"}[kind]
    return [(pattern.replace("{package}", package), None)]


def check_content(upstream, path, answer):
    document = answer.json()
    for target, member in parts_of(path):
        truth = recorded.json.loads(upstream.now(target)[0])
        found = document[member] if member else document
        equal(found, truth, f"{path}, what {target} says")


def scenario():
    messages = recorded.records("fedmsg.ndjson")
    upstream = recorded.RecordedUpstream()
    named = named_by(messages)
    packages = sorted({re.match(r"/packages/([^/]+?)(/|\.json)", p).group(1)
                       for p in named if p.startswith("/packages/")} | set(RECORDED))
    users = sorted({p.split("/")[2] for p in named if p.startswith("/users/")} | {"nobody"})
    known = [f"/packages/{p}{kind}.json" for p in packages
             for kind in ("", "/builds", "/updates", "/bugs", "/tags")]
    known += [f"/users/{u}/copr.json" for u in users]
    check(set(named) <= set(known), "a rule of the test names a page that is not warm")
    check(len(named) > 40, f"the messages name {len(named)} pages")
    step(f"{len(messages)} messages name {len(named)} of {len(known)} known pages")

    bus = free_port()
    server = Server(config(bus, upstream, packages, users))
    equals_eventually(lambda: server.metrics().sum("freshet_refreshes_total", cause="warm"),
                      len(known), "pages built ahead of visitors", within=45)
    for path, answer in zip(known, get_many(server.port, known)):
        equal((answer.status, answer.field("cache-status")), (200, "freshet; hit"), f"warm {path}")
    step(f"warm after {upstream.count()} calls, at most {upstream.most_up} at once")

    # Half of what the messages are about has really changed; for the rest the messages are noise.
    changed = sorted(named)[::2]
    for path in changed:
        for target in sorted(named[path][0]):
            upstream.change(target)
    upstream.forget()
    metrics = server.metrics()
    refreshes = lambda result: (server.metrics().sum("freshet_refreshes_total", result=result) -
                                metrics.sum("freshet_refreshes_total", result=result))
    began = time.monotonic()
    done = freshet("replay", recorded.folder() / "fedmsg.ndjson", "--to", f"tcp://127.0.0.1:{bus}")
    equal(done.returncode, 0, f"exit code of replay ({done.err[-300:]})")
    check(str(len(messages)) in done.out + done.err, f"replay does not tell its count: {done.out!r}")
    equals_eventually(lambda: server.metrics().sum("freshet_bus_messages_total", bus="fedmsg"),
                      len(messages), "messages taken")
    equal(server.metrics().sum("freshet_bus_dropped_total"), 0, "messages dropped")
    queued = lambda: server.metrics().sum("freshet_queue_pages")
    state = lambda: {p: server.explain(p) for p in named}

    def settled():
        return all(e["have"] == e["want"] and e["state"] == "fresh" for e in state().values())
    eventually(settled, "every page that a message named has caught up", within=30, every=0.1)
    equal(queued(), 0, "pages queued in the end")
    step(f"caught up {time.monotonic() - began:.2f} s after the replay began: {upstream.count()} calls, "
         f"{refreshes('changed'):g} changed, {refreshes('same'):g} same, {refreshes('error'):g} errors")

    # Nobody has asked for a page since the messages came: what is there was rebuilt ahead.
    answers = dict(zip(known, get_many(server.port, known)))
    for path, (targets, last_event) in named.items():
        equal(answers[path].field("cache-status"), "freshet; hit", f"{path} after the replay")
        equal(answers[path].freshness().get("state"), "fresh", f"state of {path}")
        check_content(upstream, path, answers[path])
        if last_event:
            equal(answers[path].freshness().get("cause"), last_event, f"cause of {path}")
        for target in targets:
            check(upstream.count(target) > 0, f"{target} of {path} was not asked again")
            check(upstream.calls_of(target)[-1].began >= began, f"{target} was asked too early")
    for path in known:
        check_content(upstream, path, answers[path])
    # Nobody listened while the pages were built, and this bus has no history: they are read once more,
    # for that reason and no other.
    others = {p: server.explain(p)["last"]["cause"] for p in known if p not in named}
    equal({p: why for p, why in others.items() if why not in ("warm", "sweep")}, {},
          "pages refreshed that no message named")
    check(refreshes("same") >= len(named) - len(changed), "pages without a change were not cut off")
    check(refreshes("changed") >= len(changed), "changed pages")
    check(refreshes("error") == 0, "refreshes failed")


run(scenario)
