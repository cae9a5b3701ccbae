"""The product under measurement: its configuration, its process, what it says of itself."""
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

PORT, ADMIN = 18421, 18422
PAGES = 64
BODY = 8000  # of a `full` page: inlined into its frame
CONFIG = """listen = ["0.0.0.0:{port}"]
admin = "127.0.0.1:{admin}"
stream_age = "2h"
limits = {{ streams = 20000, connections = 20000, write_timeout = "60s" }}
[bus.in]
kind = "ndjson"
file = "-"
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:{upstream}"
limits = {{ concurrency = 64, rate = "100000/s" }}
[page.bench]
path = "/bench/{{page}}.json"
fetch = [{{ upstream = "origin", get = "/small/{{page}}" }}]
on = [{{ topic = "bench.page", set = {{ page = "/msg/page" }} }}]
[page.full]
path = "/full/{{page}}.json"
push = "full"
fetch = [{{ upstream = "origin", get = "/large/{{page}}" }}]
on = [{{ topic = "bench.full", set = {{ page = "/msg/page" }} }}]
"""


class Freshet:
    """Standard input is a FIFO that stays open: a line written to it is an event."""

    def __init__(self, binary, cpu, upstream):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-bench-"))
        self.fifo = self.folder / "bus"
        os.mkfifo(self.fifo)
        config = self.folder / "bench.toml"
        config.write_text(CONFIG.format(port=PORT, admin=ADMIN, upstream=upstream.port))
        self.bus = os.open(self.fifo, os.O_RDWR)
        self.count = 0
        with open(self.folder / "log", "wb") as log, open(self.fifo, "rb") as stdin:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(cpu), binary, "run", "-c", str(config)],
                stdin=stdin, stdout=log, stderr=log)
        self.ready()
        for n in range(PAGES):
            self.get(f"/bench/p{n:02}.json")
        self.get("/full/p00.json")

    def get(self, path, port=PORT):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).read().decode()

    def ready(self):
        for _ in range(200):
            try:
                return self.get("/-/ready", ADMIN)
            except OSError:
                time.sleep(0.05)
        raise SystemExit("freshet did not start: " + (self.folder / "log").read_text())

    def publish(self, topic, page):
        """One event; the caller waits for what it does."""
        self.count += 1
        os.write(self.bus, f'{{"topic":"{topic}","msg_id":"{os.getpid()}-m{self.count}",'
                           f'"msg":{{"page":"{page}"}}}}\n'.encode())

    def metric(self, name):
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.get("/metrics", ADMIN).splitlines() if line.startswith(name))

    def until(self, name, least):
        end = time.monotonic() + 30
        while self.metric(name) < least:
            if time.monotonic() > end:
                raise SystemExit(f"{name} did not reach {least} within 30 s")
            time.sleep(0.05)

    def rss(self):
        for line in open(f"/proc/{self.process.pid}/smaps_rollup"):
            if line.startswith("Rss:"):
                return 1024 * int(line.split()[1])
        return 0

    def stop(self):
        self.process.kill()
        self.process.wait()
