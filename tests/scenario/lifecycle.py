"""Start, reload, stop: what an operator does to a running server, and what visitors and streams
notice of it."""
import json
import pathlib
import re
import signal

from harness.checks import (check, equal, equals_eventually, eventually, patience, run, sanitized,
                            step)
from harness.server import Server, freshet
from harness.sse import Stream
from harness.things import things
from harness.upstream import Answer, Upstream


def config(upstream, first="", page="", more=""):
    always = f'drain_timeout = "{2 * patience():g}s"\nlog = {{ format = "json" }}\n'
    return things(upstream, always + first, page=page + "\n" + more)


def event(thing, event_id):
    return {"topic": "thing.changed", "msg_id": event_id, "msg": {"thing": thing}}


class Site:
    def __init__(self, first=""):
        self.upstream = Upstream()
        self.upstream.documents["/one"] = self.upstream.documents["/two"] = {"n": 0}
        self.n = 0
        self.server = Server(config(self.upstream, first), stdin=True)

    def change(self, thing="one"):
        self.n += 1
        self.upstream.documents[f"/{thing}"] = {"n": self.n}
        self.server.publish(event(thing, f"{thing}-{self.n}"))

    def told(self, stream, thing="one"):
        """The stream is told of the change that was made last."""
        got = stream.next(f"the reload of {thing}")
        equal((got.name, got.data["@id"], got.data["event"]),
              ("reload", f"/things/{thing}.json", f"{thing}-{self.n}"), "what a stream is told")
        return got


def port_zero():
    """Port 0: the log tells the port that the kernel chose."""
    upstream = Upstream()
    server = Server(config(upstream), start=False)
    server.port = server.admin = 0
    server.launch()

    def port_of(what):
        found = re.search(rf"{what} on http://127\.0\.0\.1:(\d+)", server.log())
        return found and int(found.group(1))
    server.port = eventually(lambda: server.check_alive() and port_of("listening"), "the port is logged")
    server.admin = eventually(lambda: port_of("admin"), "the admin port is logged")
    eventually(server.is_ready, "the server is ready")
    upstream.documents["/one"] = {"n": 1}
    equal(server.get("/things/one.json").json(), {"n": 1}, "a page on a port of the kernel's choice")
    for line in server.log().splitlines():
        check(isinstance(json.loads(line), dict), f"a log line is no JSON object: {line!r}")
    equal(server.stop(), 0, "exit code after SIGTERM")
    step("port 0")


def reload_keeps_streams(site):
    server = site.server
    equal(server.get("/things/one.json").status, 200, "a page before the reload")
    stream = Stream(server.port, match="/things/one.json").hello()
    site.change()
    before = site.told(stream)

    # A good file: a new page is there, the old ones and the streams stay.
    server.write_config(config(site.upstream, more='''
[page.other]
path = "/others/{thing}.json"
fetch = [{ upstream = "origin", get = "/{thing}" }]
'''))
    equal(server.get("/others/one.json").status, 404, "the new page before the reload")
    server.signal(signal.SIGHUP)
    equals_eventually(lambda: server.get("/others/one.json").status, 200, "the new page")
    equal(server.get("/things/one.json").json(), {"n": site.n}, "the old page after the reload")
    equal(stream.ended, False, "a stream was ended by a reload")
    # A bus that reads the same goes on where it is: standard input can be read only once.
    site.change()
    return stream, site.told(stream)


def reload_moves_pages(site, stream):
    """The pages' numbers change: what is pushed whole is still the one that says so."""
    server = site.server
    first = '''
[page.first]
path = "/first/{thing}.json"
push = "full"
fetch = [{ upstream = "origin", get = "/{thing}" }]
on = [{ topic = "thing.changed", set = { thing = "/msg/thing" } }]
'''
    text = server.config
    server.write_config(text.replace("[page.thing]", first + "[page.thing]"))
    answer = server.admin_post("/-/reload", {})
    equal(answer.json(), {"reloaded": True}, "the answer to a reload")
    whole = Stream(server.port, match="/first/one.json").hello()
    equal(whole.next("the first version").data.get("data"), {"n": site.n}, "what is pushed whole")
    site.change()
    check("data" not in site.told(stream).data, "a page that is not pushed whole")
    whole.close()
    before = server.metrics().sum("freshet_http_requests_total", route="thing")
    check(before > 0, "requests were counted")
    server.write_config(text.replace('log = {', 'stream_age = "1h"\nlog = {'))
    equal(server.admin_post("/-/reload", {}).json(), {"reloaded": True, "at_next_start": ["stream_age"]},
          "the answer to a reload that cannot do everything")
    equal(server.get("/first/one.json").status, 404, "a page that the file no longer has")
    check(server.metrics().sum("freshet_http_requests_total", route="thing") >= before,
          "requests counted before a reload")
    server.write_config(text)
    step("pages in another order")


