#!/usr/bin/env python3
"""What the journal costs the visitors: the whole product with and without `state`, in turn.

    bench/journal_cost.py --freshet build/bench/freshet --kit ../bench-kit
    bench/journal_cost.py --freshet build/bench/freshet --kit ../bench-kit --changes 0,200,5000

Visitors ask for one page of 1 KiB over 64 connections while events change so many other pages a
second: each is fetched from an nginx whose every answer differs, committed, and with `state` written.
The server has CPU 0, everybody else CPU 1. `home` is the CPU time of the server's first thread.
"""
import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")
PAGES = 5000
PADDING = "x" * 900

NGINX = """daemon off; worker_processes 1; error_log {folder}/nginx.log; pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; default_type application/json;
  server {{ listen 127.0.0.1:{port};
    location = /1k.json {{ return 200 '{{"pad":"{pad}"}}'; }}
    location / {{ return 200 '{{"n":"$request_id","pad":"{pad}"}}'; }} }} }}
"""
FRESHET = """listen = ["127.0.0.1:{port}"]
admin = "127.0.0.1:{admin}"
{state}
[bus.in]
kind = "ndjson"
file = "-"
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:{origin}"
limits = {{ concurrency = 64, rate = "100000/s" }}
[page.hot]
path = "/1k.json"
fetch = [{{ upstream = "origin", get = "/1k.json" }}]
[page.changing]
path = "/p/{{n}}.json"
fetch = [{{ upstream = "origin", get = "/p/{{n}}" }}]
on = [{{ topic = "bench.page", set = {{ n = "/msg/n" }} }}]
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20).read().decode()


def until_served(port, path):
    for _ in range(200):
        try:
            return get(port, path)
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


class Origin:
    def __init__(self):
        self.folder, self.port = tempfile.TemporaryDirectory(prefix="freshet-bench-"), free_port()
        config = pathlib.Path(self.folder.name) / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder.name, port=self.port, pad=PADDING))
        self.process = subprocess.Popen(["taskset", "-c", "1", "nginx", "-c", config])
        until_served(self.port, "/1k.json")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class Server:
    def __init__(self, binary, origin, with_state):
        self.folder = tempfile.TemporaryDirectory(prefix="freshet-bench-")
        self.port, self.admin = free_port(), free_port()
        folder = pathlib.Path(self.folder.name)
        state = f'state = "{folder}/state.db"' if with_state else ""
        config = folder / "freshet.toml"
        config.write_text(FRESHET.format(port=self.port, admin=self.admin, state=state,
                                         origin=origin.port))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FRESHET_")}
        self.process = subprocess.Popen(["taskset", "-c", "0", binary, "run", "-c", config], env=clean,
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=open(folder / "log", "w"))
        until_served(self.port, "/1k.json")
        for n in range(PAGES):
            get(self.port, f"/p/{n}.json")

    def publish(self, per_second, stop):
        sent, begin = 0, time.monotonic()
        while not stop.wait(0.01):
            due = int((time.monotonic() - begin) * per_second)
            lines = "".join(f'{{"topic":"bench.page","msg_id":"{os.getpid()}-{self.port}-{k}",'
                            f'"msg":{{"n":{k % PAGES}}}}}\n' for k in range(sent, due))
            self.process.stdin.write(lines.encode())
            self.process.stdin.flush()
            sent = due

    def metric(self, name, *labels):
        return sum(float(line.rsplit(" ", 1)[1]) for line in get(self.admin, "/metrics").splitlines()
                   if line.startswith(name) and all(label in line for label in labels))

    def home_seconds(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/stat").read_text()
        words = text.rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / TICKS

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def measure(a, origin, with_state, changes):
    server = Server(a.freshet, origin, with_state)
    stop = threading.Event()
    writer = threading.Thread(target=server.publish, args=(changes, stop))
    try:
        writer.start()
        time.sleep(1)
        changed = server.metric("freshet_refreshes_total", 'result="changed"')
        home, begin = server.home_seconds(), time.monotonic()
        load = json.loads(subprocess.run(
            ["taskset", "-c", "1", a.kit / "build/loadgen", "--url", f"http://127.0.0.1:{server.port}/1k.json",
             "--conns", "64", "--duration", str(a.seconds)], capture_output=True, text=True, check=True).stdout)
        home, took = server.home_seconds() - home, time.monotonic() - begin
        changed = server.metric("freshet_refreshes_total", 'result="changed"') - changed
        return {"rps": load["rps"], "p50 us": load["p50_us"], "p99 us": load["p99_us"],
                "home us a request": 1e6 * home / load["total_requests"], "changes/s": changed / took,
                "lag s": server.metric("freshet_journal_lag_seconds"),
                "unsaved": server.metric("freshet_journal_unsaved_pages")}
    finally:
        stop.set()
        writer.join()
        server.stop()


def main():
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--freshet", type=pathlib.Path, required=True)
    read.add_argument("--kit", type=pathlib.Path, required=True)
    read.add_argument("--changes", default="0,200,5000", help="a second")
    read.add_argument("--seconds", type=int, default=4)
    read.add_argument("--rounds", type=int, default=4)
    a = read.parse_args()
    origin = Origin()
    try:
        for changes in map(int, a.changes.split(",")):
            found = {False: [], True: []}
            for turn in range(a.rounds):
                for with_state in (turn % 2 == 0, turn % 2 != 0):
                    found[with_state].append(measure(a, origin, with_state, changes))
            print(f"\n{changes} changes a second | " + " | ".join(found[True][0]))
            for with_state, rows in found.items():
                cells = [f"{statistics.median(r[k] for r in rows):.1f} "
                         f"[{min(r[k] for r in rows):.1f}-{max(r[k] for r in rows):.1f}]" for k in rows[0]]
                print(("with state" if with_state else "memory only") + " | " + " | ".join(cells), flush=True)
    finally:
        origin.stop()


if __name__ == "__main__":
    main()
