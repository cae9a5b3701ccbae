"""A restart: what the journal keeps over a clean stop, over kill -9, and over a file that is broken."""
import json
import pathlib
import random
import resource
import shutil
import signal
import tempfile

from harness.checks import check, closing, equal, equals_eventually, eventually, run, step
from harness.server import Server, freshet
from harness.sse import Stream
from harness.things import origin, page_of_things
from harness.upstream import Upstream

THINGS = 40


def config(upstream, folder, first=""):
    return f'''
state = "{folder}/state.db"
drain_timeout = "5s"
log = {{ format = "json" }}
{first}
[bus.in]
kind = "ndjson"
file = "{folder}/events"
follow = true
''' + origin(upstream) + page_of_things("thing.changed", 'push = "full"')


class Site:
    """An upstream that changes, a file of events about it, a server with a journal."""

    def __init__(self, first="", limits=None):
        self.upstream, self.n = Upstream(), {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-journal-"))
        closing(self)
        self.events = open(self.folder / "events", "ab", buffering=0)
        for i in range(THINGS):
            self.set(i, 0)
        self.server = Server(config(self.upstream, self.folder, first), limits=limits)

    def path(self, i):
        return f"/things/t{i}.json"

    def set(self, i, n, **more):
        self.n[i] = n
        self.upstream.documents[f"/t{i}"] = {"thing": i, "n": n, **more}

    def change(self, i, **more):
        self.set(i, self.n[i] + 1, **more)
        message = {"topic": "thing.changed", "msg_id": f"t{i}-{self.n[i]}", "msg": {"thing": f"t{i}"}}
        self.events.write(json.dumps(message).encode() + b"\n")

    def shows(self, i, n):
        equals_eventually(lambda: self.server.get(self.path(i)).json()["n"], n, f"thing {i} shows {n}")

    def build(self):
        for i in range(THINGS):
            equal(self.server.get(self.path(i)).status, 200, "a page is built")

    def versions(self):
        return {i: int(self.server.get(self.path(i)).freshness()["version"]) for i in range(THINGS)}

    def written(self):
        def waiting():
            metrics = self.server.metrics()
            return metrics.sum("freshet_journal_unsaved_pages") + metrics.sum("freshet_journal_lag_seconds")
        equals_eventually(waiting, 0, "everything is on the disk")

    def bodies_to_read(self):
        return [x for x in self.server.admin_get("/-/ready").json()["degraded"] if "bodies to read" in x]

    def close(self):
        self.events.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def clean_stop():
    """The epoch goes on: pages as they were, nothing is asked again, a stream misses nothing."""
    site = Site()
    server = site.server
    site.build()
    stream = Stream(server.port, pattern="/things/:x").hello()
    site.change(1)
    told = stream.next("the change of thing 1")
    equal(told.data["@id"], site.path(1), "what a stream is told")
    stream.close()
    # Nobody listens to these; the last one comes when nobody runs at all.
    for i in (2, 3):
        site.change(i)
        site.shows(i, 1)
    equal(server.admin_post("/-/purge", {"pattern": site.path(4)}).status, 200, "a purge")
    before = site.versions()
    equal(server.stop(), 0, "exit code of a clean stop")
    calls = site.upstream.count("/t0")
    site.change(5)
    server.start()
    equal(server.get(site.path(0)).field("cache-status"), "freshet; hit", "a page of the run before")
    equal(server.state(site.path(0)), "fresh", "a page whose bus goes on where it was")
    equal(site.upstream.count("/t0"), calls, "calls for a page that was kept")
    site.shows(5, 1)
    eventually(lambda: not site.bodies_to_read(), "all is read back")
    again = Stream(server.port, pattern="/things/:x", last_id=told.id).hello()
    seen = {}
    while not {site.path(i) for i in (2, 3, 5)} <= set(seen):
        event = again.next("a change that was missed")
        check(event.name != "resync", "a stream of the same epoch has to begin anew")
        equal(event.sequence[0], told.sequence[0], "the epoch after a clean stop")
        seen[event.data["@id"]] = event
    equal(seen[site.path(2)].data["event"], "t2-1", "the event behind a change of the run before")
    equal(seen[site.path(2)].data["data"], {"thing": 2, "n": 1}, "the page that this change carries")
    for i, version in site.versions().items():
        check(version >= before[i], f"the version of thing {i} went back")
    again.close()
    equal(server.stop(), 0, "exit code of the second run")
    step("a clean stop")
    return site


def reloaded(site):
    """A reload takes the buses over, or goes on where they were, and so does the start after it."""
    server = site.server
    server.start()
    taken = server.taken()
    for added in ('[page.more]\npath = "/more/{thing}.json"\nfetch = [{ upstream = "origin", get = "/{thing}" }]\n',
                  '[bus.other]\nkind = "ndjson"\nfile = "/dev/null"\n'):
        server.write_config(server.config + added)
        equal(server.admin_post("/-/reload", {}).status, 200, "a reload")
        site.change(6)
        site.shows(6, site.n[6])
    # The same file, read in another way: it is opened again, and read on.
    server.write_config(server.config.replace("follow = true", 'follow = true\nexpect_every = "1h"'))
    equal(server.admin_post("/-/reload", {}).status, 200, "a reload")
    site.change(6)
    site.shows(6, site.n[6])
    equal(server.taken(), taken + 3, "events after three reloads")
    equal(server.stop(), 0, "exit code after reloads")
    calls = site.upstream.count()
    site.change(7)
    server.start()
    site.shows(7, site.n[7])
    equal(server.taken(), 1, "events after the restart")
    equal(server.state(site.path(6)), "fresh", "a page that a reload took over")
    equal(site.upstream.count(), calls + 1, "calls after the restart")
    equal(server.stop(), 0, "exit code")
    step("reloads")


def locker_stays(site):
    """What nobody could deal with is there after a clean stop and after kill -9, and once only."""
    server = site.server
    server.start()
    locker = lambda: server.admin_get("/-/locker").json()
    equal(locker(), [], "the locker before")
    site.events.write(b'{ broken\n{ broken too\n')
    eventually(lambda: len(locker()) == 2, "two lines wait")
    before = locker()
    equal(server.stop(), 0, "exit code")
    server.start()
    equal(locker(), before, "the locker after a clean stop")
    equal(server.admin_get(f"/-/locker?number={before[0]['number']}").json()["text"], "{ broken", "its text")
    equal(server.admin_post("/-/locker", {"replay": before[0]["number"]}).status, 200, "one more try")
    eventually(lambda: locker()[0]["tries"] == 1, "it choked again")
    equal(server.admin_post("/-/locker", {"drop": before[1]["number"]}).status, 200, "one is dropped")
    site.written()
    left = locker()
    server.kill()
    server.start()
    equal(locker(), left, "the locker after kill -9")
    equal([e["number"] for e in left], [before[0]["number"]], "what is left in it")
    server.admin_post("/-/locker", {"drop": "all"})
    equal(server.stop(), 0, "exit code")
    server.start()
    equal(locker(), [], "the locker in the end")
    equal(server.stop(), 0, "exit code")
    step("the locker")


def another_bus(site):
    """A position of the same name, of a bus that is connected to something else."""
    server, calls = site.server, site.upstream.count("/t8")
    server.config = server.config.replace("follow = true", 'follow = true\ntopics = ["thing.", "other."]')
    server.start()
    eventually(lambda: site.upstream.count("/t8") > calls, "a page is built again, as events may be missing")
    equal(server.fresh(site.path(8)).json()["n"], site.n[8], "and then it is fresh")
    equal(server.stop(), 0, "exit code")
    step("a bus that is another one")


def killed_and_upstream_gone():
    """Old pages are served at once, and say that they may be wrong."""
    site = Site()
    site.build()
    site.written()
    site.server.kill()
    site.upstream.stop()
    site.server.start()
    equals_eventually(lambda: site.server.get(site.path(3)).status, 200, "a page of a killed process")
    answer = site.server.get(site.path(3))
    equal(answer.json(), {"thing": 3, "n": 0}, "its body")
    check(answer.freshness()["state"] in ("unverified", "parked"), f"what it says of itself: {answer}")

    def said():
        degraded = site.server.admin_get("/-/ready").json()["degraded"]
        check(any("unverified" in line or "parked" in line for line in degraded), f"{degraded}")
        return True
    eventually(said, "readiness says so")
    site.server.kill()
    step("killed, and the upstream is gone")


def damaged(site):
    """The file of a clean stop, broken: moved aside, and the server starts with nothing."""
    state = site.folder / "state.db"
    state.write_bytes(state.read_bytes()[:8192])
    site.server.start()
    check("moved to" in site.server.log(), "the log does not say where the file went")
    check(list(site.folder.glob("state.db.damaged-*")), "the broken file is not there any more")
    site.shows(0, site.n[0])
    equal(site.server.stop(), 0, "exit code after damage")
    step("a damaged file")


def one_at_a_time(site):
    site.server.start()
    second = freshet("run", "-c", site.server.config_file, "--set", 'listen=["127.0.0.1:0"]',
                     "--set", 'admin="127.0.0.1:0"', timeout=20)
    check(second.returncode not in (0, None), "a second process took the same journal")
    check("another freshet" in second.err and str(site.server.process.pid) in second.err,
          f"it does not say why: {second.err!r}")
    equal(site.server.get(site.path(0)).status, 200, "the first one")
    equal(site.server.stop(), 0, "exit code of the first one")
    step("two processes")


def full_disk():
    """No file may grow beyond a limit: pages are served and refreshed, readiness says what is wrong."""
    def limits():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
    site = Site(limits=limits)
    server = site.server
    site.build()
    noise = random.Random(5)
    for i in range(THINGS):
        site.change(i, noise=noise.randbytes(30_000).hex())
    for i in range(THINGS):
        site.shows(i, site.n[i])
    eventually(lambda: server.metrics().sum("freshet_journal_up") == 0, "the journal is stuck")
    ready = server.admin_get("/-/ready").json()
    check(ready["ready"], "a full disk is no reason to send visitors away")
    check(any(line.startswith("journal:") and "nothing is acknowledged" in line
              for line in ready["degraded"]), f"readiness does not say so: {ready}")
    site.change(1)
    site.shows(1, site.n[1])
    # There is space again.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    equals_eventually(lambda: server.metrics().sum("freshet_journal_up"), 1, "the journal writes again")
    site.written()
    server.kill()
    server.limits = None
    server.start()
    site.shows(THINGS - 1, site.n[THINGS - 1])
    equal(server.stop(), 0, "exit code after a full disk")
    step("a full disk")


def scenario():
    site = clean_stop()
    one_at_a_time(site)
    reloaded(site)
    locker_stays(site)
    another_bus(site)
    damaged(site)
    killed_and_upstream_gone()
    full_disk()


run(scenario)