def reload_keeps_time():
    """What waits for a time waits for it after a reload too."""
    site = Site()
    server, upstream = site.server, site.upstream
    upstream.documents["/timed"], upstream.documents["/a"] = {"n": 0}, {"n": 0}
    server.write_config(config(upstream, more='''
[page.timed]
path = "/timed/{x}"
fetch = [{ upstream = "origin", get = "/timed" }]
every = "200ms"
[page.two]
path = "/two/{x}"
fetch = [{ upstream = "origin", get = "/a", into = "/a" }, { upstream = "origin", get = "/fail", into = "/b", optional = true }]
'''))
    equal(server.admin_post("/-/reload", {}).json(), {"reloaded": True}, "a reload")
    equal(server.get("/things/later.json").status, 404, "what the upstream does not have yet")
    equal(server.get("/timed/x").json(), {"n": 0}, "a page that is made by the clock")
    upstream.documents["/fail"] = Answer("{}", 403)
    for _ in range(2):  # the visitor who waited, and the one after him
        told = server.get("/two/x").field("freshness")
        check('parts=("/b";state=stale)' in told, f"the part that failed is not named: {told}")
    equal(server.admin_post("/-/reload", {}).json(), {"reloaded": True}, "another reload")
    before = upstream.count("/timed")
    eventually(lambda: upstream.count("/timed") >= before + 2, "the clock goes on after a reload")
    upstream.documents["/later"] = {"n": 1}
    eventually(lambda: server.get("/things/later.json").status == 200,
               "a 404 does not outlive its time", within=10)
    equal(server.stop(), 0, "exit code")
    step("timers after a reload")


def bad_reload(site, stream):
    server = site.server
    good = server.config
    server.write_config(good + '\nnonsense = 5\n')
    server.signal(signal.SIGHUP)
    eventually(lambda: "nonsense" in server.log(), "the log names what is wrong")
    answer = server.admin_post("/-/reload", {})
    equal(answer.status, 400, "status of a bad reload")
    check("nonsense: unknown key" in answer.json()["detail"] and f"{server.config_file}:" in answer.json()["detail"],
          f"a bad reload is answered {answer.body!r}")
    equal(server.get("/others/one.json").status, 200, "a page after a bad reload")
    equal(stream.ended, False, "a stream was ended by a bad reload")
    equal([line for line in server.log_lines() if "text" in line], [], "log lines that are no JSON object")
    server.write_config(good)
    equal(server.admin_post("/-/reload", {}).status, 200, "a good reload through the admin listener")
    equal(server.get("/things/one.json").status, 200, "a page after another reload")
    step("reloads")


def verbs(site):
    server = site.server
    upstream = site.upstream
    equal(server.get("/things/two.json").status, 200, "a second page")
    server.fresh("/things/one.json")
    server.fresh("/things/two.json")
    names = {p["name"]: p for p in server.admin_get("/-/pages").json()}
    check("thing" in names, f"/-/pages does not name the page: {names}")
    equal([b["name"] for b in server.admin_get("/-/buses").json()], ["in"], "/-/buses")
    equal([u["name"] for u in server.admin_get("/-/upstreams").json()], ["origin"], "/-/upstreams")
    equal(server.admin_get("/-/locker").status, 200, "/-/locker")
    told = server.explain("/things/one.json")
    for member in ("page", "class", "state", "version", "etag", "want", "have", "verified", "cause",
                   "parts", "changed", "subscribers", "next"):
        check(member in told, f"explain has no {member}: {told}")
    equal(told["class"], "thing", "explain's class")

    before = upstream.count("/one"), upstream.count("/two")
    answer = server.admin_post("/-/rebuild", {"pattern": "/things/*"})
    equal((answer.status, answer.json()["pages"]), (200, 2), "rebuild of two pages")
    equals_eventually(lambda: (upstream.count("/one"), upstream.count("/two")),
                      (before[0] + 1, before[1] + 1), "each page is asked once")
    equals_eventually(lambda: server.metrics().sum("freshet_refreshes_total", cause="hand"), 2,
                      "refreshes by hand")
    dry = server.admin_post("/-/purge", {"pattern": "/things/*", "dry_run": True})
    equal((dry.status, dry.json()["pages"]), (200, 2), "a dry purge")
    equal(server.get("/things/two.json").field("cache-status"), "freshet; hit", "after a dry purge")
    stream = Stream(server.port, match="/things/two.json").hello()
    answer = server.admin_post("/-/purge", {"pattern": "/things/two.json"})
    equal((answer.status, answer.json()["pages"]), (200, 1), "purge of one page")
    gone = stream.next("the deletion")
    equal((gone.name, gone.data["@id"]), ("delete", "/things/two.json"), "what a purge tells")
    stream.close()
    equal(server.admin_post("/-/purge", {"pattern": "/things/:x/:y/:z"}).json()["pages"], 0,
          "pages purged by a pattern that none has")
    ready = server.admin_get("/-/ready").json()
    equal((ready["ready"], ready["missing"]), (True, []), "/-/ready")
    for name in ("freshet_bus_up", "freshet_memory_bytes", "freshet_http_requests_total",
                 "freshet_cache_requests_total", "freshet_event_to_push_seconds_count",
                 "freshet_upstream_calls_total", "freshet_rule_matches_total"):
        check(server.metrics().has(name), f"/metrics has no {name}")
    step("admin verbs")


