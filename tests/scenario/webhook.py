"""A webhook was answered before its event was safe, so nobody sent it again; and anybody could post."""
import hashlib
import hmac
import json
import pathlib
import resource
import signal

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.client import Connection, head_of, request
from harness.ports import free_port
from harness.server import Server
from harness.things import origin
from harness.upstream import Upstream


def ignore_file_limits():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


class Site:
    def __init__(self):
        self.upstream, self.hook = Upstream(), free_port()
        self.server = Server("", start=False, limits=ignore_file_limits)
        self.secrets = pathlib.Path(self.server.folder)
        (self.secrets / "new").write_text("first\n")
        (self.secrets / "old").write_text("ancient\n")
        self.server.config = f'''
state = "{self.server.folder}/state.db"
[bus.github]
kind = "webhook"
listen = "127.0.0.1:{self.hook}"
path = "/hooks/github"
check = "github"
secret = ["${{file:{self.secrets}/new}}", "${{file:{self.secrets}/old}}"]
topic = "github.{{/headers/x-github-event}}.{{/msg/action}}"
max_message = "64KiB"
rate = "20/s"
''' + origin(self.upstream) + '''
[page.repo]
path = "/repos/{repo}.json"
fetch = [{ upstream = "origin", get = "/{repo}" }]
on = [{ topic = "github.#", set = { repo = "/msg/repository" } }]
'''
        self.upstream.documents["/guake"] = {"n": 0}
        self.n = 0

    @staticmethod
    def fields(body, secret="first", event="issues"):
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-GitHub-Event": event,
                "X-Hub-Signature-256": f"sha256={mac}"}

    def post(self, document, secret="first", event="issues", delivery=None, raw=None, **fields):
        body = raw if raw is not None else json.dumps(document).encode()
        head = {**self.fields(body, secret, event), **{k.replace("_", "-"): v for k, v in fields.items()}}
        if delivery:
            head["X-GitHub-Delivery"] = delivery
        return request(self.hook, "POST", "/hooks/github", list(head.items()), body)

    def at_once(self, count):
        """On one connection, none waiting for the answer to another: no machine is too slow for that."""
        body = b"{}"
        head = head_of("POST", "/hooks/github", {**self.fields(body, event="ping"), "Content-Length": len(body)})
        with Connection(self.hook) as c:
            c.send((head + body) * count)
            return [c.read() for _ in range(count)]

    def change(self, **more):
        self.n += 1
        self.upstream.documents["/guake"] = {"n": self.n}
        return self.post({"action": "opened", "repository": "guake"}, delivery=f"d-{self.n}", **more)

    def is_shown(self, what):
        equals_eventually(lambda: self.server.fresh("/repos/guake.json").json()["n"], self.n, what)

    def dropped(self, why):
        return self.server.metrics().sum("freshet_bus_dropped_total", bus="github", why=why)

    def calm(self):
        """The rate is what it allows at once again."""
        eventually(lambda: self.post({}, raw=b"{}", event="ping").status == 202, "the rate allows more")


def signatures(site):
    answer = site.change()
    equal(answer.status, 202, f"a good signature ({answer.body!r})")
    site.is_shown("a good signature")
    equal(site.server.fresh("/repos/guake.json").freshness()["cause"], "d-1", "the delivery is the id")
    cause = site.server.explain("/repos/guake.json")["cause"]
    equal(cause["topic"], "github.issues.opened", "the topic")
    equal(site.change(secret="ancient").status, 202, "the other secret")
    wrong = site.change(secret="guessed")
    site.n -= 1
    site.upstream.documents["/guake"] = {"n": site.n}
    equal(wrong.status, 401, "a wrong signature")
    equal(wrong.field("content-type"), "application/problem+json", "what a refusal is")
    equal(site.post({}, X_Hub_Signature_256="").status, 401, "no signature")
    equal(site.dropped("signature"), 2, "wrong signatures")
    equal(site.server.admin_get("/-/locker").json(), [], "the locker, which strangers do not fill")
    (site.secrets / "old").write_text("first\n")
    (site.secrets / "new").write_text("second\n")
    equal(site.change(secret="second").status, 202, "a secret that was rotated in")
    equal(site.change(secret="first").status, 202, "the one that was rotated to the second place")
    equal(site.post({}, secret="ancient").status, 401, "one that was rotated out")
    site.is_shown("a rotation")
    for name in ("first", "second", "ancient"):
        check(name not in site.server.log(), "a secret in the log")
    step("signatures, and a rotation")


