#!/usr/bin/env python3
"""A restart with many pages in the journal: from exec to the first page, and until all are back.

  bench/restart.py --freshet build/bench/freshet [--pages 200000] [--bytes 8000] [--rounds 3]

One page is built by the server itself; its row and its body are then written so many times under
other names, which is what a warm site leaves. After a clean stop nothing is asked of the upstream;
after kill -9 every page is in doubt, is served all the same, and is built again at `warm.rate`.
"""
import argparse
import http.client
import http.server
import json
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time


class Origin(http.server.BaseHTTPRequestHandler):
    body, calls = b"", 0

    def do_GET(self):
        Origin.calls += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


def document(size):
    """JSON that shrinks about as a list of builds does."""
    dice, rows, length = random.Random(1), [], 2
    while length < size:
        rows.append({"build_id": dice.randrange(1 << 32), "owner": "somebody", "state": 1})
        length += len(json.dumps(rows[-1], separators=(",", ":"))) + 1
    return json.dumps(rows, separators=(",", ":")).encode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Site:
    def __init__(self, freshet, upstream):
        self.freshet, self.folder = freshet, pathlib.Path(tempfile.mkdtemp(prefix="freshet-restart-"))
        self.port, self.admin = free_port(), free_port()
        (self.folder / "events").touch()
        (self.folder / "freshet.toml").write_text(f'''
listen = ["127.0.0.1:{self.port}"]
admin = "127.0.0.1:{self.admin}"
state = "{self.folder}/state.db"
memory = "4GiB"
[bus.in]
kind = "ndjson"
file = "{self.folder}/events"
follow = true
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:{upstream}"
[page.thing]
path = "/things/{{thing}}.json"
fetch = [{{ upstream = "origin", get = "/{{thing}}" }}]
on = [{{ topic = "thing.changed", set = {{ thing = "/msg/thing" }} }}]
''')

    def start(self):
        """Seconds until a page is served, and until all bodies are in memory."""
        began = time.perf_counter()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.freshet, "run", "-c", self.folder / "freshet.toml"],
                                            stdout=log, stderr=log)
        while True:
            try:
                status, state = self.get("/things/t0.json")
                break
            except OSError:
                time.sleep(0.002)
        first = time.perf_counter() - began
        while any("bodies to read" in x for x in self.ready()["degraded"]):
            time.sleep(0.02)
        return first, time.perf_counter() - began, status, state

    def get(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.port)
        c.request("GET", path)
        answer = c.getresponse()
        answer.read()
        return answer.status, (answer.getheader("Freshness") or "").split(",")[0]

    def ready(self):
        c = http.client.HTTPConnection("127.0.0.1", self.admin)
        c.request("GET", "/-/ready")
        return json.loads(c.getresponse().read())

    def rss(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) >> 10

    def end(self, number):
        began = time.perf_counter()
        self.process.send_signal(number)
        self.process.wait()
        return time.perf_counter() - began


def multiply(path, pages):
    """The one page's row and body, under so many names."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    for table, key in (("page", "path"), ("body", None)):
        names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        template = dict(zip(names, db.execute(f"SELECT * FROM {table}").fetchone()))
        version = template["version"]

        def rows():
            for n in range(1, pages):
                row = dict(template, id=template["id"] + n, version=version + n)
                if key:
                    row.update(path=f"/things/t{n}.json", have=version + n,
                               parts=(version + n).to_bytes(8, "little") * 2)
                yield tuple(row.values())
        db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(names))})", rows())
    db.execute("UPDATE meta SET value=? WHERE name='changed'", (version + pages,))
    db.execute("UPDATE meta SET value=? WHERE name='reserved'", (version + pages + 1,))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--freshet", required=True)
    p.add_argument("--pages", type=int, default=200_000)
    p.add_argument("--bytes", type=int, default=8000)
    p.add_argument("--rounds", type=int, default=3)
    a = p.parse_args()
    Origin.body = document(a.bytes)
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    site = Site(a.freshet, origin.server_address[1])
    try:
        site.start()
        site.end(signal.SIGTERM)
        multiply(site.folder / "state.db", a.pages)
        size = (site.folder / "state.db").stat().st_size >> 20
        print(f"{a.pages} pages of {len(Origin.body)} B, a file of {size} MiB")
        for name, number in (("clean stop", signal.SIGTERM), ("kill -9", signal.SIGKILL)):
            firsts, wholes = [], []
            for n in range(a.rounds + 1):
                first, whole, status, state = site.start()
                calls, rss = Origin.calls, site.rss()
                stopped = site.end(number)
                if n == 0:
                    continue  # after the end of the kind before
                firsts.append(first)
                wholes.append(whole)
            print(f"{name}: first page after {statistics.median(firsts):.2f} s ({status}, {state}), all bodies after "
                  f"{statistics.median(wholes):.2f} s, {rss} MiB, {calls} calls so far, ended in {stopped:.2f} s")
    finally:
        if site.process.poll() is None:
            site.end(signal.SIGKILL)
        shutil.rmtree(site.folder, ignore_errors=True)


main()