def command_line(site):
    """The same, typed."""
    server = site.server
    at = ("--server", server.url, "--admin", f"http://127.0.0.1:{server.admin}")

    def typed(*words, code=0):
        done = freshet(*words, *at, timeout=20)
        equal(done.returncode, code, f"exit code of `{' '.join(words)}` ({done.err[-300:]!r})")
        return done.out
    equal(json.loads(typed("get", "/things/one.json")), {"n": site.n}, "freshet get")
    typed("get", "/nowhere.json", code=1)
    check("thing" in typed("explain", "/things/one.json"), "freshet explain")
    check(json.loads(typed("status", "--json")), "freshet status --json")
    check("origin" in typed("status"), "freshet status")
    before = site.upstream.count("/one")
    check("1" in typed("rebuild", "/things/one.json"), "freshet rebuild")
    equals_eventually(lambda: site.upstream.count("/one"), before + 1, "freshet rebuild asks once")
    check("1" in typed("purge", "/things/one.json", "--dry-run"), "freshet purge --dry-run")
    equal(server.get("/things/one.json").field("cache-status"), "freshet; hit", "after a dry purge")
    typed("purge", "/things/one.json")
    equal(server.get("/things/one.json").field("cache-status"), "freshet; fwd=miss; stored", "after a purge")
    typed("health")
    typed("reload", code=2)  # no such verb: SIGHUP and POST /-/reload do that
    step("command line verbs")


