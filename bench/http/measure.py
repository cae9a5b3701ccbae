#!/usr/bin/env python3
"""The HTTP side of freshet against a bare epoll loop and against what one would use instead.

  bench/http/measure.py --kit ../shared/bench-kit                       the product alone: x ref of every case
  bench/http/measure.py --kit KIT --peers nginx-cache,varnish,haproxy   the same beside the caches that do this job
  bench/http/measure.py --kit KIT --freshet before=PATH --freshet after=PATH --cases 1k,pipe16
  bench/http/measure.py --kit KIT --curves                              page sizes 256 B .. 1 MiB, 1k .. 2M keys
  bench/http/measure.py --kit KIT --loops                               CPU per request of loops = 2 over loops = 1

The server has CPU 0, the client CPU 1. `x ref` is the server's CPU time per request over that of the
kit's reference server (an epoll loop that parses nothing, 1 KiB, 64 connections) measured just
before, so that the drift of a shared machine cancels; trust it to +-10 %. Everything is on loopback.
"""
import argparse, collections, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = 18020

# name: (what to ask for, connections, client, further arguments of the kit's bench.py, goal)
CASES = collections.OrderedDict([
    ("1k", ("/1k.json", 64, "loadgen", [], 1.10)),
    ("1k-512", ("/1k.json", 512, "loadgen", [], 1.10)),
    ("keys", ("/k/KEY", 64, "loadgen", ["--keys", "100000"], 1.25)),
    ("pipe16", ("/1k.json", 64, "loadgen", ["--pipeline", "16"], 0.13)),
    ("304", ("/1k.json", 64, "loadgen", ["--expect", "304"], 1.05)),
    ("16k", ("/16k.json", 64, "wrk", [], 1.40)),
    ("128k", ("/128k.json", 64, "wrk", [], 4.30)),
])

CONFIG = """
listen = ["127.0.0.1:{port}"]
admin = "{work}/admin.sock"
memory = "{memory}"
loops = {loops}
[limits]
connections = 20000
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:{origin}"
limits = {{ concurrency = 64 }}
[page.document]
path = "/{{name}}.json"
fetch = [{{ upstream = "origin", get = "/{{name}}.json" }}]
[page.key]
path = "/k/{{key}}"
fetch = [{{ upstream = "origin", get = "/k/{{key}}" }}]
{more}
"""


class freshet:
    """the whole product in front of an origin that serves the documents"""

    def __init__(self, path, origin, loops=1, memory="2GiB", more="", cpu="0"):
        self.work = tempfile.mkdtemp(prefix="freshet-bench-")
        self.base = f"http://127.0.0.1:{PORT}"
        config = os.path.join(self.work, "freshet.toml")
        pathlib.Path(config).write_text(
            CONFIG.format(port=PORT, work=self.work, origin=origin, loops=loops, memory=memory, more=more))
        self.log = open(os.path.join(self.work, "log"), "w")
        self.process = subprocess.Popen(["taskset", "-c", cpu, path, "run", "-c", config],
                                        stdout=self.log, stderr=self.log)
        end = time.monotonic() + 15
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("freshet did not start: " + open(self.log.name).read()[-2000:])
            time.sleep(0.02)

    def answers(self):
        try:
            urllib.request.urlopen(self.base + "/").read()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.work)


def fetch(url):
    with urllib.request.urlopen(url) as r:
        r.read()
        return r.headers


def warm(kit, base, cases):
    for name in ("1k", "16k", "128k"):
        for _ in range(3):
            fetch(f"{base}/{name}.json")
    if "keys" in cases:
        kit.bench.run("--url", base + "/k/KEY", "--keys", 100000, "--client", "loadgen", "--runs", 1,
                      "--seconds", 10, "--case", "warm", "--label", "warm-up", "--retries", 0)


def measure(kit, base, label, a, rnd):
    """each case beside a run of the reference server; rows go to a.out"""
    for case in a.cases:
        doc, conns, client, more, _ = CASES[case]
        args = list(more)
        if case == "304":
            args += ["--header", "If-None-Match: " + fetch(base + doc)["ETag"]]
        ref = kit.bench.calibrate(a.out, label, rnd)
        kit.bench.run("--url", base + doc, "--case", case, "--conns", conns, "--client", client, "--runs", 1,
                      "--seconds", a.seconds, "--ref-us", ref, "--round", rnd, "--label", label,
                      "--out", a.out, *args)


def print_table(a, labels):
    """x ref by case and server: medians over the rounds"""
    rows = [json.loads(line) for line in open(a.out)]
    found = collections.defaultdict(list)
    for r in rows:
        if r.get("ref_us"):
            found[(r["label"], r["case"])].append(r["srv_us"] / r["ref_us"])
    print("\n| case | goal | " + " | ".join(labels) + " |\n|---|---|" + "---|" * len(labels))
    for case in a.cases:
        cells = []
        for label in labels:
            ratios = found.get((label, case))
            cells.append(f"{statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]" if ratios else "-")
        print(f"| {case} | {CASES[case][4]:.2f} | " + " | ".join(cells) + " |")


def run_matrix(kit, a):
    labels = [label for label, _ in a.freshet] + a.peers
    kit.peers.start("origin")
    try:
        for rnd in range(a.rounds):
            for label, path in a.freshet:
                server = freshet(path, kit.peers.PORTS["origin"])
                try:
                    warm(kit, server.base, a.cases)
                    measure(kit, server.base, label, a, rnd)
                finally:
                    server.stop()
            for peer in a.peers:
                kit.peers.start(peer)
                try:
                    base = f"http://127.0.0.1:{kit.peers.PORTS[peer]}"
                    warm(kit, base, a.cases)
                    measure(kit, base, peer, a, rnd)
                finally:
                    kit.peers.stop(peer)
    finally:
        kit.peers.stop("origin")
    print_table(a, labels)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--kit", default=os.environ.get("FRESHET_BENCH_KIT", str(ROOT.parent / "shared/bench-kit")))
    p.add_argument("--freshet", action="append", default=[], help="PATH or LABEL=PATH; several are compared")
    p.add_argument("--peers", default="", help="of the kit: nginx-cache,varnish,haproxy,h2o,nginx-file,...")
    p.add_argument("--cases", default=",".join(CASES))
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=int, default=4)
    p.add_argument("--out", default="")
    a = p.parse_args()
    a.cases = a.cases.split(",")
    a.peers = [x for x in a.peers.split(",") if x]
    a.freshet = [tuple(x.split("=", 1)) if "=" in x else ("freshet", x)
                 for x in a.freshet or [str(ROOT / "build/bench/app/freshet")]]
    a.out = a.out or tempfile.mktemp(prefix="freshet-http-", suffix=".jsonl")
    return a


def main():
    a = arguments()
    sys.path.insert(0, a.kit)
    import bench, peers
    peers.docs()
    kit = collections.namedtuple("kit", "bench peers")(bench, peers)
    print("rows:", a.out)
    run_matrix(kit, a)


if __name__ == "__main__":
    main()
