"""Server-sent events as a browser reads them."""
import json
import socket
import time
import urllib.parse

from .checks import Failure, check
from .client import Connection, head_of
from .program import patience


class Quiet(Failure):
    """Nothing came that was waited for: not yet, or not any more."""


class Event:
    def __init__(self, name, data, event_id):
        self.name, self.text, self.id = name, data, event_id

    @property
    def data(self):
        return json.loads(self.text)

    @property
    def sequence(self):
        """(epoch, number) of an id."""
        epoch, _, number = self.id.rpartition("-")
        return epoch, int(number)

    def __repr__(self):
        return f"<{self.name} {self.id} {self.text[:120]}>"


class Decoder:
    """Feeds on bytes, gives events. Lines end in LF, CR or CRLF; a comment gives nothing."""

    def __init__(self):
        self.buffer, self.last_id, self.comments, self.retry = b"", "", 0, None
        self._name, self._lines = "", []

    def feed(self, data):
        self.buffer += data
        if b"\r" in self.buffer:
            ends_in_cr = self.buffer.endswith(b"\r")
            text = self.buffer[:-1] if ends_in_cr else self.buffer
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            self.buffer = text + (b"\r" if ends_in_cr else b"")
        *lines, self.buffer = self.buffer.split(b"\n")
        return [event for line in lines if (event := self._take(line)) is not None]

    def _take(self, line):
        if not line:
            name, lines, self._name, self._lines = self._name, self._lines, "", []
            return Event(name or "message", "\n".join(lines), self.last_id) if lines else None
        if line.startswith(b":"):
            self.comments += 1
            return None
        field, _, value = line.partition(b":")
        value = value[1:] if value.startswith(b" ") else value
        if field == b"event":
            self._name = value.decode()
        elif field == b"data":
            self._lines.append(value.decode())
        elif field == b"id" and b"\0" not in value:
            self.last_id = value.decode()
        elif field == b"retry" and value.isdigit():
            self.retry = int(value)
        return None


def target_of(match=(), pattern=(), last_id="", path="/.well-known/mercure"):
    match = [match] if isinstance(match, str) else match
    pattern = [pattern] if isinstance(pattern, str) else pattern
    pairs = [("match", m) for m in match] + [("match_urlpattern", p) for p in pattern]
    if last_id:
        pairs.append(("last_event_id", last_id))
    return path + "?" + urllib.parse.urlencode(pairs)


class Stream:
    """One subscriber. Opening it checks the head; events wait in order until they are asked for."""

    def __init__(self, port, match=(), pattern=(), last_id="", header_id="", receive_buffer=None,
                 more=()):
        fields = {"Accept": "text/event-stream", **dict(more)}
        if header_id:
            fields["Last-Event-ID"] = header_id
        self.connection = Connection(port, receive_buffer=receive_buffer)
        self.connection.send(head_of("GET", target_of(match, pattern, last_id), fields))
        self.head = self.connection.read_head()
        check(self.head.status == 200, lambda: f"stream refused: {self.head.status} "
              f"{self.connection.rest()[:200]!r}")
        check(self.head.field("content-type").startswith("text/event-stream"),
              f"stream of type {self.head.field('content-type')}")
        self.decoder = Decoder()
        self.waiting = self.decoder.feed(self.connection.buffer)
        self.connection.buffer = b""
        self.ended = False

    @property
    def last_id(self):
        return self.decoder.last_id

    def _read(self, seconds):
        self.connection.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.connection.socket.recv(65536)
        except socket.timeout:
            return
        except ConnectionError:
            data = b""
        self.ended = not data
        self.waiting += self.decoder.feed(data)

    def hello(self, within=10.0):
        """The first bytes are there: from now on no change is missed."""
        end = time.monotonic() + within * patience()
        while self.decoder.retry is None and not self.ended:
            check(time.monotonic() < end, "a stream did not say hello")
            self._read(end - time.monotonic())
        return self

    def next(self, what="an event", within=15.0):
        end = time.monotonic() + within * patience()
        while not self.waiting:
            if self.ended:
                raise Quiet(f"the stream ended before {what}")
            if time.monotonic() > end:
                raise Quiet(f"{what}: nothing came within {within * patience():g} s")
            self._read(end - time.monotonic())
        return self.waiting.pop(0)

    def drain(self):
        """What has arrived already."""
        while not self.ended:
            before = len(self.waiting), self.decoder.buffer, self.decoder.comments
            self._read(0.001)
            if before == (len(self.waiting), self.decoder.buffer, self.decoder.comments):
                break
        events, self.waiting = self.waiting, []
        return events

    def until_end(self, within=20.0):
        """All events until the server closes."""
        end = time.monotonic() + within * patience()
        while not self.ended:
            check(time.monotonic() < end, f"the stream did not end within {within:g} s")
            self._read(end - time.monotonic())
        events, self.waiting = self.waiting, []
        return events

    def close(self):
        self.connection.close()
