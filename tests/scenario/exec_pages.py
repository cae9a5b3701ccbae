"""Pages made by programs: what one does, or does not do, is its page's business and nobody else's."""
import os
import pathlib
import time

from harness.checks import check, equal, equals_eventually, patience, run, step
from harness.server import Server
from harness.things import LINES

SCRIPT = '''#!/bin/sh
[ "$1" = -- ] || exit 1
case "$2" in
  missing) exit 44 ;;
  broken) echo "no such tag" >&2; exit 3 ;;
  slow) sleep 300 & echo $! > "$OUT/slow.pid"; sleep 300 ;;
  huge) yes ;;
  text) echo "not JSON" ;;
  *) printf '{"name": "%s", "n": %s}' "$2" "$(cat "$OUT/n")" ;;
esac
'''


def config(script):
    return LINES + f'''
[upstream.tool]
kind = "exec"
env = {{ OUT = "{script.parent}" }}
limits = {{ concurrency = 4, timeout = "{2 * patience():g}s", retries = 0, body = "100KiB" }}
[page.report]
path = "/reports/{{name}}.json"
wait = "{20 * patience():g}s"
fetch = [{{ upstream = "tool", run = ["{script}", "--", "{{name}}"] }}]
on = [{{ topic = "report", set = {{ name = "/msg/name" }} }}]
'''


def runs(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    except FileNotFoundError:
        return False


def children(server):
    pid = server.process.pid
    return len(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def scenario():
    server = Server(start=False, stdin=True)
    script = server.folder / "report"
    (server.folder / "n").write_text("1")
    script.write_text(SCRIPT)
    os.chmod(script, 0o755)
    server.config = config(script)
    server.start()
    answer = server.get("/reports/tags.json")
    equal((answer.status, answer.json()), (200, {"name": "tags", "n": 1}), "a page")
    equal(server.get("/reports/$(id)'.json").json()["name"], "$(id)'", "an argument as it is")
    equal(server.get("/reports/--.json").json()["name"], "--", "an option that is none")
    equal(server.get("/reports/missing.json").status, 404, "exit code 44")
    step("output, arguments, 404")

    for name, why in (("broken", "exit code 3: no such tag"), ("huge", "too large"),
                      ("text", "malformed"), ("slow", "timed out")):
        equal(server.get(f"/reports/{name}.json").status, 502, f"status of {name}")
        told = str(server.explain(f"/reports/{name}.json")["parts"])
        check(why in told, f"{name}: {told}")
    pid = int((server.folder / "slow.pid").read_text())
    equals_eventually(lambda: runs(pid), False, "what the slow one began has ended")
    equals_eventually(lambda: children(server), 0, "programs that are left")
    step("errors, limits, nothing left behind")

    (server.folder / "n").write_text("2")
    server.publish({"topic": "report", "msg": {"name": "tags"}})
    equals_eventually(lambda: server.get("/reports/tags.json").json()["n"], 2, "an event runs it again")
    server.publish({"topic": "report", "msg": {"name": "slow"}})
    began = time.monotonic()
    equal(server.stop(), 0, "exit code, with a program up")
    check(time.monotonic() - began < 15 * patience(), "a program does not hold the end")


run(scenario)
