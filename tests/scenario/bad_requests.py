"""What the open network sends to a web server. Each is refused with the right words, and the next
visitor is served as if nothing had been."""
import time

from harness.checks import bounded, check, equal, eventually, patience, run, step
from harness.client import Connection, head_of, request
from harness.server import Server
from harness.upstream import Upstream

GOOD = {"good": True}


def config(upstream):
    return f'''
limits = {{ head_timeout = "1s", idle_timeout = "2s", write_timeout = "2s" }}
[upstream.origin]
kind = "http"
url = "{upstream.url}"
[page.thing]
path = "/things/{{thing}}.json?start=0&kind"
param = {{ start = {{ int = [0, 100] }}, kind = {{ in = ["", "a", "b"] }} }}
fetch = [{{ upstream = "origin", get = "/{{thing}}?start={{start}}&kind={{kind}}" }}]
[page.big]
path = "/big.json"
fetch = [{{ upstream = "origin", get = "/big" }}]
'''


def text(first, *fields, host="Host: x", body=b""):
    lines = [first] + ([host] if host else []) + list(fields)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


GET = "GET /things/good.json HTTP/1.1"
# name: (bytes, allowed statuses). After each the server must close.
MALFORMED = {
    "no version": (text("GET /things/good.json"), {400}),
    "HTTP/0.9": (b"GET /\r\n\r\n", {400}),
    "HTTP/2.0": (text("GET / HTTP/2.0"), {505}),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 501, 505}),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40, {400}),
    "a bare line feed": (b"GET /things/good.json HTTP/1.1\nHost: x\n\n", {400}),
    "a bare carriage return": (text(GET, "X: a\rb"), {400}),
    "a NUL in a field": (text(GET, "X: a\0b"), {400}),
    "no Host": (text(GET, host=""), {400}),
    "two Hosts": (text(GET, "Host: y"), {400}),
    "a Host with a user": (text(GET, host="Host: a@b"), {400}),
    "an empty Host": (text(GET, host="Host:"), {400}),
    "a space before the colon": (text(GET, "X : y"), {400}),
    "a folded field": (text(GET, "X: y", " z"), {400}),
    "a field without a name": (text(GET, ": y"), {400}),
    "a field without a colon": (text(GET, "nonsense"), {400}),
    "a disguised length": (text(GET, "Content_Length: 5"), {400}),
    "two spaces": (text("GET  /things/good.json HTTP/1.1"), {400}),
    "a tab in the request line": (text("GET\t/things/good.json HTTP/1.1"), {400}),
    "a target that is no path": (text("GET things HTTP/1.1"), {400}),
    "a target beyond ASCII": (b"GET /things/\xc3\xa4.json HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "another host in the target": (text("GET http://evil.example/ HTTP/1.1"), {400}),
    "an unknown method": (text("BREW /things/good.json HTTP/1.1"), {501}),
    "a method in lower case": (text("get /things/good.json HTTP/1.1"), {400, 501}),
    "POST": (text("POST /things/good.json HTTP/1.1", "Content-Length: 0"), {405}),
    "DELETE": (text("DELETE /things/good.json HTTP/1.1"), {405}),
    "CONNECT": (text("CONNECT x:443 HTTP/1.1"), {400, 405}),
    "TRACE": (text("TRACE / HTTP/1.1"), {405}),
    "a body": (text(GET, "Content-Length: 5", body=b"hello"), {413}),
    "chunks": (text(GET, "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), {501}),
    "an unknown coding": (text(GET, "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), {501}),
    "length and coding": (text(GET, "Content-Length: 3", "Transfer-Encoding: chunked"), {400, 501}),
    "two lengths": (text(GET, "Content-Length: 0", "Content-Length: 0"), {400}),
    "a negative length": (text(GET, "Content-Length: -1"), {400}),
    "a length with a sign": (text(GET, "Content-Length: +0"), {400}),
    "a length beyond 64 bits": (text(GET, "Content-Length: " + "9" * 30), {400, 413}),
    "an unknown expectation": (text(GET, "Expect: tea"), {417}),
    "two If-None-Match": (text(GET, 'If-None-Match: "a"', 'If-None-Match: "b"'), {400}),
    "two Last-Event-ID": (text(GET, "Last-Event-ID: 1", "Last-Event-ID: 2"), {400}),
    "a target of 9 kB": (text("GET /things/" + "a" * 9000 + ".json HTTP/1.1"), {414}),
    "a target without end": (b"GET /" + b"a" * 200_000, {414}),
    "a field of 20 kB": (text(GET, "X: " + "a" * 20_000), {431}),
    "a head of 20 kB": (text(GET, *[f"X{n}: {'a' * 500}" for n in range(40)]), {431}),
    "a hundred fields": (text(GET, *[f"X{n}: y" for n in range(100)]), {431}),
    "a field without end": (text(GET)[:-4] + b"\r\nX: " + b"a" * 200_000, {431}),
    "only line ends": (b"\r\n" * 500, {400, 408}),
}
# What a page parameter may not be, and what the answer is.
PARAMETERS = {
    "..": {400, 404}, "%2e%2e": {400, 404}, ".": {400, 404}, "a%2fb": {400, 404},
    "..%2f..%2fetc%2fpasswd": {400, 404}, "a%5cb": {400, 404}, "a%00b": {400, 404},
    "a%0d%0aX-Injected:%20yes": {400, 404}, "a%0ab": {400, 404}, "a%7fb": {400, 404},
    "%ff%fe": {400, 404}, "%c0%af": {400, 404}, "%ed%a0%80": {400, 404}, "%zz": {400, 404},
    "a%2": {400, 404}, "a" * 256: {400, 404}, "a" * 10_000: {414}, "%61" * 300: {400, 404}, "": {400, 404},
}
QUERIES = {
    "start=abc": 400, "start=-1": 400, "start=101": 400, "start=1&start=1": 400, "kind=c": 400,
    "start=%zz": 400, "start=1%00": 400, "start=" + "9" * 400: 400, "kind=a%0d%0ab": 400,
    "unknown=%zz&&&=": 200, "start=5&utm_source=x": 200,
}
STREAMS = {
    "": 400, "match=": 400, "match=/nowhere.json": 400, "match=/things/a%2fb.json": 400,
    "match_regexp=.*": 400, "name=other&match=/things/good.json": 400, "match=%zz": 400,
    "match=https://evil.example/things/good.json": 400, "match_urlpattern=/none/:x": 400,
    "&".join(f"match=/things/t{n}.json" for n in range(201)): 400,
}


class Site:
    def __init__(self):
        self.upstream = Upstream()
        self.upstream.documents["/good?start=0"] = GOOD
        self.upstream.documents["/good?start=5"] = GOOD
        self.upstream.documents["/big"] = ["x" * 100] * 1000
        self.server = Server(config(self.upstream))
        self.still_good("the start")
        self.calls = self.upstream.count()

    def still_good(self, after):
        answer = self.server.get("/things/good.json", timeout=5)
        equal((answer.status, answer.json()), (200, GOOD), f"the good page after {after}")

    def no_calls(self, after):
        equal(self.upstream.count(), self.calls, f"upstream calls after {after}")


def malformed(site):
    for what, (data, allowed) in MALFORMED.items():
        with site.server.connect() as c:
            try:
                c.send(data)
            except ConnectionError:
                pass  # refused before all of it was sent
            answer = c.read()
            check(answer.status in allowed, f"{what}: {answer.status} instead of {sorted(allowed)}")
            equal(answer.field("connection"), "close", f"Connection after {what}")
            equal(c.rest(), b"", f"what follows the refusal of {what}")
            check(answer.field("content-type") == "application/problem+json" and
                  answer.json()["status"] == answer.status, f"{what}: {answer.body!r}")
            if answer.status == 405:
                check("GET" in answer.field("allow"), f"{what}: 405 without Allow")
        site.still_good(what)
    site.no_calls("malformed requests")
    step(f"{len(MALFORMED)} malformed requests")


def parameters(site):
    for value, allowed in PARAMETERS.items():
        name = f"the parameter {value[:40]}"
        answer = site.server.get(f"/things/{value}.json")
        check(answer.status in allowed, f"{name}: {answer.status} instead of {sorted(allowed)}")
        equal(answer.field("x-injected"), "", f"an injected field of {name}")
        check(b"\r" not in answer.body and b"\0" not in answer.body, f"{name} is echoed raw")
    for query, status in QUERIES.items():
        answer = site.server.get("/things/good.json?" + query)
        equal(answer.status, status, f"status of the query {query[:60]}")
    for query, status in STREAMS.items():
        answer = site.server.get("/.well-known/mercure?" + query)
        equal(answer.status, status, f"status of a stream with {query[:60]!r} ({answer.body[:100]!r})")
    site.still_good("odd parameters")
    site.calls += 1  # start=5 is a page of its own
    site.no_calls("odd parameters")
    unknown = site.server.get("/thinks/good.json")
    equal(unknown.status, 404, "status of an unknown path")
    check(b"/things/" in unknown.body, f"an unknown path does not name the nearest: {unknown.body!r}")
    step(f"{len(PARAMETERS) + len(QUERIES) + len(STREAMS)} odd parameters")


def pipelining(site):
    """Answers come in order, also around a refusal; after it comes nothing."""
    with site.server.connect() as c:
        c.send(head_of("GET", "/things/good.json") * 40 + head_of("HEAD", "/things/good.json") +
               head_of("GET", "/things/..%2f.json") + head_of("GET", "/things/good.json"))
        for _ in range(40):
            equal(c.read().json(), GOOD, "a pipelined answer")
        head = c.read("HEAD")
        equal((head.status, head.field("content-length")), (200, str(len(b'{"good": true}'))), "HEAD")
        check(c.read().status in (400, 404), "a bad parameter among good requests")
        equal(c.read().json(), GOOD, "the answer after a bad parameter")
    with site.server.connect() as c:
        c.send(head_of("GET", "/things/good.json") + text("GET / HTTP/1.1", "Content-Length: x") +
               head_of("GET", "/things/good.json"))
        equal(c.read().status, 200, "before the refusal")
        equal(c.read().status, 400, "the refusal")
        equal(c.rest(), b"", "what follows a refusal")
    for cut in (1, 5, 20, 33, 40):  # the head comes in two pieces
        with site.server.connect() as c:
            data = head_of("GET", "/things/good.json")
            c.send(data[:cut])
            site.still_good(f"{cut} bytes of a head")
            c.send(data[cut:])
            equal(c.read().json(), GOOD, f"an answer to a head cut after {cut} bytes")


def slow(site):
    """Who is slow is told or let go in time, and holds up nobody."""
    with site.server.connect() as begun, site.server.connect() as silent, \
            site.server.connect() as idle, site.server.connect() as dripping:
        begun.send(b"GET /things/good.json HTTP/1.1\r\nHo")
        equal(idle.get("/things/good.json").status, 200, "a request before falling idle")
        began = time.monotonic()

        def drip():
            try:
                dripping.send(b"G")
            except ConnectionError:
                return True  # cut, although it never was silent
            site.still_good("a dripping head")
            return time.monotonic() - began > 1.5
        eventually(drip, "the head's deadline passes", every=0.1)
        answer = begun.read()
        equal((answer.status, answer.field("connection")), (408, "close"), "a slow head")
        check(silent.rest()[:12] in (b"", b"HTTP/1.1 408"), "a silent connection")
        equal(idle.rest(), b"", "an idle connection")
        check(time.monotonic() - began < 10 * patience(), "slow connections were kept too long")
        check(dripping.rest()[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 408"), "a dripping head")
    site.still_good("slow heads")

    equal(site.server.get("/big.json").status, 200, "the big page")
    before = site.server.rss()
    deaf = [Connection(site.server.port, receive_buffer=4096) for _ in range(20)]
    for c in deaf:
        c.send(head_of("GET", "/big.json") * 200)
    site.still_good("readers that do not read")
    eventually(lambda: site.server.connections() == 0, "connections that do not read are let go", within=20,
               every=0.1)
    bounded(site.server.rss() - before, 32 << 20, f"{len(deaf)} readers that do not read")
    for c in deaf:
        check(len(c.rest()) < 200 * 100_000, "a connection that did not read was served to the end")
        c.close()
    site.still_good("readers that do not read")
    step("slow heads, idle connections, deaf readers")


def admin(site):
    """The admin listener is as strict; what changes things wants POST and JSON."""
    server = site.server
    equal(server.admin_get("/-/rebuild").status, 405, "GET of a verb")
    for body, why in ((b"", "no body"), (b"{", "half a body"), (b"[]", "an array"), (b"{}", "no pattern"),
                      (b'{"pattern":7}', "a number"), (b"\xff", "invalid UTF-8"), (b"[" * 5000, "depth")):
        answer = request(server.admin, "POST", "/-/rebuild", body=body)
        equal(answer.status, 400, f"rebuild with {why} ({answer.body[:100]!r})")
    answer = request(server.admin, "POST", "/-/purge", {"Content-Type": "text/plain"}, b'{"pattern":"/*"}')
    equal(answer.status, 415, "a form post")
    answer = server.admin_post("/-/purge", {"pattern": "/things/*"}, {"Origin": "http://evil.example"})
    equal(answer.status, 403, "a post of another origin")
    with Connection(server.admin) as c:
        c.send(text("POST /-/purge HTTP/1.1", "Content-Type: application/json", "Content-Length: 18",
                    host="Host: evil.example", body=b'{"pattern":"/*"} \n'))
        equal(c.read().status, 421, "an unknown Host on the admin listener")
    equal(request(server.admin, "POST", "/-/purge", body=b" " * (2 << 20)).status, 413, "a body of 2 MiB")
    equal(server.admin_get("/-/explain").status, 400, "explain of nothing")
    equal(server.admin_get("/-/explain?page=/nowhere").status, 404, "explain of an unknown page")
    equal(server.admin_get("/-/nothing").status, 404, "an unknown admin path")
    for path in ("/metrics", "/-/pages", "/-/explain?page=/things/good.json", "/-/buses"):
        equal(server.get(path).status, 404, f"{path} on the public listener")
    site.still_good("odd admin requests")


def scenario():
    site = Site()
    malformed(site)
    parameters(site)
    pipelining(site)
    slow(site)
    admin(site)


run(scenario)
