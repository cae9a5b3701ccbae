#!/usr/bin/env python3
"""The HTTP side of freshet against a bare epoll loop and against what one would use instead.

  measure.py                                          every case of the product, x ref
  measure.py --peers nginx-cache,varnish,haproxy      the same beside the caches that do this job
  measure.py --freshet before=PATH --freshet after=PATH --cases 1k,pipe16
  measure.py sizes | keys                             pages of 256 B .. 1 MiB; 1,000 .. 2,000,000 pages
  measure.py loops                                    CPU per request of loops = 2 over loops = 1
  measure.py first-byte                               from start to the first byte served

The server has CPU 0, the client CPU 1. `x ref` is the server's CPU time per request over that of the
kit's reference server (an epoll loop that parses nothing, 1 KiB, 64 connections) measured just
before, so that the drift of a shared machine cancels; trust it to +-10 %. Everything is on loopback.
--kit (or FRESHET_BENCH_KIT) names the folder with the clients, the reference and the peers.
"""
import argparse, collections, contextlib, io, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time, urllib.request

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
"""


class freshet:
    """the whole product in front of an origin that serves the documents"""

    def __init__(self, path, origin, loops=1, memory="2GiB", cpu="0", wait=0.02):
        self.work = tempfile.mkdtemp(prefix="freshet-bench-")
        self.base = f"http://127.0.0.1:{PORT}"
        config = os.path.join(self.work, "freshet.toml")
        pathlib.Path(config).write_text(
            CONFIG.format(port=PORT, work=self.work, origin=origin, loops=loops, memory=memory))
        self.log = open(os.path.join(self.work, "log"), "w")
        # FRESHET_* in the environment is configuration, FRESHET_BENCH_KIT is none.
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FRESHET_")}
        self.process = subprocess.Popen(["taskset", "-c", cpu, path, "run", "-c", config], env=clean,
                                        stdout=self.log, stderr=self.log)
        end = time.monotonic() + 15
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("freshet did not start: " + open(self.log.name).read()[-2000:])
            time.sleep(wait)

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
                      "--retries", a.retries, "--out", a.out, *args)


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


def with_origin(kit, what):
    kit.peers.start("origin")
    try:
        what()
    finally:
        kit.peers.stop("origin")


def run_matrix(kit, a):
    labels = [label for label, _ in a.freshet] + a.peers
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
    print_table(a, labels)


def run_first_byte(kit, a):
    """from exec to the first byte served, ten starts"""
    for label, path in a.freshet:
        took = []
        for _ in range(10):
            began = time.monotonic()
            server = freshet(path, kit.peers.PORTS["origin"], wait=0.001)
            took.append(1000 * (time.monotonic() - began))
            server.stop()
        print(f"{label}: start to first byte {statistics.median(took):.0f} ms [{min(took):.0f}-{max(took):.0f}]")


def cpu_per_request(kit, server, a, conns):
    """one client on the same two CPUs"""
    pids = kit.bench.family({server.process.pid})
    before = sum(kit.bench.cpu_of(pids))
    done = subprocess.run(["taskset", "-c", "0,1", f"{a.kit}/build/loadgen", "--url", server.base + "/1k.json",
                           "--conns", str(conns), "--duration", str(a.seconds)], capture_output=True, text=True, check=True)
    spent = sum(kit.bench.cpu_of(pids)) - before
    return 1e6 * spent / json.loads(done.stdout)["total_requests"]


def run_loops(kit, a):
    """with 64 connections the client keeps two loops waiting, with 512 it does not"""
    for label, path in a.freshet:
        ratios = collections.defaultdict(list)
        for rnd in range(a.rounds):
            found = {}
            for loops in (1, 2) if rnd % 2 == 0 else (2, 1):
                server = freshet(path, kit.peers.PORTS["origin"], loops=loops, cpu="0,1")
                try:
                    warm(kit, server.base, [])
                    for conns in (64, 512):
                        found[loops, conns] = cpu_per_request(kit, server, a, conns)
                finally:
                    server.stop()
            for conns in (64, 512):
                one, two = found[1, conns], found[2, conns]
                ratios[conns].append(two / one)
                print(f"{label}: {conns} connections, loops = 1 {one:.2f} us, loops = 2 {two:.2f} us a request")
        for conns, each in ratios.items():
            print(f"{label}: {conns} connections, loops = 2 over 1: {statistics.median(each):.2f} "
                  f"[{min(each):.2f}-{max(each):.2f}], goal 1.10")


def run_sizes(kit, a):
    """the product, page by page; through wrk, which copies what it gets"""
    for label, path in a.freshet:
        print(f"\n| page bytes | x ref, {label} | req/s | p50 us | limit |\n|---|---|---|---|---|")
        server = freshet(path, kit.peers.PORTS["origin"])
        try:
            for size in (256, 1024, 4096, 16384, 65536, 131072, 262144, 1048576):
                (kit.peers.DOCS / f"size-{size}.json").write_text(kit.peers.page(size, 1))
                url = f"{server.base}/size-{size}.json"
                for _ in range(3):
                    fetch(url)
                ref = kit.quietly(kit.bench.calibrate)
                s = kit.quietly(kit.bench.run, "--url", url, "--client", "wrk", "--runs", 1, "--seconds", a.seconds)[0]
                print(f"| {size} | {s['srv_us'] / ref:.2f} | {s['rps']:.0f} | {s['p50_us']:.0f} | {s['limit']} |", flush=True)
        finally:
            server.stop()


def run_keys(kit, a):
    """the public listener over a filled cache: a million pages are filled in seconds"""
    huge = {**os.environ, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # as `freshet run` does by itself
    print("\n| keys of 256 bytes | x ref | user us | process MiB | p50 us |\n|---|---|---|---|---|")
    for keys in (1000, 10_000, 100_000, 1_000_000, 2_000_000):
        server = subprocess.Popen(["taskset", "-c", "0", a.front, str(PORT), str(keys), "256"], env=huge)
        try:
            while True:
                try:
                    fetch(f"http://127.0.0.1:{PORT}/1k.json")
                    break
                except OSError:
                    time.sleep(0.1)
            ref = kit.quietly(kit.bench.calibrate)
            s = kit.quietly(kit.bench.run, "--url", f"http://127.0.0.1:{PORT}/k/KEY", "--keys", keys, "--client",
                            "loadgen", "--runs", 1, "--seconds", a.seconds)[0]
            rss = kit.bench.rss_of({server.pid}) / 1024
            print(f"| {keys} | {s['srv_us'] / ref:.2f} | {s['user_us']:.2f} | {rss:.0f} | {s['p50_us']:.0f} |", flush=True)
        finally:
            server.kill()
            server.wait()


def quietly(call, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return call(*arguments)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", nargs="?", default="matrix", choices=["matrix", "sizes", "keys", "loops", "first-byte"])
    p.add_argument("--kit", default=os.environ.get("FRESHET_BENCH_KIT", str(ROOT.parent / "shared/bench-kit")))
    p.add_argument("--freshet", action="append", default=[], help="PATH or LABEL=PATH; several are compared")
    p.add_argument("--front", default=str(ROOT / "build/bench/bench/bench_http_front"))
    p.add_argument("--peers", default="", help="of the kit: nginx-cache,varnish,haproxy,h2o,nginx-file,...")
    p.add_argument("--cases", default=",".join(CASES))
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=int, default=4)
    p.add_argument("--retries", type=int, default=1, help="of a run that other processes disturbed")
    p.add_argument("--out", default="", help="rows as JSON lines; those of an earlier run are kept and counted")
    a = p.parse_args()
    a.cases = a.cases.split(",")
    a.peers = [x for x in a.peers.split(",") if x]
    a.freshet = [tuple(x.split("=", 1)) if "=" in x else ("freshet", x)
                 for x in a.freshet or [str(ROOT / "build/bench/freshet")]]
    a.out = a.out or os.path.join(tempfile.mkdtemp(prefix="freshet-http-"), "rows.jsonl")
    return a


def main():
    a = arguments()
    sys.path.insert(0, a.kit)
    import bench, peers
    peers.docs()
    kit = collections.namedtuple("kit", "bench peers quietly")(bench, peers, quietly)
    if a.what == "keys":
        return run_keys(kit, a)
    if a.what == "matrix":
        print("rows:", a.out)
    what = {"matrix": run_matrix, "sizes": run_sizes, "loops": run_loops, "first-byte": run_first_byte}[a.what]
    with_origin(kit, lambda: what(kit, a))


if __name__ == "__main__":
    main()
