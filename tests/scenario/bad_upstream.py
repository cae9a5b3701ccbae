"""What upstreams really send on a bad day: nothing, half of it, too much of it, something else. The
page that was there stays, says that it is not fresh, and recovers."""
import gzip
import json

from harness.checks import bounded, check, equal, equals_eventually, eventually, run, step
from harness.client import get_many
from harness.server import Server
from harness.things import LINES
from harness.upstream import Answer, Upstream, endless, gzip_bomb, hang, raw, reset

OLD, NEW = {"n": 1, "text": "old"}, {"n": 2, "text": "new"}
BODY_LIMIT = 1 << 20


def head(fields, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{fields}\r\n".encode()


def drip(peer, gone):
    """A byte now and then: never silent, never done."""
    peer.sendall(head("Content-Length: 1000\r\n"))
    while not gone.wait(0.1):
        peer.sendall(b" ")


def half_then_hang(peer, gone):
    peer.sendall(head("Content-Length: 1000\r\n") + b'{"n":')
    gone.wait(60)


def flood(first, block):
    def write(peer, gone):
        peer.settimeout(5.0)
        peer.sendall(first)
        for _ in range(1 << 14):
            if gone.is_set():
                return
            peer.sendall(block)
    return Answer(write=write)


def chunked(*chunks):
    return raw(head("Transfer-Encoding: chunked\r\n") + b"".join(chunks))


def packed(data):
    return Answer(data, fields={"Content-Encoding": "gzip"})


whole = json.dumps(NEW).encode()
HOSTILE = {
    "hangs": hang(),
    "hangs in the body": Answer(write=half_then_hang),
    "drips": Answer(write=drip),
    "resets": reset(),
    "resets in the head": reset(b"HTTP/1.1 200 OK\r\nContent-"),
    "resets in the body": reset(head("Content-Length: 100\r\n") + b'{"n":2'),
    "closes at once": raw(b""),
    "closes in the head": raw(b"HTTP/1.1 200 OK\r\nConte"),
    "500": Answer({"error": "no"}, 500),
    "502 with HTML": Answer("<html>Bad Gateway</html>", 502, {"Content-Type": "text/html"}),
    "503 with Retry-After": Answer({}, 503, {"Retry-After": "1"}),
    "503 with a Retry-After of years": Answer({}, 503, {"Retry-After": "9" * 30}),
    "429": Answer({}, 429),
    "401": Answer({}, 401, {"WWW-Authenticate": "Basic"}),
    "403": Answer({}, 403),
    "400": Answer(whole, 400),
    "a redirect": Answer(whole, 302, {"Location": "/elsewhere"}),
    "a redirect to another host": Answer(whole, 301, {"Location": "http://192.0.2.1/"}),
    "304 unasked": raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "101": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    "100 for ever": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "garbage": raw(bytes(range(256)) * 40),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a status of letters": raw(b"HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}"),
    "a head without end": flood(b"HTTP/1.1 200 OK\r\n", b"X-Filler: aaaaaaaaaaaaaaaaaaaaa\r\n" * 999),
    "a field without end": flood(b"HTTP/1.1 200 OK\r\nX-Filler: ", b"a" * 32768),
    "a body without end": endless(),
    "a body without end, packed in chunks": flood(
        head("Transfer-Encoding: chunked\r\n") + b"1\r\n[\r\n", b"4000\r\n" + b"1," * 8192 + b"\r\n"),
    "a chunk extension without end": flood(
        head("Transfer-Encoding: chunked\r\n") + b"1;x=", b"a" * 32768),
    "white space without end": endless(first=b" "),
    "a gzip bomb": gzip_bomb(256),
    "gzip that is none": packed(b"\x1f\x8b\x08\x00" + b"\xff" * 50),
    "gzip that is cut": packed(gzip.compress(whole)[:-9]),
    "gzip with a wrong checksum": packed(gzip.compress(whole)[:-8] + b"\0" * 8),
    "gzip and then more": packed(gzip.compress(whole) + b"trailing"),
    "a coding nobody asked for": Answer(whole, fields={"Content-Encoding": "x-secret"}),
    "fewer bytes than promised": raw(head(f"Content-Length: {len(whole) + 10}\r\n") + whole),
    "more bytes than promised": Answer(whole, fields={"Content-Length": len(whole) - 3}),
    "a negative length": Answer(whole, fields={"Content-Length": "-5"}),
    "a length of letters": Answer(whole, fields={"Content-Length": "many"}),
    "a length beyond 64 bits": Answer(whole, fields={"Content-Length": "9" * 25}),
    "a length beyond the limit": Answer(whole, fields={"Content-Length": str(BODY_LIMIT * 50)}),
    "two lengths": raw(head("Content-Length: 3\r\nContent-Length: 30\r\n") + whole),
    "a chunk of a bad size": chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk that is cut": chunked(b"40\r\n{}"),
    "chunks without the last": chunked(b"2\r\n{}\r\n"),
    "an empty body": Answer(b""),
    "204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "HTML with 200": Answer("<html>Login</html>"),
    "JSON that is cut": Answer(whole[:-4]),
    "JSON with an end too many": Answer(whole + b"}"),
    "JSON with a comma too many": Answer(b'{"n":2,}'),
    "JSON with NaN": Answer(b'{"n":NaN}'),
    "JSON in UTF-16": Answer(json.dumps(NEW).encode("utf-16")),
    "invalid UTF-8": Answer(b'{"n":"\xff"}'),
    "a NUL after the end": Answer(whole + b"\0"),
    "nesting without end": Answer(b"[" * 200_000 + b"]" * 200_000),
    "a page larger than max_size": Answer(b'"' + b"x" * 300_000 + b'"'),
    "a body larger than the limit": Answer(b'"' + b"x" * (BODY_LIMIT + 10) + b'"'),
}


