#!/usr/bin/env python3
"""SSE fan-out of the whole product beside the bare loops of the bench-kit, in one sitting.

  bench/sse/fan_out.py --freshet build/bench/freshet --kit ../shared/bench-kit
                       [--subs 1000,9000] [--rounds 3] [--seconds 3] [--only NAME,...]

An event is a line on standard input (an `ndjson` bus); it marks one page, whose upstream answers at
once from the client's CPU; the new version is committed, and its frame of about 200 bytes is sent.
Server on CPU 0, client, publisher and upstream on CPU 1.

  separate  one event under way: each is a send of its own to each subscriber
  together  up to 16 under way: those that wait for a subscriber leave in one send
  latency   one event at a time with pauses: from the publish to the last subscriber

Then what a subscriber costs in memory: of the process, and of the kernel when it does not read.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time
import types

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import memory  # noqa: E402
from server import PAGES, PORT, Freshet  # noqa: E402
from upstream import Upstream  # noqa: E402

REF_PORTS = iter(range(18430, 18999))
ADDRESSES = iter(f"127.0.0.{n}" for n in range(1, 255))


def arguments(a, **more):
    """What run_sse.one of the kit wants to know."""
    out = types.SimpleNamespace(client_cpu=a.client_cpu, sub="", pub="", pub_exec="", bytes=200,
                                duration=a.seconds, events=30, window=1, label="")
    out.__dict__.update(more)
    return out


class Reference:
    """A bare loop of the kit. Each run has one of its own, on a port of its own: thousands of
    connections that have just ended would be in the way of the next ones."""

    def __init__(self, a, kit, mode):
        port = next(REF_PORTS)
        self.process = subprocess.Popen(
            ["taskset", "-c", str(a.server_cpu), str(kit / "build/sse_ref"), str(port), *mode])
        time.sleep(0.3)
        url = f"http://127.0.0.1:{port}/"
        self.more = {"sub": url, "pub": url}


def cases(a, kit, freshet):
    """(label, mode, how to begin it, what run_sse is told)."""
    def ours(query, pages):
        return {"sub": f"http://{next(ADDRESSES)}:{PORT}/-/live?{query}",
                "pub_exec": f"taskset -c {a.client_cpu} python3 {HERE}/publish.py "
                            f"{freshet.fifo} {pages}"}

    def one_page():
        return freshet.process, ours("match=/bench/p00.json", 1)

    def every_page():
        return freshet.process, ours("match_urlpattern=/bench/:page.json", PAGES)

    def ref(*mode):
        made = Reference(a, kit, mode)
        return made.process, made.more

    return [
        ("ref", "rate", ref, {"window": 1}),
        ("freshet", "rate", one_page, {"window": 1}),
        ("ref-uring", "rate", lambda: ref("uring"), {"window": 1}),
        ("ref-4", "rate", ref, {"window": 4}),
        ("together", "rate", every_page, {"window": 16}),
        ("ref-latency", "latency", ref, {}),
        ("latency", "latency", one_page, {}),
    ]


def show(label, n, runs, beside):
    def of(key, which=runs):
        return statistics.median(r[key] for r in which)
    lost = sum(r["published"] - r["complete"] for r in runs)
    cost = f"{of('srv_us_per_delivery'):.2f} us each"
    ref = beside.get("ref" if runs[0]["mode"] == "rate" else "ref-latency")
    if ref:
        times = of("srv_us_per_delivery") / of("srv_us_per_delivery", ref)
        cost += f" = {times:.2f} x ref"
    head = f"{label:12s} {n:6d}  "
    if runs[0]["mode"] == "latency":
        print(head + f"first {of('first_ms'):.2f} median {of('median_ms'):.1f} "
              f"last {of('last_ms'):.1f} ms, {cost}, lost {lost}", flush=True)
        return
    print(head + f"{of('delivered_per_s'):9.0f}/s  {cost} (user {of('srv_user_us'):.2f})  "
          f"cpu0 {of('cpu0_pct'):.0f}% cpu1 {of('cli_pct'):.0f}%, lost {lost}, "
          f"closed {max(r['closed'] for r in runs)}", flush=True)


def one(run_sse, a, n, mode, begin, freshet, more):
    """Again when the subscribers did not get in: a busy machine keeps them waiting at times."""
    for _ in range(3):
        process, where = begin()
        try:
            time.sleep(0.5)
            return run_sse.one(arguments(a, **where, **more), n, mode, [process.pid])
        except SystemExit as e:
            print(f"# again: {str(e).strip()}", flush=True)
        finally:
            if process is not freshet.process:
                process.kill()
                process.wait()
    raise SystemExit("the subscribers could not connect")


def rates(a, kit, run_sse, upstream):
    freshet = Freshet(a.freshet, a.server_cpu, upstream)
    try:
        for n in map(int, a.subs.split(",")):
            runs = {}
            for _ in range(a.rounds):
                for label, mode, begin, more in cases(a, kit, freshet):
                    if a.only and label not in a.only.split(","):
                        continue
                    got = one(run_sse, a, n, mode, begin, freshet, more)
                    runs.setdefault(label, []).append(got)
            for label, each in runs.items():
                show(label, n, each, runs)
    finally:
        freshet.stop()


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--freshet", default="build/bench/freshet")
    p.add_argument("--kit", default="../shared/bench-kit")
    p.add_argument("--subs", default="1000,9000")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=3)
    p.add_argument("--only", default="", help="some of the lines; `memory` for the memory alone")
    p.add_argument("--server-cpu", type=int, default=0)
    p.add_argument("--client-cpu", type=int, default=1)
    a = p.parse_args()
    kit = pathlib.Path(a.kit).resolve()
    sys.path.insert(0, str(kit))
    import run_sse
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {a.client_cpu})
    upstream = Upstream()
    if a.only != "memory":
        rates(a, kit, run_sse, upstream)
    if not a.only or "memory" in a.only.split(","):
        memory.process_memory(a, kit, upstream)
        memory.kernel_memory(a, upstream)


main()
