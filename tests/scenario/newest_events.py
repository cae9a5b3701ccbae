"""S11: a restart in the middle lost what had been counted. Lists of the newest events of each person
are exact after kill -9 at any moment, whatever is read again, after a stop when nothing is, and a file that makes no sense holds up nothing."""
import json

from harness.checks import check, equal, equals_eventually, run, step
from harness.server import Server

USERS, KEEP = 5, 20


def config(folder):
    return f'''
state = "{folder}/state.db"
[bus.in]
kind = "ndjson"
file = "{folder}/events.ndjson"
follow = true
[upstream.feed]
kind = "events"
by = "user"
keep = {KEEP}
[[tag]]
topic = "org.example.did"
set = {{ user = "/msg/users" }}
[page.activity]
path = "/users/{{user}}.json"
fetch = [{{ upstream = "feed", newest = 100, of = "{{user}}", keep = ["id", "time", "msg"], into = "/events" }}]
on = [{{ topic = "#", by = ["user"] }}]
'''


def event(n):
    # Every third is about two people; times go back and forth, some are missing.
    users = [f"u{n % USERS}"] + ([f"u{(n + 1) % USERS}"] if n % 3 == 0 else [])
    return {"topic": "org.example.did", "msg_id": f"e{n}", "timestamp": 1700000000 + (n * 7) % 1000 + 0.5,
            "msg": {"users": users, "n": n, "x": 1.1}}


def scenario():
    server = Server(start=False)
    server.config = config(server.folder)
    events = server.folder / "events.ndjson"
    events.write_text("")
    written = []

    def append(count, twice=False):
        new = [event(n) for n in range(len(written), len(written) + count)]
        written.extend(new)
        with events.open("a") as file:
            for one in new + (new[:5] if twice else []):
                file.write(json.dumps(one) + "\n")

    def expected(user, since=0):
        mine = [e for e in written[since:] if user in e["msg"]["users"]]
        mine.sort(key=lambda e: e["timestamp"], reverse=True)
        return [e["msg_id"] for e in mine[:KEEP]]

    def shown(user):
        answer = server.get(f"/users/{user}.json")
        equal(answer.status, 200, user)
        return [e["id"] for e in answer.json()["events"]]

    def all_exact(what):
        for n in range(USERS):
            equals_eventually(lambda u=f"u{n}": shown(u), expected(f"u{n}"), f"{what}: u{n}", within=30)

    server.start()
    for n in range(USERS):
        equal(shown(f"u{n}"), [], "a person of whom nothing is known")
    append(60, twice=True)
    all_exact("before any end")
    row = server.get("/users/u0.json").json()["events"][0]
    equal(row["time"], [e for e in written if e["msg_id"] == row["id"]][0]["timestamp"], "a time")
    check(b'"x": 1.1}' in server.get("/users/u0.json").body, "msg stands there as it came")
    step("lists are exact, events that came twice stand once")

    for round_ in range(4):
        append(40 + 13 * round_)
        if round_ % 2:
            equals_eventually(lambda: server.taken() > 0, True, "an event was taken")
        server.kill()
        server.start()
        all_exact(f"after kill {round_ + 1}")
    step("lists are exact after kill -9")

    equal(server.stop(), 0, "exit code")
    events.write_text("")
    server.start()
    all_exact("after a stop, with nothing to read again")

    equal(server.stop(), 0, "exit code")
    for leftover in server.folder.glob("state.db-events-*"):
        leftover.unlink()
    (server.folder / "state.db-events").write_bytes(b"no database " * 1000)
    server.start()
    since = len(written)
    append(30)
    for n in range(USERS):
        equals_eventually(lambda u=f"u{n}": shown(u), expected(f"u{n}", since), f"begun anew: u{n}", within=30)
    equal(len(list(server.folder.glob("state.db-events.damaged-*"))), 1, "files set aside")
    step("a file that makes no sense is set aside, and holds up nothing")


run(scenario)
