"""HTTP/1.1 on a raw socket: what is sent is what the test wrote."""
import asyncio
import json
import socket

from .program import patience


class Response:
    def __init__(self, status, reason, fields, body=b""):
        self.status, self.reason, self.fields, self.body = status, reason, fields, body

    def field(self, name, default=""):
        """All values of that name, joined as one list."""
        values = [v for k, v in self.fields if k == name.lower()]
        return ", ".join(values) if values else default

    def json(self):
        return json.loads(self.body)

    def freshness(self):
        """The Freshness dictionary; items without a value are true."""
        out = {}
        for item in self.field("freshness").split(", "):
            name, _, value = item.partition("=")
            out[name] = value.strip('"') if value else True
        return out

    def __repr__(self):
        return f"<{self.status} {self.field('freshness')} {self.body[:80]!r}>"


def parse_head(text):
    lines = text.split(b"\r\n")
    version, _, rest = lines[0].decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"not an HTTP answer: {lines[0][:80]!r}")
    status, _, reason = rest.partition(" ")
    fields = []
    for line in lines[1:]:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise ValueError(f"a field without a colon: {line[:80]!r}")
        fields.append((name.lower(), value.strip()))
    return Response(int(status), reason, fields)


def head_of(method, target, fields=(), host="127.0.0.1"):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in dict(fields).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def body_length(head, method):
    if method == "HEAD" or head.status in (204, 304) or head.status < 200:
        return 0
    length = head.field("content-length")
    return int(length) if length else None


class Connection:
    """One keep-alive connection; several requests may be sent before an answer is read."""

    def __init__(self, port, timeout=20.0, receive_buffer=None):
        self.port, self.buffer = port, b""
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout * patience())
        self.socket.connect(("127.0.0.1", port))

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError(f"closed by the server after {self.buffer[:80]!r}")
        self.buffer += data

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        text, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return parse_head(text)

    def read(self, method="GET"):
        head = self.read_head()
        length = body_length(head, method)
        if length is None:
            head.body = self.rest()
            return head
        while len(self.buffer) < length:
            self._more()
        head.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return head

    def rest(self):
        """Everything until the server closes; a reset counts as a close."""
        try:
            while True:
                self._more()
        except ConnectionError:
            pass
        data, self.buffer = self.buffer, b""
        return data

    def get(self, target, fields=(), method="GET"):
        self.send(head_of(method, target, fields))
        return self.read(method)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request(port, method, target, fields=(), body=None, timeout=20.0):
    """One request on its own connection."""
    with Connection(port, timeout) as c:
        fields = dict(fields)
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
            fields["Content-Length"] = str(len(body))
        try:
            c.send(head_of(method, target, fields, host=f"127.0.0.1:{port}") + (body or b""))
        except ConnectionError:
            pass  # refused before all of it was sent: the answer says why
        return c.read(method)


def get(port, target, fields=(), timeout=20.0):
    return request(port, "GET", target, fields, timeout=timeout)


async def get_async(port, target, fields=()):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head_of("GET", target, fields))
        head = parse_head((await reader.readuntil(b"\r\n\r\n"))[:-4])
        length = body_length(head, "GET")
        head.body = await (reader.readexactly(length) if length is not None else reader.read())
        return head
    finally:
        writer.close()


def get_many(port, targets, fields=(), timeout=60.0):
    """All at once, each on its own connection; in the order of `targets`."""
    async def all_of_them():
        calls = [get_async(port, target, fields) for target in targets]
        return await asyncio.wait_for(asyncio.gather(*calls), timeout * patience())
    return asyncio.run(all_of_them())
