"""S6: the event came before the upstream's commit, and the old value was cached for ever. Here the
upstream shows a change five seconds after the event that tells of it."""
import threading
import time

from harness.checks import Failure, check, equal, equals_eventually, eventually, run, step
from harness.server import Server
from harness.things import things
from harness.upstream import Answer, Upstream

LAG = 5.0


class LateUpstream(Upstream):
    """What was committed is readable LAG later; on every page of a list at the same time."""

    def __init__(self, lag=LAG):
        super().__init__()
        self.lag, self.commits = lag, {}
        self.answer = self.as_of_now

    def commit(self, thing, n):
        with self.lock:
            self.commits.setdefault(thing, []).append((time.monotonic() + self.lag, n))

    def readable(self, thing):
        with self.lock:
            return max([n for at, n in self.commits.get(thing, []) if at <= time.monotonic()],
                       default=0)

    def as_of_now(self, call):
        n = self.readable(call.path.strip("/"))
        return Answer({"n": n, "page": call.query.get("page", "1"),
                       "builds": [{"id": i, "state": "done"} for i in range(1, n + 1)]})


def with_rule(upstream, rule, page=""):
    return things(upstream, page=page).replace('set = {', f'{rule}, set = {{')


def event(server, thing, n, number):
    server.publish({"topic": "thing.changed", "msg_id": f"{thing}-{number}",
                    "msg": {"thing": thing, "n": n, "state": "done"}})


def never_fresh_and_old(server, path, n, until, ended):
    """Looks all the time: whoever is told `fresh` is given the new value."""
    wrong = []
    while not ended.is_set() and not wrong:
        answer = server.get(path)
        if answer.freshness()["state"] == "fresh" and answer.json()["n"] < n:
            wrong.append(answer)
        if answer.json()["n"] >= n:
            until.set()
        ended.wait(0.01)
    if wrong:
        raise Failure(f"fresh, and old: {wrong[0]!r}")


def converges_by_floor(rule, what):
    upstream = LateUpstream()
    server = Server(with_rule(upstream, rule), stdin=True)
    path = "/things/a.json"
    equal(server.get(path).json()["n"], 0, "the page at first")
    version = server.get(path).freshness()["version"]
    upstream.commit("a", 1)
    event(server, "a", 1, 1)
    equals_eventually(lambda: server.taken(), 1, "events taken")
    explained = eventually(lambda: server.explain(path)["floor"], "what the page waits for")
    check(explained["wants"] and not explained["unmet"], f"explain: {explained}")
    shown, ended, failed = threading.Event(), threading.Event(), []

    def watch():
        try:
            never_fresh_and_old(server, path, 1, shown, ended)
        except BaseException as error:
            failed.append(error)
            shown.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    eventually(shown.is_set, f"the page shows what the event said ({what})", within=25)
    ended.set()
    watcher.join()
    if failed:
        raise failed[0]
    answer = server.fresh(path)
    equal(answer.json()["n"], 1, "the page")
    check("floor_unmet" not in answer.freshness(), f"{answer!r}")
    metrics = server.metrics()
    looks = metrics.sum("freshet_floors_total", result="again")
    # 0.5, 2 and 8 s, a fifth more or less: three looks cannot be over before five seconds.
    check(2 <= looks <= 3, f"looks that did not show it: {looks}")
    equal(metrics.sum("freshet_floors_total", result="met"), 1, "looks that showed it")
    equal(metrics.by("freshet_refreshes_total", "cause"), {"miss": 1, "event": looks + 1},
          "refreshes by cause")
    equal(metrics.sum("freshet_refreshes_total", cause="event", result="changed"), 1, "new versions")
    check(int(answer.freshness()["version"]) > int(version), "a new version")
    equal(server.explain(path)["floor"], None, "explain afterwards")
    step(f"{what}: old and called stale until the data were there, after {looks:.0f} more looks")


def without_an_entry():
    """Nothing to keep: what there is is served at once, and says that it is old."""
    upstream = LateUpstream()
    warm = 'warm = { keys = { thing = ["zzz"] } }'
    server = Server(with_rule(upstream, 'floor = { event = "/msg/n", page = "/n" }', warm),
                    stdin=True)
    upstream.commit("new", 1)
    event(server, "new", 1, 1)
    equals_eventually(lambda: server.taken(), 1, "events taken")
    look = lambda: server.get("/things/new.json")
    answer = look()
    equal((answer.status, answer.json()["n"], answer.freshness()["state"]), (200, 0, "stale"),
          "a page that the event made known")
    equals_eventually(lambda: (look().json()["n"], look().freshness()["state"]), (1, "fresh"),
                      "the page in the end", within=25)
    step("a page without an entry was served at once, as stale")


