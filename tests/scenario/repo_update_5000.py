"""`mdapi.repo.update` named 5,000 packages, one of them unknown, and each was asked for by itself
while visitors stood in line. Here few calls carry them all, and visitors notice nothing."""
import itertools
import threading
import time

from harness.checks import check, equal, equals_eventually, eventually, patience, run, step
from harness.client import get_many
from harness.fedora import FedoraProcess
from harness.server import Server
from harness.things import LINES

THINGS, BATCH, UNKNOWN = 5000, 100, "thing-1234"


def config(fedora):
    return LINES + f'''
[upstream.koji]
kind = "koji"
url = "{fedora.url}/kojihub"
limits = {{ concurrency = 8, rate = "100/s", batch = {BATCH}, timeout = "60s" }}
[upstream.distgit]
kind = "http"
url = "{fedora.url}/distgit"
[page.builds]
path = "/packages/{{package}}/builds.json"
sweep = "0s"  # one that began behind the event, before its page's turn, would serve it in another name
fetch = [{{ upstream = "koji", into = "/builds", call = [["getPackageID", "{{package}}"], ["listBuilds", {{ packageID = "$0" }}]] }}]
on = [{{ topic = "org.fedoraproject.*.mdapi.repo.update", set = {{ package = "/msg/packages" }} }}]
warm = {{ rate = "50000/s", keys = {{ package = {{ upstream = "distgit", get = "/extras/pagure_poc.json", keys = "/rpms" }} }} }}
'''


class Visitors:
    """Ask for pages all the time, one cold page among many warm ones; keep how long it took."""

    def __init__(self, server, names):
        self.server, self.names = server, names
        self.hits, self.misses, self.bad, self.failed = [], [], [], None
        self.gone = threading.Event()
        self.thread = threading.Thread(target=self.visit, daemon=True)
        self.thread.start()

    def visit(self):
        try:
            for number in itertools.count(1):
                if self.gone.is_set():
                    return
                self.look(number)
        except Exception as error:  # told by the scenario
            self.failed = error

    def look(self, number):
        cold = number % 50 == 0
        name = f"cold-{number}" if cold else self.names[number * 7919 % len(self.names)]
        began = time.monotonic()
        answer = self.server.get(f"/packages/{name}/builds.json")
        (self.misses if cold else self.hits).append(time.monotonic() - began)
        if answer.status != 200 and not (cold or name == UNKNOWN):
            self.bad.append((name, answer.status))

    def stop(self):
        self.gone.set()
        self.thread.join()


def scenario():
    fedora = FedoraProcess(things=THINGS)
    world = fedora.world()
    names = list(world["packages"])
    server = Server(config(fedora), stdin=True)
    refreshes = lambda **labels: server.metrics().sum("freshet_refreshes_total", **labels)
    equals_eventually(lambda: refreshes(cause="warm"), len(names), "pages built ahead", within=100)
    step(f"{len(names)} pages are warm, {fedora.calls('koji')} calls")

    moved = [{"path": ["builds", n, "owner_name"], "value": "ralph"}
             for n in range(len(world["builds"]))]
    fedora.change(moved + [{"path": ["packages", UNKNOWN]}])
    fedora.forget()
    things = [n for n in names if n.startswith("thing-")]
    visitors = Visitors(server, names)
    began = time.monotonic()
    server.publish({"topic": "org.fedoraproject.prod.mdapi.repo.update", "msg_id": "update",
                    "msg": {"name": "rawhide", "packages": things}})
    eventually(lambda: refreshes(cause="event") >= len(things), "each page was refreshed", within=100)
    took = time.monotonic() - began
    visitors.stop()
    check(visitors.failed is None and len(visitors.hits) > 10, lambda: f"visitors: {visitors.failed!r}")
    calls = fedora.calls("koji")
    questions = fedora.calls("koji getPackageID", "koji listBuilds")
    step(f"refreshed in {took:.1f} s: {questions} questions in {calls} calls; {len(visitors.hits)} hits, "
         f"slowest {max(visitors.hits) * 1000:.0f} ms; {len(visitors.misses)} misses, "
         f"slowest {max(visitors.misses, default=0) * 1000:.0f} ms")

    paths = [f"/packages/{name}/builds.json" for name in things]
    wrong = [path for path, answer in zip(paths, get_many(server.port, paths))
             if answer.status != 200 or answer.json()["builds"][0]["owner_name"] != "ralph"]
    equal(wrong, [f"/packages/{UNKNOWN}/builds.json"], "pages that were not refreshed")
    equal(server.get(wrong[0]).status, 404, "the one that is not there any more")
    least = -(-2 * len(things) // BATCH)
    cold = len(visitors.misses)
    check(calls <= 1.5 * least + cold + 16, f"{calls} calls where {least} would do, and {cold} visitors'")
    check(calls <= 100 * took + 100, "within the upstream's rate")
    equal(visitors.bad, [], "answers that visitors should not have had")
    check(sorted(visitors.hits)[len(visitors.hits) * 99 // 100] < 0.5 * patience(), "a hit waits for nobody")
    check(max(visitors.misses, default=0) < 10 * patience(), "a cold page is not behind the batch")


run(scenario)
