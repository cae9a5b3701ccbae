#!/usr/bin/env python3
"""ZeroMQ ingest against zmq_ref, and event to stream against sse_ref: each pair in one run.

    bench/connectors/event_path.py ingest --freshet build/bench/freshet --kit ../bench-kit
    bench/connectors/event_path.py stream --freshet build/bench/freshet --kit ../bench-kit

The server, and the reference after it, run on CPU 0, the clients on CPU 1; loopback only. The
programs bench_bus_flood and bench_event_to_stream are looked for beside `freshet`.
"""
import argparse
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pinned(cpu, *words, **how):
    return subprocess.Popen(["taskset", "-c", str(cpu), *map(str, words)], **how)


def end(process):
    process.terminate()
    process.wait(timeout=20)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Server:
    def __init__(self, options, text):
        self.port, self.admin = free_port(), free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="freshet-bench-")
        file = pathlib.Path(self.folder.name) / "freshet.toml"
        file.write_text(f'listen = ["127.0.0.1:{self.port}"]\nadmin = "127.0.0.1:{self.admin}"\n'
                        + text)
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FRESHET_")}
        self.log = open(pathlib.Path(self.folder.name) / "log", "wb")
        self.process = pinned(0, options.freshet, "run", "-c", file, env=clean, stdout=self.log,
                              stderr=self.log)
        for _ in range(200):
            try:
                self.get("/-/ready")
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server is not ready: " + (pathlib.Path(self.log.name)).read_text())

    def get(self, path, admin=True):
        port = self.admin if admin else self.port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics").splitlines()
                   if re.match(re.escape(name) + r"[ {]", line))

    def stop(self):
        end(self.process)
        self.log.close()
        self.folder.cleanup()


def ingest_once(options, tools):
    bus = free_port()
    publisher = pinned(1, tools / "bench_bus_flood", bus, options.bytes, 100)
    server = Server(options, f"""
[bus.flood]
kind = "zmq"
connect = ["tcp://127.0.0.1:{bus}"]
hwm = 20000
[upstream.u]
kind = "demo"
[page.k]
path = "/k/{{name}}.json"
fetch = [{{ upstream = "u", get = "/builds/guake" }}]
on = [{{ topic = "org.fedoraproject.*.flood.#", set = {{ name = "/msg/name" }}, coalesce = "1s" }}]
""")
    try:
        for n in range(100):
            server.get(f"/k/page{n}.json", admin=False)
        time.sleep(1)
        names = ("freshet_bus_messages_total", "freshet_bus_marks_total",
                 "freshet_bus_duplicates_total", "freshet_bus_dropped_total")
        before = [server.metric(n) for n in names]
        cpu, begin = cpu_seconds(server.process.pid), time.monotonic()
        time.sleep(options.seconds)
        after = [server.metric(n) for n in names]
        cpu, took = cpu_seconds(server.process.pid) - cpu, time.monotonic() - begin
    finally:
        server.stop()
    messages, marks, duplicates, dropped = (b - a for a, b in zip(before, after))
    try:
        reference = pinned(0, options.kit / "build/zmq_ref", "sub", bus, options.seconds, "parse",
                           stdout=subprocess.PIPE, text=True)
        said = reference.communicate()[0]
    finally:
        end(publisher)
    limit = float(said.split()[0])
    print(f"freshet {messages / took:9.0f} messages/s, {1e6 * cpu / messages:.2f} us CPU each, "
          f"marks {marks / took:.0f}/s, duplicates {duplicates:.0f}, dropped {dropped:.0f}")
    print(f"zmq_ref {limit:9.0f} messages/s   ({said.strip()})")
    print(f"  of zmq_ref sub parse: {messages / took / limit:.2f}", flush=True)


def stream_once(options, tools):
    client = tools / "bench_event_to_stream"
    pages = ("/builds/guake.json", "/bugs/guake.json", "/updates/guake.json")
    text = '[bus.b]\nkind = "demo"\nrate = 0.001\n[upstream.u]\nkind = "demo"\n'
    for page in pages:
        kind = page.split("/")[1]
        text += (f'[page.{kind}]\npath = "/{kind}/{{p}}.json"\n'
                 f'fetch = [{{ upstream = "u", get = "/{kind}/{{p}}" }}]\n'
                 'on = [{ topic = "org.#", all = true }]\n')
    server = Server(options, text)
    try:
        for page in pages:
            server.get(page, admin=False)
        stream = "/.well-known/mercure?" + "&".join("match=" + page for page in pages)
        for hits in (0, options.hits):
            print(f"freshet, {hits} hits/s asked: ", end="", flush=True)
            subprocess.run(["taskset", "-c", "1", client, str(server.port), "/-/demo/event", stream,
                            pages[0], str(hits), str(options.seconds)], check=True)
    finally:
        server.stop()
    port = free_port()
    reference = pinned(0, options.kit / "build/sse_ref", port)
    time.sleep(0.3)
    try:
        print("sse_ref, POST to frame:  ", end="", flush=True)
        subprocess.run(["taskset", "-c", "1", client, str(port), "POST /pub", "/sub", "/", "0",
                        str(options.seconds)], check=True)
    finally:
        end(reference)


def main():
    read = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("what", choices=("ingest", "stream"))
    read.add_argument("--freshet", type=pathlib.Path, required=True)
    read.add_argument("--kit", type=pathlib.Path, required=True)
    read.add_argument("--bytes", type=int, default=1024)
    read.add_argument("--hits", type=int, default=20000)
    read.add_argument("--seconds", type=int, default=5)
    read.add_argument("--rounds", type=int, default=3)
    read.add_argument("--tools", type=pathlib.Path)
    options = read.parse_args()
    tools = options.tools or options.freshet.resolve().parent / "bench/connectors"
    for _ in range(options.rounds):
        (ingest_once if options.what == "ingest" else stream_once)(options, tools)


if __name__ == "__main__":
    main()