def variants_follow():
    upstream = LateUpstream()
    config = with_rule(upstream, 'floor = { at = "/builds", has = { id = "/msg/n" } }')
    config = config.replace("{thing}.json", "{thing}.json?page=1").replace(
        'get = "/{thing}"', 'get = "/{thing}?page={page}"')
    server = Server(config, stdin=True)
    paths = ["/things/a.json", "/things/a.json?page=2", "/things/a.json?page=3"]
    for path in paths:
        equal(server.get(path).json()["n"], 0, path)
    upstream.commit("a", 1)
    event(server, "a", 1, 1)
    equals_eventually(lambda: server.taken(), 1, "events taken")
    for path in paths[1:]:
        equals_eventually(lambda: server.state(path), "stale", f"{path} meanwhile")
        equal(server.get(path).json()["n"], 0, f"{path} meanwhile")
    for path in paths:
        equals_eventually(lambda: server.get(path).json()["n"], 1, path, within=25)
        equal(server.fresh(path).json()["n"], 1, path)
    for number in (2, 3):
        equal(upstream.count(f"/a?page={number}"), 2, f"calls for page {number}")
    # A variant alone: nobody can be asked whether the data are there. It is read again.
    equal(server.get("/things/b.json?page=2").json()["n"], 0, "a variant alone")
    upstream.commit("b", 1)
    event(server, "b", 1, 2)
    equals_eventually(lambda: server.get("/things/b.json?page=2").json()["n"], 1,
                      "a variant whose page is not known")
    step("variants were read when their page showed it, once each")


def converges_by_reread():
    upstream = LateUpstream()
    server = Server(things(upstream), stdin=True)
    for thing in ("a", "b"):
        equal(server.get(f"/things/{thing}.json").json()["n"], 0, "the page at first")
    upstream.commit("a", 1)
    event(server, "a", 1, 1)
    equals_eventually(lambda: server.get("/things/a.json").json()["n"], 1, "the page")
    metrics = server.metrics()
    equal(metrics.by("freshet_refreshes_total", "cause"), {"miss": 2, "event": 1, "reread": 1},
          "refreshes by cause")
    equal(metrics.sum("freshet_refreshes_total", cause="reread", result="changed"), 1, "rereads")
    # An event that is about nothing costs one more call, and only one.
    for number in range(3):
        event(server, "b", 0, 2 + number)
        equals_eventually(lambda: server.taken(), 2 + number, "events taken")
    rereads = lambda: server.metrics().sum("freshet_refreshes_total", cause="reread")
    equals_eventually(rereads, 2, "rereads")
    event(server, "a", 1, 9)  # its own reread ends 5 s later than any that `b` could still have
    equals_eventually(rereads, 3, "rereads")
    equal(server.metrics().sum("freshet_refreshes_total", cause="reread", result="same"), 2,
          "rereads without a change")
    step("without a floor the same bytes were read once more, and once only")


def never_there(server, upstream):
    upstream.commit("lost", 1)
    event(server, "lost", 99, 1)


def scenario():
    # This one takes all its looks, some forty seconds: it goes on beside the others.
    hopeless = LateUpstream(lag=0)
    patient = Server(with_rule(hopeless, 'floor = { event = "/msg/n", page = "/n" }'), stdin=True)
    equal(patient.get("/things/lost.json").json()["n"], 0, "the page at first")
    never_there(patient, hopeless)
    converges_by_floor('floor = { event = "/msg/n", page = "/n" }', "a number")
    converges_by_floor('floor = { at = "/builds", has = { id = "/msg/n", state = "/msg/state" } }',
                       "an element")
    without_an_entry()
    variants_follow()
    converges_by_reread()
    answer = patient.fresh("/things/lost.json", within=60)
    equal((answer.json()["n"], answer.freshness().get("floor_unmet")), (1, True), f"{answer!r}")
    equal(hopeless.count("/lost"), 6, "calls: the first, and five looks")
    equal(patient.metrics().sum("freshet_floors_total", result="unmet"), 1, "floors given up")
    equal(patient.explain("/things/lost.json")["floor"]["unmet"], True, "explain")
    step("what never came was taken as it was after five looks, and says so")


run(scenario)
