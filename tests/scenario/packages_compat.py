"""The old clients of fedora-packages ask /fcomm_connector/<connector>/query/<path>/<json> and read an
envelope of rows. The example configuration answers them with general features: every page of a list
is right, and every variant that was asked for is refreshed by one event (S1, S2)."""
import json
import pathlib
import urllib.parse

from harness.checks import check, equal, equals_eventually, run, step
from harness.fedora import Fedora
from harness.server import Server, freshet
from harness.things import LINES
from harness.upstream import Answer, Upstream

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "fedora-packages-compat.toml"


def bug(number, status="NEW"):
    return {"id": number, "summary": f"bug {number}", "status": status, "version": ["rawhide"],
            "last_change_time": "2024-11-14T14:54:20Z", "assigned_to": "nobody@example.org"}


class Bugzilla(Upstream):
    def __init__(self):
        self.bugs = {}
        super().__init__()
        self.answer = self.listed

    def listed(self, call):
        rows = self.bugs.get(call.query["component"], [])
        first = int(call.query["offset"])
        return Answer({"bugs": rows[first:first + 200], "faults": []})


class Bodhi(Upstream):
    """Two updates a page, whatever is asked for."""

    def __init__(self):
        self.updates = []
        super().__init__()
        self.answer = self.listed

    def listed(self, call):
        number = int(call.query["page"])
        pages = (len(self.updates) + 1) // 2
        return Answer({"updates": self.updates[2 * number - 2:2 * number], "page": number,
                       "pages": pages, "total": len(self.updates)})


def config(bugzilla, bodhi, mdapi, fedora):
    text = EXAMPLE.read_text()
    for port, upstream in ((5001, bugzilla), (5002, bodhi), (5003, mdapi), (5004, fedora)):
        text = text.replace(f"http://127.0.0.1:{port}", upstream.url)
    text = text.replace(', rate = "5/s"', "")
    return text + LINES


def url(connector, path, start=0, rows=10, **filters):
    """As moksha's grid spelt it."""
    query = json.dumps({"filters": filters, "rows_per_page": rows, "start_row": start})
    return f"/fcomm_connector/{connector}/query/{path}/{urllib.parse.quote(query, safe='')}"


def builds_of_guake(server, fedora):
    """Koji cuts and counts; the old client sends an empty state for all of them."""
    def builds(start, rows, state=""):
        answer = server.get(url("koji", "query_builds", start, rows, package="guake", state=state))
        equal(answer.status, 200, f"status of builds ({answer.body[:300]!r})")
        return answer.json()

    truth = sorted((b for b in fedora.world.tree["builds"] if b["package"] == "guake"),
                   key=lambda b: -b["build_id"])
    check(len(truth) > 2, "guake has builds")
    some = builds(1, 2)
    equal(([r["build_id"] for r in some["rows"]], some["total_rows"], some["visible_rows"],
           some["start_row"]), ([b["build_id"] for b in truth[1:3]], len(truth), 2, 1), "two builds")
    equal(some["rows"][0]["creation_ts"], truth[1]["creation_ts"], "a time that is a number")
    failed = [b["build_id"] for b in truth if b["state"] == 3]
    of_state = builds(0, 10, "3")
    equal(([r["build_id"] for r in of_state["rows"]], of_state["total_rows"]),
          (failed, len(failed)), "failed builds")
    at = fedora.world.tree["builds"].index(truth[1])
    fedora.set("builds", at, "state", value=4)
    server.publish({"topic": "org.fedoraproject.prod.buildsys.build.state.change", "msg_id": "b",
                    "msg": {"name": "guake", "build_id": truth[1]["build_id"], "new": 4}})
    equals_eventually(lambda: builds(1, 2)["rows"][0]["state"], 4, "the state of a build")
    step("builds out of Koji, cut and counted there")