def config(upstream):
    text = 'wait = "4s"' + LINES + '''
[upstream.good]
kind = "http"
url = "%s"
[page.good]
path = "/good.json"
fetch = { upstream = "good", get = "/good" }
[page.poisoned]
path = "/poisoned/{name}.json"
fetch = { upstream = "good", get = "/poisoned/{name}" }
''' % upstream.url
    # Each case has an upstream of its own, so that one's circuit breaker does not spare another.
    for n in range(len(HOSTILE)):
        text += f'''
[upstream.u{n}]
kind = "http"
url = "{upstream.url}"
limits = {{ timeout = "1s", retries = 0, body = "{BODY_LIMIT >> 20}MiB" }}
[page.p{n}]
path = "/p{n}/{{name}}.json"
max_size = "200KB"
fetch = {{ upstream = "u{n}", get = "/p{n}/{{name}}" }}
on = {{ topic = "changed.p{n}", all = true }}
'''
    return text


def event(n, number):
    return {"topic": f"changed.p{n}", "msg_id": f"p{n}-{number}", "msg": {}}


def errors_of(server, n):
    return server.metrics().sum("freshet_refreshes_total", page=f"p{n}", result="error")


def pages_stay(server, before):
    """Each case is tried on a page that was good; all at once."""
    good = server.get("/good.json").body
    server.publish(*[event(n, 1) for n in range(len(HOSTILE))])
    for n, what in enumerate(HOSTILE):
        eventually(lambda: errors_of(server, n) >= 1, f"a refresh fails: {what}", within=20, every=0.1)
        answer = server.get(f"/p{n}/old.json")
        equal(answer.status, 200, f"status of the old page: {what}")
        equal(answer.body, before[n].body, f"body of the old page: {what}")
        equal(answer.field("etag"), before[n].field("etag"), f"etag of the old page: {what}")
        state = answer.freshness()["state"]
        check(state in ("stale", "parked"), f"the page is {state} although its upstream fails: {what}")
        error = server.explain(f"/p{n}/old.json")["parts"][0]["error"]
        check(error, f"explain tells no error: {what}")
        equal(server.get("/good.json").body, good, f"the good page after: {what}")


def visitors_are_told(server):
    """The first visitor of a page behind such an upstream gets an answer in time, not a hang."""
    targets = [f"/p{n}/cold.json" for n in range(len(HOSTILE))]
    for what, answer in zip(HOSTILE, get_many(server.port, targets, timeout=30)):
        check(answer.status in (502, 503), f"a cold page answers {answer.status}: {what}")
        check(answer.field("retry-after").isdigit(), f"no Retry-After: {what}")
        equal(answer.field("content-type"), "application/problem+json", f"type of the error: {what}")
        check(b"127.0.0.1" not in answer.body, f"the visitor is told an address: {what}")


def poisoned_connection(server, upstream):
    """Bytes after an answer are not the answer to the next question."""
    evil = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"evil":1}'

    def write(peer, gone):
        peer.sendall(head(f"Content-Length: {len(whole)}\r\n") + whole + evil)
        gone.wait(1.0)
    upstream.documents["/poisoned/a"] = Answer(write=write)
    upstream.documents["/poisoned/b"] = OLD
    for number in range(3):
        first = server.get("/poisoned/a.json")
        check(first.status == 502 or (first.status, first.body) == (200, whole),
              f"an answer with more behind it: {first}")
        equal(server.get("/poisoned/b.json").json(), OLD, f"the page after it, round {number}")
        equal(server.admin_post("/-/purge", {"pattern": "/poisoned/*"}).json()["pages"], 2, "a purge")


def scenario():
    upstream = Upstream()
    upstream.documents["/good"] = {"good": True}
    for n in range(len(HOSTILE)):
        upstream.documents[f"/p{n}/old"] = OLD
    server = Server(config(upstream), stdin=True)
    before = [server.get(f"/p{n}/old.json") for n in range(len(HOSTILE))]
    equal({(a.status, a.body) for a in before}, {(200, json.dumps(OLD).encode())}, "pages at the start")
    calm = server.rss()
    for n, answer in enumerate(HOSTILE.values()):
        upstream.documents[f"/p{n}/old"] = upstream.documents[f"/p{n}/cold"] = answer
    pages_stay(server, before)
    step(f"{len(HOSTILE)} hostile answers, every page stayed")
    visitors_are_told(server)
    step("every visitor of a cold page was told")
    bounded(server.rss() - calm, 64 << 20, "hostile upstreams")

    for n in range(len(HOSTILE)):
        upstream.documents[f"/p{n}/old"] = NEW
    server.publish(*[event(n, 2) for n in range(len(HOSTILE))])
    for n, what in enumerate(HOSTILE):
        look = lambda: server.get(f"/p{n}/old.json").json()
        equals_eventually(look, NEW, f"the page after the upstream recovered from: {what}", within=30)
    step("every page recovered")
    poisoned_connection(server, upstream)
    equal(server.get("/good.json").status, 200, "the good page in the end")


run(scenario)