def duplicates(site):
    before = site.server.metrics().sum("freshet_bus_duplicates_total", bus="github")
    document = {"action": "opened", "repository": "guake"}
    equal(site.post(document, delivery="d-1").status, 202, "a delivery that is repeated")
    after = site.server.metrics().sum("freshet_bus_duplicates_total", bus="github")
    equal(after, before + 1, "duplicates")
    step("a delivery that is repeated is accepted and has no second effect")


def limits(site):
    site.calm()
    equal(site.post({}, raw=b"{" + b" " * 70000 + b"}").status, 413, "a body that is too large")
    equal(site.post({}, raw=b"{broken").status, 400, "a body that is no JSON")
    equal(site.post({}, Content_Type="text/plain").status, 415, "another content type")
    equal(request(site.hook, "GET", "/hooks/github").status, 405, "a GET")
    equal(request(site.hook, "POST", "/hooks/other", [], b"{}").status, 404, "another path")
    equal(request(site.hook, "GET", "/repos/guake.json").status, 404, "a page on this listener")
    late = [a for a in site.at_once(60) if a.status == 429]
    check(late, "the rate has no limit")
    check(int(late[0].field("retry-after")) >= 1, "it does not say when to come back")
    equal(site.dropped("rate"), len(late), "requests over the rate")
    site.n += 1
    site.upstream.documents["/guake"] = {"n": site.n}
    again = lambda: site.post({"repository": "guake"}, event="push", delivery=f"d-{site.n}").status == 202
    eventually(again, "it is let in later")
    site.is_shown("limits")
    step("limits")


def durable(site):
    """202 is said when the marks are on the disk. The disk is full: 503, and nothing is lost."""
    server = site.server
    eventually(lambda: server.metrics().sum("freshet_journal_unsaved_pages") == 0, "all is written")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    answer = site.change()
    equal(answer.status, 503, "an event that is not on the disk")
    check(answer.field("retry-after"), "it does not say that it shall be sent again")
    site.is_shown("an event that is not on the disk")
    server.kill()
    server.start()
    equal(site.post({"action": "opened", "repository": "guake"}, secret="second",
                    delivery=f"d-{site.n}").status, 202, "the same event once more")
    server.kill()  # and what was accepted is not lost now
    site.n += 1
    site.upstream.documents["/guake"] = {"n": site.n}
    server.start()
    site.is_shown("two kills")
    step("202 means that it is on the disk")


def reloaded(site):
    """Another configuration of the bus takes the address over."""
    server = site.server
    server.write_config(server.config.replace('rate = "20/s"', 'rate = "1000/s"'))
    equal(server.admin_post("/-/reload", {}).status, 200, "a reload")
    eventually(lambda: site.post({}, secret="second", raw=b"{}", event="ping").status == 202, "it listens again")
    site.n += 1
    site.upstream.documents["/guake"] = {"n": site.n}
    equal(site.post({"repository": "guake"}, secret="second", event="push", delivery="p").status, 202, "a push")
    site.is_shown("a reload")
    equal(server.explain("/repos/guake.json")["cause"]["topic"], "github.push", "a part that is missing")
    step("a reload")


def scenario():
    site = Site()
    site.server.start()
    bus = lambda: site.server.admin_get("/-/buses").json()[0]
    eventually(lambda: bus()["up"], "the bus listens")
    equal(site.server.get("/repos/guake.json").json()["n"], 0, "the page")
    signatures(site)
    duplicates(site)
    limits(site)
    reloaded(site)
    durable(site)
    site.server.kill()


run(scenario)
