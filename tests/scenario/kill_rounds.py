"""kill -9 at any moment, under load: events over ZeroMQ and from a file, visitors, streams that
resume. What was published while nobody listened is sent by nobody again: it is in the history.
After each restart nothing that was ever published is missing, no version goes back, no stream misses
a change. `kill_rounds.py FRESHET [ROUNDS] [SEED]`; a round in five is a clean stop."""
import json
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading

from harness.checks import Died, Failure, check, closing, equal, eventually, patience, run, step
from harness.client import Connection
from harness.fedmsg import History, Publisher, message
from harness.server import Server
from harness.sse import Quiet, Stream
from harness.things import catch_up, origin
from harness.upstream import Answer, Upstream

PAGES = 24  # of each bus
CLASSES = ("live", "filed")


def config(site):
    rule = '''
[page.{0}]
path = "/{0}/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{0}/{{thing}}" }}]
on = [{{ bus = "{1}", topic = "{0}.changed", set = {{ thing = "/msg/thing" }} }}]
push = "{2}"
'''
    return f'''
state = "{site.folder}/state.db"
drain_timeout = "5s"
loops = 2
log = {{ format = "json" }}
[bus.radio]
kind = "zmq"
connect = ["{site.radio.endpoint}"]
topics = ["live."]
{catch_up(site.history)}
[bus.file]
kind = "ndjson"
file = "{site.folder}/events"
follow = true
''' + origin(site.upstream) + rule.format("live", "radio", "full") + rule.format("filed", "file", "none")


class Site:
    """What is true, who tells of it, and what everybody has seen of it so far."""

    def __init__(self, seed):
        self.dice, self.lock = random.Random(seed), threading.Lock()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-kill-"))
        closing(self)
        self.paths = [f"/{c}/t{i}.json" for c in CLASSES for i in range(PAGES)]
        self.truth = {path: 0 for path in self.paths}
        self.bodies = {}  # (path, version): n; a version is one content for ever
        self.newest = {path: 0 for path in self.paths}  # version
        self.in_epoch = {}  # (epoch, path): version
        self.published, self.wrong = 0, None
        self.events = open(self.folder / "events", "ab", buffering=0)
        self.radio, self.history, self.upstream = Publisher(), History(), Upstream()
        self.upstream.answer = self.answer
        self.server = Server(config(self))

    def answer(self, call):
        """What is true when the question comes, told a little later."""
        path = call.path + ".json"
        with self.lock:
            delay = self.dice.random() * 0.01
        return Answer({"path": path, "n": self.truth[path]}, delay=delay)

    def change(self, path):
        kind, thing = path.split("/")[1], path.split("/")[2].removesuffix(".json")
        self.truth[path] += 1
        said = message(kind + ".changed", {"thing": thing}, f"{thing}-{self.truth[path]}")
        if kind == "live":
            self.history.add(said)
            self.radio.send(said)
        else:
            self.events.write(json.dumps(said).encode() + b"\n")
        self.published += 1

    def floor(self, path):
        """What an answer that is asked for from now on must not be older than: per epoch, and at all."""
        with self.lock:
            return {e: v for (e, p), v in self.in_epoch.items() if p == path}, self.newest[path]

    def saw(self, path, answer, who, floor):
        """A killed process may have shown what it could not write any more. The next one says
        `unverified` until it has looked; only then, and within an epoch always, versions rise."""
        is_now, document = answer.freshness(), answer.json()
        version, n = int(is_now["version"]), document["n"]
        epoch = re.search(r'last-event-id="([^"]+)-', answer.field("link")).group(1)
        in_epoch, at_all = floor
        with self.lock:
            good = (document["path"] == path and version >= in_epoch.get(epoch, 0) and
                    (version >= at_all or is_now["state"] != "fresh") and
                    self.bodies.setdefault((path, version), n) == n)
            if not good:  # seen once is enough: at_rest() looks again and again
                self.wrong = self.wrong or Failure(f"{who}: {path}: {answer} after {floor}")
            self.newest[path] = max(self.newest[path], version)
            self.in_epoch[epoch, path] = max(self.in_epoch.get((epoch, path), 0), version)
        return version

    def look(self, path, who):
        floor = self.floor(path)
        answer = self.server.get(path)
        equal(answer.status, 200, f"{who}: {path}")
        self.last = answer
        return self.saw(path, answer, who, floor)

    def close(self):
        self.events.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Worker:
    """A thread that works against a server that dies under it; what it finds wrong ends the round."""

    def __init__(self, site, work):
        self.site, self.work, self.stopped = site, work, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        closing(self)

    def _run(self):
        while not self.stopped.is_set():
            try:
                self.work(self.stopped)
            except Failure as why:
                self.site.wrong = self.site.wrong or why
                return
            except (OSError, ValueError, LookupError):
                self.stopped.wait(0.01)  # nobody is there, or he went away in the middle

    def close(self):
        self.stopped.set()
        self.thread.join(10)


def visitor(site, dice):
    def work(stopped):
        connection = Connection(site.server.port)
        try:
            while not stopped.is_set():
                path = dice.choice(site.paths)
                floor = site.floor(path)
                answer = connection.get(path)
                # A page that was never built waits for an upstream that may not answer in time.
                if answer.status == 200:
                    site.saw(path, answer, "a visitor", floor)
                stopped.wait(0.002)
        finally:
            connection.close()
    return work


