"""A web server that owns data and behaves as the script says: slow, broken, hostile, gone."""
import collections
import gzip
import json
import socket
import struct
import threading
import time
import urllib.parse

from .checks import Failure, closing


class Call:
    """One request that arrived; `ended` is None while it is being answered."""

    def __init__(self, target, number, fields):
        self.target, self.number, self.fields = target, number, fields
        self.began, self.ended = time.monotonic(), None

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(self.target.partition("?")[2]))

    def __repr__(self):
        return f"<call {self.number} of {self.target} at {self.began:.3f}>"


class Answer:
    """status + body after `delay` seconds, or `write(socket, gone)` for what no honest server sends."""

    def __init__(self, body=b"{}", status=200, fields=(), delay=0.0, gate=None, write=None):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        self.body = body.encode() if isinstance(body, str) else body
        self.status, self.fields, self.delay = status, dict(fields), delay
        self.gate, self.write = gate, write

    def bytes(self):
        fields = {"Content-Type": "application/json", "Content-Length": len(self.body)}
        fields.update(self.fields)
        head = f"HTTP/1.1 {self.status} Scripted\r\n"
        head += "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
        return head.encode("latin-1") + b"\r\n" + self.body


def raw(data):
    """Exactly these bytes, then the end of the connection."""
    def write(peer, _):
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        peer.recv(1)
    return Answer(write=write)


def hang():
    """Takes the request and says nothing until the peer leaves or the upstream stops."""
    def write(peer, gone):
        peer.settimeout(0.1)
        while not gone.is_set():
            try:
                if not peer.recv(1024):
                    return
            except socket.timeout:
                pass
    return Answer(write=write)


def reset(first=b""):
    """Some bytes, then RST."""
    def write(peer, _):
        if first:
            peer.sendall(first)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    return Answer(write=write)


def endless(fields="", first=b"["):
    """A body that never ends, as fast as the peer reads; stops when it leaves."""
    def write(peer, gone):
        peer.settimeout(5.0)
        peer.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{fields}\r\n".encode())
        peer.sendall(first)
        block = b"1," * 32768
        sent = 0
        while not gone.is_set() and sent < 1 << 30:
            peer.sendall(block)
            sent += len(block)
    return Answer(write=write)


def gzip_bomb(megabytes):
    """That many MiB of spaces inside valid JSON."""
    inside = b"[" + b" " * (megabytes << 20) + b"]"
    return Answer(gzip.compress(inside, 9), fields={"Content-Encoding": "gzip"})


class Upstream:
    """Answers by `self.answer(call) -> Answer`. A dictionary of targets is what most tests need:
    `upstream.documents["/x"] = {...}`; everything else is 404."""

    def __init__(self, port=0):
        self.documents, self.calls, self.delay = {}, [], 0.0
        self.asked = collections.Counter()  # how often for each target
        self.answer = self.from_documents
        self.lock = threading.Lock()
        self.up = self.most_up = 0
        self.failed = None  # what a script raised: then it is not what the test believes it is
        self.port = port
        self.start()
        closing(self)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def from_documents(self, call):
        with self.lock:
            known = call.target in self.documents
            document = self.documents.get(call.target)
        if not known:
            return Answer({"error": "no such document"}, 404, delay=self.delay)
        return document if isinstance(document, Answer) else Answer(document, delay=self.delay)

    def start(self):
        """Listens; again on the same port after stop()."""
        self.gone = threading.Event()
        self.peers = set()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener, self.gone), daemon=True).start()

    def stop(self):
        """As if the process were killed: nobody listens, connections are reset."""
        self.gone.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            peers = list(self.peers)
        for peer in peers:
            try:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.stop()
        if self.failed:
            raise Failure(f"the script of an upstream failed: {self.failed!r}")

    def count(self, target=None):
        with self.lock:
            return len(self.calls) if target is None else self.asked[target]

    def calls_of(self, target):
        with self.lock:
            return [c for c in self.calls if c.target == target]

    def forget(self):
        with self.lock:
            self.calls, self.asked = [], collections.Counter()
            self.most_up = self.up

    def _accept(self, listener, gone):
        while not gone.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.peers.add(peer)
            threading.Thread(target=self._serve, args=(peer, gone), daemon=True).start()

    def _serve(self, peer, gone):
        try:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            buffer = b""
            while not gone.is_set():
                while b"\r\n\r\n" not in buffer:
                    data = peer.recv(65536)
                    if not data:
                        return
                    buffer += data
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                fields = {k.lower(): v.strip() for k, _, v in (x.partition(":") for x in lines[1:])}
                wanted = int(fields.get("content-length", "0"))
                while len(buffer) < wanted:
                    buffer += peer.recv(65536)
                buffer = buffer[wanted:]
                if not self._reply(peer, gone, lines[0].split(" ")[1], fields):
                    return
        except OSError:
            pass
        except Exception as error:
            self.failed = error
        finally:
            with self.lock:
                self.peers.discard(peer)
            peer.close()

    def _reply(self, peer, gone, target, fields):
        """True when the connection can go on."""
        with self.lock:
            self.asked[target] += 1
            call = Call(target, self.asked[target], fields)
            self.calls.append(call)
            self.up += 1
            self.most_up = max(self.most_up, self.up)
        try:
            answer = self.answer(call)
            if answer.delay:
                gone.wait(answer.delay)
            if answer.gate is not None:
                while not answer.gate.wait(0.1) and not gone.is_set():
                    pass
            if gone.is_set():
                return False
            if answer.write is not None:
                answer.write(peer, gone)
                return False
            peer.sendall(answer.bytes())
            return True
        finally:
            call.ended = time.monotonic()
            with self.lock:
                self.up -= 1