def scenario():
    equal(freshet("check", "-c", EXAMPLE).returncode, 0, "exit code of check on the example")
    bugzilla, bodhi, mdapi = Bugzilla(), Bodhi(), Upstream()
    bugzilla.bugs["guake"] = [bug(n) for n in range(1, 251)]
    fedora = Fedora()
    server = Server(config(bugzilla, bodhi, mdapi, fedora), stdin=True)

    def bugs(start=0, rows=10, package="guake"):
        answer = server.get(url("bugzilla", "query_bugs", start, rows, package=package))
        equal(answer.status, 200, f"status ({answer.body[:300]!r})")
        return answer.json()

    first = bugs()
    equal({k: v for k, v in first.items() if k != "rows"},
          {"total_rows": 250, "visible_rows": 10, "rows_per_page": 10, "start_row": 0},
          "the envelope of the first page")
    equal([r["id"] for r in first["rows"]], list(range(250, 240, -1)), "its rows")
    equal(first["rows"][0], {"id": 250, "status": "NEW", "description": "bug 250",
                             "last_modified": "2024-11-14T14:54:20Z", "version": ["rawhide"]}, "a row")
    equal([c.query["offset"] for c in bugzilla.calls], ["0", "200"], "pages of the upstream")
    last = bugs(start=245)
    equal(([r["id"] for r in last["rows"]], last["visible_rows"], last["start_row"]),
          ([5, 4, 3, 2, 1], 5, 245), "the last page")
    equal(bugs(start=900)["rows"], [], "a page behind the last")
    step("rows of a list in pages of the client's size")

    # Another spelling of the same JSON is the same page, and no call.
    before = bugzilla.count()
    spelt = '{ "start_row":0, "rows_per_page":10, "filters":{"package":"guake"} }'
    other = server.get("/fcomm_connector/bugzilla/query/query_bugs/" + urllib.parse.quote(spelt)
                       + "?_=1700000000")
    equal((other.status, other.json()), (200, first), "another spelling")
    equal(bugzilla.count(), before, "calls for another spelling")
    for wrong in (url("bugzilla", "query_bugs", 0, 100000, package="guake"),
                  "/fcomm_connector/bugzilla/query/query_bugs/%7Bnot-json"):
        equal(server.get(wrong).status, 400, wrong)

    # One event refreshes every variant that is known.
    bugs(rows=25)
    bugzilla.bugs["guake"].append(bug(251, "ASSIGNED"))
    server.publish({"topic": "org.fedoraproject.prod.bugzilla.bug.new", "msg_id": "1",
                    "msg": {"bug": {"id": 251, "component": "guake"}}})
    for start, rows in ((0, 10), (245, 10), (0, 25)):
        equals_eventually(lambda s=start, r=rows: bugs(s, r)["total_rows"], 251,
                          f"rows in all, at {start} by {rows}")
    equal(bugs()["rows"][0]["id"], 251, "the first row: ASSIGNED before NEW")
    step("one event refreshed the first page, the last one, and another size")

    bodhi.updates = [{"alias": f"FEDORA-2024-{n}", "title": f"guake-{n}", "status": "stable",
                      "karma": n, "comments": [n], "date_submitted": f"2024-01-0{n} 10:00:00"}
                     for n in range(1, 6)]
    updates = server.get(url("bodhi", "query_updates", 1, 2, package="guake", release="f41")).json()
    equal(([u["alias"] for u in updates["rows"]], updates["total_rows"]),
          (["FEDORA-2024-4", "FEDORA-2024-3"], 5), "updates by time, the second and third")
    check("comments" not in updates["rows"][0], "what the row does not keep")
    equal([(c.query["page"], c.query["releases"], c.query.get("status")) for c in bodhi.calls],
          [("1", "F41", None), ("2", "F41", None), ("3", "F41", None)], "pages of Bodhi")
    step("numbered pages are read to their end")

    builds_of_guake(server, fedora)

    for name, summary, parts in (("guake", "Drop-down terminal", ["guake", "guake-libs"]),
                                 ("guake-indicator", "Menu", []), ("nginx", "Web server", [])):
        mdapi.documents[f"/rawhide/srcpkg/{name}"] = {"basename": name, "summary": summary,
                                                      "co-packages": parts, "arch": "noarch"}
        equal(server.get(f"/packages/{name}.json").status, 200, name)

    def found(text):
        answer = server.get(url("xapian", "search_packages", 0, 10, search=text))
        equal(answer.status, 200, f"status of a search for {text!r} ({answer.body[:200]!r})")
        return [row["name"] for row in answer.json()["rows"]]

    equal(found("guake"), ["guake", "guake-indicator"], "packages by name")
    equal(found("guake-libs"), ["guake"], "a sub-package")
    equal(found("TERMINAL"), ["guake"], "a word of the summary")
    for odd in ("*", "'", "a OR", "NEAR(", "';--", "+-"):
        equal(found(odd), [], f"packages for {odd}")
    del mdapi.documents["/rawhide/srcpkg/guake"]   # retired
    server.publish({"topic": "org.fedoraproject.prod.mdapi.repo.update", "msg_id": "2",
                    "msg": {"packages": ["guake", "guake-indicator"]}})
    equals_eventually(lambda: found("guake"), ["guake-indicator"], "packages after one was retired")


run(scenario)
