"""S18: a browser was away for a minute, and got everything again, or nothing, or each of a hundred
versions in between. Here it gets each page that changed once, at its newest, and nothing else; or
`resync`, when nobody knows any more what it missed."""
from harness.checks import check, equal, eventually, run, step
from harness.server import Server
from harness.sse import Stream
from harness.things import things
from harness.upstream import Upstream

THINGS = [f"t{n}" for n in range(20)]
CHANGED = THINGS[3:8]  # while the browser is away; each several times


def page(thing):
    return f"/things/{thing}.json"


class Site:
    def __init__(self):
        self.upstream, self.n = Upstream(), {thing: 0 for thing in THINGS}
        for thing in THINGS:
            self.upstream.documents[f"/{thing}"] = {"n": 0}
        self.server = Server(things(self.upstream), stdin=True)
        for thing in THINGS:
            equal(self.server.get(page(thing)).status, 200, "a warm page")

    def change(self, thing):
        """Until the new version is there: the next one is a version of its own."""
        self.n[thing] += 1
        self.upstream.documents[f"/{thing}"] = {"n": self.n[thing]}
        self.server.publish({"topic": "thing.changed", "msg_id": f"{thing}-{self.n[thing]}", "msg": {"thing": thing}})
        def shown():
            answer = self.server.fresh(page(thing))
            equal(answer.json()["n"], self.n[thing], page(thing))
            return answer
        return int(eventually(shown, f"{thing} shows its change").freshness()["version"])


def each_once(site, **what):
    """Away while five pages change four times each; then one change more, to see the end by."""
    stream = Stream(site.server.port, **what).hello()
    site.change("t0")
    first = stream.next("a change before the break")
    stream.close()
    newest = {}
    for _ in range(4):
        for thing in CHANGED:
            newest[page(thing)] = site.change(thing)
    again = Stream(site.server.port, last_id=first.id, **what).hello()
    last = site.change("t0")
    seen = []
    while not seen or seen[-1].data["@id"] != page("t0"):
        seen.append(again.next("what was missed"))
        equal(seen[-1].name, "reload", "an event of the resumed stream")
    told = [(e.data["@id"], e.data["version"]) for e in seen]
    equal(sorted(told), sorted([*newest.items(), (page("t0"), last)]), "what a browser is told that was away")
    ids = [e.sequence[1] for e in seen]
    equal(ids, sorted(set(ids)), "ids rise")
    equal(again.drain(), [], "something else")
    again.close()


def scenario():
    site = Site()
    each_once(site, pattern="/things/:x")
    each_once(site, match=[page(thing) for thing in THINGS])
    step("each page that changed came once, with its newest version, and nothing else")
    nothing = Stream(site.server.port, pattern="/things/:x").hello()
    site.change("t0")
    at = nothing.next("a change").id
    nothing.close()
    quiet = Stream(site.server.port, pattern="/things/:x", last_id=at).hello()
    version = site.change("t1")
    told = quiet.next("a change after the return")
    equal((told.data["@id"], told.data["version"]), (page("t1"), version), "what a browser is told that missed nothing")
    quiet.close()
    # Another process without a journal: nobody knows what was missed.
    equal(site.server.stop(), 0, "a clean stop")
    site.server.start()
    lost = Stream(site.server.port, match=page("t1"), last_id=at).hello()
    told = lost.next("the resync")
    equal(told.name, "resync", "what a browser is told whose window has passed")
    check(told.sequence[0] != at.rpartition("-")[0], "another epoch")
    step("who cannot be told is told so")


run(scenario)