class Reader:
    """A browser: keeps a version per page, asks for a page when it is told, for all at a resync."""

    def __init__(self, site, match=(), pattern=(), paths=()):
        self.site, self.match, self.pattern = site, match, pattern
        self.known, self.last_id = {path: site.newest[path] for path in paths}, ""
        self.resyncs = self.told = self.carried = 0
        self.stream = None

    def open(self):
        self.stream = Stream(self.site.server.port, self.match, self.pattern, self.last_id)

    def read(self, within=0.2):
        """What comes until nothing has come for a moment, or the stream is cut."""
        try:
            while True:
                self.take(self.stream.next(within=within / patience()))
        except Quiet:
            pass
        self.last_id = self.stream.last_id or self.last_id

    def take(self, event):
        before = self.last_id.rpartition("-")
        epoch, at = event.sequence
        if event.name == "bye":
            return
        check(before[0] != epoch or at > int(before[2]), f"id {event.id} after {self.last_id}")
        self.last_id = event.id
        self.told += 1
        if event.name == "resync":
            self.resyncs += 1
            self.known = {path: None for path in self.known}
            for page in event.data["pages"] or ():
                self.known[page["@id"]] = page["version"] or None
            return
        path, version = event.data["@id"], event.data["version"]
        check(version >= (self.known[path] or 0), f"a stream: {path}: version {version} after {self.known[path]}")
        self.known[path] = version
        if "data" in event.data:
            self.carried += 1
            n = self.site.bodies.setdefault((path, version), event.data["data"]["n"])
            equal(event.data["data"]["n"], n, f"what a stream carries of {path}, version {version}")

    def refetch(self):
        for path, version in self.known.items():
            if version is None:
                self.known[path] = self.site.look(path, "a browser")


def load(site, moments):
    """Changes until the server has lived for so many of them."""
    pause = threading.Event()
    for _ in range(moments):
        for _ in range(site.dice.randrange(1, 4)):
            site.change(site.dice.choice(site.paths))
        pause.wait(site.dice.random() * 0.004)
        if site.wrong:
            raise site.wrong


def at_rest(site, readers, what):
    """Everybody sees what is true, without a further event."""
    def settled(path):
        site.look(path, "at rest")
        equal(site.last.json()["n"], site.truth[path], f"{path} {what}")
        equal(site.last.freshness()["state"], "fresh", f"{path} {what}")
        return True
    for path in site.paths:
        eventually(lambda: settled(path), f"{path} at rest {what}", within=20)
    if site.wrong:
        raise site.wrong
    for reader in readers:
        reader.read()
        reader.refetch()
        reader.read(0.05)
        for path, version in reader.known.items():
            equal(version, site.newest[path], f"the version of {path} that a stream told {what}")


def one_round(site, readers, number):
    """Load, the end of the process at some moment, perhaps a start that is cut short, a restart."""
    clean = number % 5 == 4
    load(site, site.dice.randrange(0, 120))
    before = [(r.resyncs, r.last_id.rpartition("-")[0]) for r in readers]
    if clean:
        equal(site.server.stop(), 0, "exit code of a clean stop")
    else:
        site.server.kill()
    for reader in readers:
        reader.read()
        reader.stream.close()
    load(site, site.dice.randrange(0, 20))
    if not clean and site.dice.randrange(3) == 0:
        site.server.launch()
        threading.Event().wait(site.dice.random() * 0.2)
        site.server.kill()
    site.server.launch()
    load(site, site.dice.randrange(0, 40))
    eventually(site.server.is_ready, "the server is ready", within=30)
    for reader in readers:
        reader.open()
    load(site, site.dice.randrange(0, 40))
    at_rest(site, readers, "at rest")
    for reader, (resyncs, epoch) in zip(readers, before):
        equal(reader.last_id.rpartition("-")[0] == epoch, clean, "the epoch goes on")
        equal(reader.resyncs - resyncs, 0 if clean else 1, "resyncs")


def scenario():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20130911
    site = Site(seed)
    for path in site.paths:
        site.look(path, "the first visitor")
    readers = [Reader(site, pattern=["/live/:x", "/filed/:x"], paths=site.paths),
               Reader(site, match=site.paths[::3], paths=site.paths[::3]),
               Reader(site, pattern="/filed/:x", paths=site.paths[PAGES:])]
    for reader in readers:
        reader.open()
        reader.stream.hello()
    workers = [Worker(site, visitor(site, random.Random(seed + i))) for i in range(2)]
    for number in range(rounds):
        try:
            one_round(site, readers, number)
        except (Failure, Died) as why:
            raise Failure(f"round {number} of seed {seed}: {why}") from why
        if number % 20 == 19:
            step(f"{number + 1} rounds")
    found = site.server.metrics().sum("freshet_catch_up_messages_total", result="missed")
    equal(site.server.metrics().sum("freshet_bus_gaps_lost_total"), 0, "gaps that were lost")
    for worker in workers:
        worker.close()
    for reader in readers:
        check(reader.resyncs > 0 and reader.told > rounds, "a stream was told nothing")
    equal(site.server.stop(), 0, "exit code at the end")
    step(f"{rounds} rounds of seed {seed}: {site.published} changes, {site.upstream.count()} calls, "
         f"{sum(r.told for r in readers)} told, {sum(r.carried for r in readers)} with the page, "
         f"{sum(r.resyncs for r in readers)} resyncs, {found:g} messages of the last run out of the history")


run(scenario)
