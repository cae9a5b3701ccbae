"""The stand-ins of examples/fedora/upstreams, in a thread of the scenario or beside it."""
import json
import pathlib
import subprocess
import sys
import threading
import urllib.request

from .checks import check, closing
from .program import end_with_scenario

HOME = pathlib.Path(__file__).resolve().parents[3] / "examples/fedora/upstreams"
sys.path.insert(0, str(HOME))
import upstreams  # noqa: E402  (where it is, is known only now)
import world  # noqa: E402


def a_package(name, number, owner="nobody"):
    """What `packages` of the stand-ins has of a package."""
    return world.package(name, number, owner, f"{name} of a test", "1.0")


def an_update(of, alias, at):
    """What `updates` has of an update of a_package(); Bodhi lists the newest first."""
    return {**world.update(of, world.build(of, 1, "f41", at), 1, "testing"), "alias": alias, "submitted": at}


class Fedora:
    """Koji, Bugzilla, Bodhi, mdapi, dist-git and Hubs on one port; `world` is theirs to change."""

    def __init__(self, corpus=None, things=0, fast=True):
        self.listener = upstreams.listen(0, corpus, things, fast)
        self.world = self.listener.systems.world
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        closing(self)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.server_address[1]}"

    def calls(self, what):
        with self.world.lock:
            return self.world.calls.get(what, 0)

    def forget(self):
        with self.world.lock:
            self.world.calls.clear()

    def set(self, *path, value=None):
        self.world.change(list(path), value=value)

    def remove(self, *path):
        self.world.change(list(path), gone=True)

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()


class FedoraProcess:
    """The same as a process of its own, as people run it: for when it must not slow the scenario."""

    def __init__(self, things=0):
        self.process = subprocess.Popen(
            [sys.executable, str(HOME / "upstreams.py"), "--port", "0", "--fast", "--things",
             str(things)], stdout=subprocess.PIPE, text=True, preexec_fn=end_with_scenario)
        closing(self)
        self.url = self.process.stdout.readline().strip()
        check(self.url.startswith("http://"), "the stand-ins do not say where they listen")

    def _ask(self, target, document=None):
        body = None if document is None else json.dumps(document).encode()
        with urllib.request.urlopen(self.url + target, data=body) as answer:
            return json.loads(answer.read())

    def world(self):
        return self._ask("/-/world")

    def calls(self, *names):
        counts = self._ask("/-/calls")
        return sum(counts.get(name, 0) for name in names)

    def forget(self):
        self._ask("/-/forget", {})

    def set(self, path, value):
        self.change([{"path": path, "value": value}])

    def change(self, changes):
        """A list of {"path": [...], "value": ...}; without `value` what is there goes away."""
        self._ask("/-/set", changes)

    def close(self):
        self.process.kill()
        self.process.wait()