def stop_gently(site):
    """SIGTERM: streams hear `bye`, a visitor who waits gets his answer, the exit code is 0."""
    server = site.server
    streams = [Stream(server.port, match="/things/one.json").hello() for _ in range(50)]
    equal(server.get("/things/one.json").status, 200, "a page before the end")
    kept = server.connect()
    equal(kept.get("/things/one.json").status, 200, "an idle connection before the end")
    site.upstream.documents["/slow"] = {"slow": True}
    site.upstream.delay = 1.0
    waiting = server.connect()
    waiting.send(b"GET /things/slow.json HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: site.upstream.count("/slow") == 1, "a visitor waits for a slow upstream")
    server.signal(signal.SIGTERM)
    equal(waiting.read().status, 200, "the answer of a visitor who waited when the server stopped")
    for stream in streams:
        events = stream.until_end()
        equal([e.name for e in events][-1:], ["bye"], "the last event of a stream")
    equal(kept.rest(), b"", "an idle connection at the end")
    equal(server.wait(), 0, "exit code after SIGTERM")
    for line in server.log_lines():
        check("text" not in line, f"a log line is no JSON object: {line}")
    step("SIGTERM")


def start_again(site):
    """A new process on the same port: an old id is of another epoch, and is told so."""
    old = site.last_id
    site.upstream.delay = 0
    site.server.start()
    equal(site.server.get("/things/one.json").status, 200, "a page of the new process")
    stream = Stream(site.server.port, match="/things/one.json", header_id=old)
    first = stream.next("the resync")
    equal(first.name, "resync", "what an id of the process before is told")
    equal([p["@id"] for p in first.data["pages"]], ["/things/one.json"], "the pages of a resync")
    check(stream.last_id.partition("-")[0] != old.partition("-")[0], "the epoch did not change")
    site.change()
    check(site.told(stream).sequence[1] > int(old.partition("-")[2]), "numbers fell over a restart")
    equal(site.server.stop(), 0, "exit code of the second process")
    step("a restart")


def two_loops():
    """Both loops serve, and both push."""
    site = Site("loops = 2")
    server = site.server
    for thing in ("one", "two"):
        equal(server.get(f"/things/{thing}.json").status, 200, "a page with two loops")
    listening = f":{server.port:04X} 00000000:0000 0A"
    equal(pathlib.Path("/proc/net/tcp").read_text().count(listening), 2, "listeners on the port")
    streams = [Stream(server.port, match="/things/one.json").hello() for _ in range(32)]
    connections = [server.connect() for _ in range(32)]
    for _ in range(5):
        site.change()
        for stream in streams:
            site.told(stream)
        answers = {c.get("/things/one.json").body for c in connections}
        equal(answers, {json.dumps({"n": site.n}).encode()}, "bodies seen on 32 connections")
    equal(server.metrics().sum("freshet_sse_subscribers"), 32, "subscribers of both loops")
    check(site.upstream.count("/one") == 6, f"{site.upstream.count('/one')} calls for 5 events")
    # A cold page asked on both loops at once is one call.
    site.upstream.documents["/cold"], site.upstream.delay = {"cold": True}, 0.5
    for c in connections:
        c.send(b"GET /things/cold.json HTTP/1.1\r\nHost: x\r\n\r\n")
    equal({c.read().status for c in connections}, {200}, "statuses of a cold page")
    equal(site.upstream.count("/cold"), 1, "calls for a cold page asked on both loops")
    answer = server.admin_post("/-/purge", {"pattern": "/things/two.json"})
    equal(answer.status, 200, "purge with two loops")
    site.upstream.delay, site.upstream.documents["/two"] = 0, {"n": "new"}
    for c in connections:
        equal(c.get("/things/two.json").json(), {"n": "new"}, "a purged page on each loop")
    server.signal(signal.SIGTERM)
    for stream in streams:
        equal([e.name for e in stream.until_end()], ["bye"], "the end of a stream with two loops")
    equal(server.wait(), 0, "exit code with two loops")
    step("two loops")


def reload_closes_doors():
    """A page that becomes somebody's own is not told any more to those who named it before."""
    for loops in (1, 2):
        first = f'loops = {loops}\nproxies = ["127.0.0.1/32"]'
        site = Site(first)
        server = site.server
        for thing in ("one", "two"):
            equal(server.get(f"/things/{thing}.json").status, 200, "a page that everybody may see")
        streams = [Stream(server.port, match="/things/one.json").hello() for _ in range(4 * loops)]
        other = Stream(server.port, match="/things/two.json").hello()
        pattern = Stream(server.port, pattern="/things/:x").hello()
        server.write_config(config(site.upstream, first, 'only = { thing = "X-Auth-User" }'))
        equal(server.admin_post("/-/reload", {}).status, 200, "a reload that makes a page private")
        for stream in (*streams, other):
            equal([e.name for e in stream.until_end()], [], "what a stream of before is told")
        equal(pattern.ended, False, "a stream of a pattern was ended")
        live = "/.well-known/mercure?match=/things/one.json"
        equal(server.get(live).status, 403, "the same stream again")
        pattern.close()
        equal(server.stop(), 0, "exit code")
    step("a page that becomes private")


def stop_behind_a_reload():
    """A visitor still waits in the configuration before when the server stops: it ends all the same."""
    for loops in (1, 2):
        site = Site(f"loops = {loops}")
        server = site.server
        site.upstream.documents["/slow"] = {"slow": True}
        site.upstream.delay = 30
        waiting = server.connect()
        waiting.send(b"GET /things/slow.json HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: site.upstream.count("/slow") == 1, "a visitor waits for a slow upstream")
        for _ in range(3):
            equal(server.admin_post("/-/reload", {}).json(), {"reloaded": True}, "a reload")
        server.signal(signal.SIGTERM)
        equal(server.wait(), 0, "exit code of a stop behind a reload")
        check("ended:" not in server.log(), "something broke on the way")
    step("SIGTERM behind a reload")


def huge_pages(server):
    """The heap asks for huge pages where the kernel gives them to who asks."""
    offered = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if sanitized() or not offered.exists() or "[madvise]" not in offered.read_text():
        return
    maps = pathlib.Path(f"/proc/{server.process.pid}/smaps").read_text()
    flags = re.search(r"\[heap\].*?VmFlags: ([^\n]*)", maps, re.DOTALL)
    check(flags and "hg" in flags.group(1).split(), "the heap does not ask for huge pages")
    step("huge pages")


def scenario():
    port_zero()
    site = Site()
    huge_pages(site.server)
    stream, before = reload_keeps_streams(site)
    reload_moves_pages(site, stream)
    bad_reload(site, stream)
    equal([e.name for e in stream.drain() if e.name == "bye"], [], "a stream was sent away by a reload")
    site.last_id = stream.last_id or before.id
    stream.close()
    equal(site.server.stop(), 0, "exit code after reloads")
    site.server.start()
    verbs(site)
    command_line(site)
    stop_gently(site)
    start_again(site)
    reload_keeps_time()
    reload_closes_doors()
    stop_behind_a_reload()
    two_loops()


run(scenario)
