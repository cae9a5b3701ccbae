"""A configuration that is wrong stops the start with the place and the reason; so does a port that
is taken. Too few file descriptors make the server smaller, not dead."""
import pathlib
import re
import resource
import socket
import tempfile
import time

from harness.checks import check, equal, eventually, run, step
from harness.client import Connection, get
from harness.server import Server, freshet
from harness.upstream import Upstream

GOOD = '''listen = "127.0.0.1:0"
admin = "127.0.0.1:0"
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:9"
[page.thing]
path = "/things/{thing}.json"
fetch = { upstream = "origin", get = "/{thing}" }
'''
# name: (text, line, column or None, what the message must contain)
WRONG = {
    "a syntax error": ('listen = "127.0.0.1:0\n', 1, None, ""),
    "a key without a value": ("listen =\n", 1, None, ""),
    "text that is not TOML": ("<config><listen/></config>\n", 1, None, ""),
    "an unknown key": ("lisen = 5\n", 1, 1, "did you mean `listen`"),
    "an unknown key in a section": (GOOD + "fecth = 5\n", 9, 1, "did you mean `fetch`"),
    "a key twice": ("loops = 1\nloops = 2\n", 2, None, ""),
    "a number as text": ('loops = "two"\n', 1, 9, "loops"),
    "a negative number": ("loops = -1\n", 1, 9, "loops"),
    "a text as number": ("memory = true\n", 1, 10, "memory"),
    "a size without sense": ('memory = "many"\n', 1, 10, "memory"),
    "a duration without a unit": ('wait = "10 parsecs"\n', 1, 8, "wait"),
    "an address without a port": ('listen = "localhost"\n', 1, 10, "listen"),
    "a port beyond 65535": ('listen = "127.0.0.1:70000"\n', 1, 10, "listen"),
    "a page without a path": ('[page.x]\nfetch = []\n', 1, None, "path"),
    "a page without a fetch": ('[page.x]\npath = "/x"\n', 1, None, "fetch"),
    "a page of an unknown upstream": ('[page.x]\npath = "/x"\nfetch = { upstream = "y", get = "/" }\n', 3,
                                      None, "y"),
    "a bus of an unknown kind": ('[bus.x]\nkind = "carrier-pigeon"\n', 2, 8, "kind"),
    "a bus that is not built in": ('[bus.x]\nkind = "nats"\n', 2, None, "not built in"),
    "a pointer without a slash": (GOOD + 'on = { topic = "a", set = { thing = "msg" } }\n', 9, None, "msg"),
    "a parameter nobody has": (GOOD + 'on = { topic = "a", set = { thong = "/msg" } }\n', 9, None, "thong"),
    "a placeholder nobody has": (GOOD.replace('"/{thing}"', '"/{thong}"'), 8, None, "thong"),
    "two pages of one shape": (GOOD + '[page.other]\npath = "/things/{x}.json"\n'
                               'fetch = { upstream = "origin", get = "/" }\n', 9, None, "page.thing"),
    "a name no tag sets": (GOOD + 'on = { topic = "a", by = ["thing"] }\n', 9, None, "no [[tag]]"),
    "a reserved path": (GOOD.replace("/things/{thing}.json", "/-/{thing}"), 6, None, "/-/"),
}


def binary_config(folder):
    path = folder / "binary.toml"
    path.write_bytes(bytes(range(256)) * 20)
    return path


def refused(path, what, line=None, column=None, part="", verbs=("check", "run")):
    for verb in verbs:
        done = freshet(verb, "-c", path, timeout=20)
        said = done.out + done.err
        equal(done.returncode, 78, f"exit code of {verb} for {what} ({said[-300:]!r})")
        if line is not None:
            place = rf"{re.escape(str(path))}:{line}:{column if column else '[0-9]+'}\b"
            check(re.search(place, said), f"{verb} of {what} does not name {place}: {said[:400]!r}")
        check(part in said, f"{verb} of {what} does not say {part!r}: {said[:400]!r}")
        check("terminate" not in said and "Assertion" not in said, f"{verb} of {what}: {said[:400]!r}")


