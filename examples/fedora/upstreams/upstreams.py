#!/usr/bin/env python3
"""Stand-ins for Fedora's systems: a Koji hub, a Bugzilla, Bodhi, mdapi, dist-git and Hubs, all on
one address, with data of their own and the answer times of the real ones.

    upstreams.py --port 7000                  # /kojihub /bugzilla /bodhi /mdapi /distgit /hubs /datagrepper
    upstreams.py --port 0 --fast              # any free port, printed first; no answer times
    upstreams.py --corpus ../shared/corpus    # recorded answers where there are some

The truth can be moved:

    curl -d '{"path": ["packages", "guake", "owner"], "value": "ralph"}' localhost:7000/-/set
    curl -d '{"path": ["documents", "/mdapi/rawhide/srcpkg/guake"]}' localhost:7000/-/set   # away
    curl -d '{"path": ["down", "-"], "value": "koji"}' localhost:7000/-/set                 # 503
    curl localhost:7000/-/world               # all there is
    curl localhost:7000/-/calls               # who was asked how often

Python 3.9 or later, nothing else. Do not let strangers reach it.
"""
import argparse
import http.server
import json
import pathlib
import re
import sys
import time
import urllib.parse
import zlib

from bugzilla import Bugzilla
from documents import SYSTEMS
from koji_hub import KojiHub
from world import World

# Milliseconds at 0, 50, 90 and 100 %, as they were measured at the real ones.
LATENCY = {"mdapi": (140, 217, 298, 404), "distgit": (111, 159, 180, 195),
           "bodhi": (279, 320, 360, 375), "koji": (150, 250, 400, 900),
           "bugzilla": (900, 1800, 4000, 9000), "hubs": (5, 10, 20, 30),
           "datagrepper": (300, 800, 2000, 4000)}
PER_CALL = 20  # milliseconds more for each call inside a multiCall
BODY_MAX = 8 << 20


def latency(system, text, calls=1):
    """Seconds; the same question takes the same time on every run."""
    at = zlib.crc32(text.encode("utf-8", "replace")) % 1000 / 10
    low, half, most, all_ = LATENCY[system]
    for start, end, a, b in ((0, 50, low, half), (50, 90, half, most), (90, 100, most, all_)):
        if at < end:
            return (a + (b - a) * (at - start) / (end - start) + PER_CALL * (calls - 1)) / 1000
    return all_ / 1000


def recorded_documents(folder):
    """target -> document, out of recorded exchanges with mdapi and dist-git."""
    found = {}
    file = pathlib.Path(folder) / "upstream_http.ndjson" if folder else None
    if not file or not file.exists():
        return found
    starts = {"https://apps.fedoraproject.org/mdapi": "/mdapi",
              "https://src.fedoraproject.org": "/distgit"}
    for line in file.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        for start, prefix in starts.items():
            if not record["uri"].startswith(start + "/") or record["status"]["code"] != 200:
                continue
            try:
                document = json.loads(record["body"])
            except ValueError:
                continue  # cut off by whoever recorded it
            found.setdefault(prefix + record["uri"][len(start):], document)
    return found


class Systems:
    def __init__(self, corpus, things, fast):
        self.world, self.fast = World(things), fast
        self.world.tree["documents"].update(recorded_documents(corpus))
        self.koji, self.bugzilla = KojiHub(self.world, corpus), Bugzilla(self.world)

    def admin(self, method, path, body):
        if (method, path) == ("GET", "/-/world"):
            with self.world.lock:
                return 200, json.loads(json.dumps(self.world.tree))
        if (method, path) == ("GET", "/-/calls"):
            with self.world.lock:
                return 200, dict(self.world.calls)
        if (method, path) == ("POST", "/-/forget"):
            with self.world.lock:
                self.world.calls.clear()
            return 200, {}
        if (method, path) != ("POST", "/-/set"):
            return 404, {"error": "GET /-/world, GET /-/calls, POST /-/set, POST /-/forget"}
        try:
            changes = json.loads(body)
            for one in changes if isinstance(changes, list) else [changes]:
                self.world.change(one["path"], "value" not in one, one.get("value"))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as why:
            return 400, {"error": f"{type(why).__name__}: {why}"}
        return 200, {}

    def answer(self, method, target, body):
        """(status, bytes or document, seconds)."""
        path, _, text = target.partition("?")
        path = urllib.parse.unquote(path)
        if path.startswith("/-/"):
            return *self.admin(method, path, body), 0
        name = re.split("[/?]", target[1:], maxsplit=1)[0]
        name = "koji" if name == "kojihub" else name
        self.world.count(name)
        if name in self.world.tree["down"]:
            return 503, {"error": f"{name} is down"}, 0
        asked = urllib.parse.unquote(target) + body.decode("utf-8", "replace")
        if any(word in asked for word in self.world.tree["poison"]):
            return 500, {"error": "Internal Server Error"}, 0
        inside = path[1:].partition("/")[2]
        if method == "POST" and name == "koji":
            xml, calls = self.koji.post(body)
            return 200, xml, latency("koji", body.decode("utf-8", "replace"), calls)
        if method == "POST" and name == "bugzilla" and inside == "xmlrpc.cgi":
            return 200, self.bugzilla.post(body), latency("bugzilla", target)
        if method != "GET":
            return 405, {"error": f"no {method} here"}, 0
        query = urllib.parse.parse_qs(text, keep_blank_values=True)
        if name == "bugzilla":
            self.world.count("bugzilla GET")
            return *self.bugzilla.get("/" + inside, query), latency("bugzilla", target)
        if name not in SYSTEMS:
            return 404, {"error": "kojihub, bugzilla, bodhi, mdapi, distgit, hubs, datagrepper"}, 0
        with self.world.lock:
            if target in self.world.tree["documents"]:
                own = self.world.tree["documents"][target]
                found = (200, own) if own is not None else (404, {"error": "not found"})
            else:
                found = SYSTEMS[name](self.world.tree, "/" + inside, query)
            return *found, latency(name, target)


def handler_of(systems):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body in one segment

        def reply(self):
            size = int(self.headers.get("Content-Length") or 0)
            if size > BODY_MAX:
                return self.send_error(413)
            body = self.rfile.read(size)
            status, found, seconds = systems.answer(self.command, self.path, body)
            if not systems.fast and seconds:
                time.sleep(seconds)
            kind = "text/xml" if isinstance(found, bytes) else "application/json"
            if isinstance(found, str):
                found, kind = found.encode(), "text/plain; charset=utf-8"
            elif not isinstance(found, bytes):
                found = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)
            self.wfile.flush()

        do_GET = do_POST = reply

        def log_message(self, *_):
            pass

    return Handler


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that left
            super().handle_error(request, client_address)


def listen(port=0, corpus=None, things=0, fast=False):
    """A listener that is not yet served, for tests that run it in a thread of their own."""
    systems = Systems(corpus, things, fast)
    listener = Listener(("127.0.0.1", port), handler_of(systems))
    listener.systems = systems
    return listener


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                    epilog="GET /-/world shows the data, POST /-/set changes it.")
    words.add_argument("--port", type=int, default=7000, help="0 = any free one; it is printed")
    words.add_argument("--corpus", help="a folder with koji_hub_calls.ndjson, upstream_http.ndjson")
    words.add_argument("--things", type=int, default=0, metavar="N",
                       help="N packages more, called thing-0, thing-1, ...")
    words.add_argument("--fast", action="store_true", help="answer at once")
    given = words.parse_args()
    listener = listen(given.port, given.corpus, given.things, given.fast)
    print(f"http://127.0.0.1:{listener.server_address[1]}", flush=True)
    try:
        listener.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