def wrong_files(folder):
    for number, (what, (text, line, column, part)) in enumerate(WRONG.items()):
        path = folder / f"wrong{number}.toml"
        path.write_text(text)
        refused(path, what, line, column, part, verbs=("check", "run") if number % 6 == 0 else ("run",))
    refused(folder / "nowhere.toml", "a file that is not there", part="nowhere.toml")
    refused(binary_config(folder), "a file of bytes", part="binary.toml")
    refused("/proc/self/mem", "a file that cannot be read", part="/proc/self/mem")
    empty = folder / "empty.d"
    empty.mkdir()
    refused(empty, "a folder without a configuration", part="empty.d")
    secret = folder / "secret.toml"
    secret.write_text(GOOD.replace('[page.thing]', 'headers = { Authorization = "Bearer hunter2", X = 5.5 }\n'
                                   'limits = { concurrency = "hunter2" }\n[page.thing]'))
    done = freshet("run", "-c", secret, timeout=20)
    equal(done.returncode, 78, "exit code of a configuration with a secret")
    check("Bearer hunter2" not in done.out + done.err, "a secret is printed")
    fine = folder / "fine.toml"
    fine.write_text(GOOD)
    equal(freshet("check", "-c", fine).returncode, 0, "exit code of check of a good file")
    equal(freshet("check", "-c", fine, "--set", "wait=never").returncode, 78, "a wrong --set")
    equal(freshet("check", "-c", fine, env={"FRESHET_WAIT": "never"}).returncode, 78, "a wrong variable")
    equal(freshet("check", "-c", fine, "--events", "x").returncode, 69, "exit code of recorded events that are not there")
    check("did you mean `status`" in freshet("stauts").err, "an unknown verb")
    check(freshet("--version").out.startswith("freshet "), "--version")
    missing = folder / "missing.toml"
    missing.write_text(GOOD.replace('[page.thing]', 'headers = { X = "${env:NOWHERE}" }\n[page.thing]') + '''
[bus.hook]
kind = "webhook"
listen = "127.0.0.1:1"
path = "/hook"
check = "bearer"
secret = "${env:NO_SECRET}"
topic = "hook"
[bus.broker]
kind = "amqp"
url = "${env:NO_BROKER}"
''')
    done = freshet("check", "-c", missing)
    equal(done.returncode, 0, "exit code of check without the secrets of another machine")
    for name in ("NOWHERE", "NO_SECRET", "NO_BROKER"):
        check(name in done.err, f"check without a secret says {done.err!r}")
    equal(freshet("run", "-c", missing).returncode, 78, "exit code of run without its secrets")
    for words in ((), ("fly",), ("run",), ("run", "--config"), ("replay", "x")):
        equal(freshet(*words).returncode, 2, f"exit code of `freshet {' '.join(words)}`")
    step(f"{len(WRONG) + 7} wrong configurations")


def port_in_use(folder):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        for which in ("listen", "admin"):
            path = folder / f"{which}.toml"
            path.write_text(re.sub(rf'{which} = ".*"', f'{which} = "127.0.0.1:{port}"', GOOD))
            done = freshet("run", "-c", path, timeout=20)
            said = done.out + done.err
            equal(done.returncode, 69, f"exit code with {which} on a taken port")
            check(str(port) in said and "in use" in said, f"{which} on a taken port says {said[-400:]!r}")
    step("a port in use")


def few_descriptors():
    upstream = Upstream()
    upstream.documents["/one"] = {"n": 1}
    server = Server(GOOD.partition("[upstream")[1] + GOOD.partition("[upstream")[2].replace(
        "http://127.0.0.1:9", upstream.url),
        limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    equal(server.get("/things/one.json").json(), {"n": 1}, "a page with 64 descriptors")
    check("descriptors" in server.log(), "the log does not say that descriptors are few")
    crowd = [Connection(server.port) for _ in range(200)]
    for c in crowd[:10]:
        equal(c.get("/things/one.json").status, 200, "a visitor among too many")
    before = cpu_of(server)
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began > 1.0, "a second passes")
    spent = cpu_of(server) - before
    check(spent < 0.5, f"a full server spends {spent:.2f} s of CPU a second")
    for c in crowd:
        c.close()
    look = lambda: get(server.port, "/things/one.json", timeout=2).status == 200
    eventually(look, "a page after the crowd has gone")
    eventually(lambda: server.admin_get("/-/healthy").status == 200, "health after the crowd has gone")
    equal(server.stop(), 0, "exit code with few descriptors")
    step("64 descriptors")


def cpu_of(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100  # utime, stime in ticks


def scenario():
    with tempfile.TemporaryDirectory(prefix="freshet-scenario-") as name:
        wrong_files(pathlib.Path(name))
        port_in_use(pathlib.Path(name))
    few_descriptors()


run(scenario)
