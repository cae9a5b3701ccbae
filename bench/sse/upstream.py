"""The owner of the pages: every answer differs from the one before."""
import selectors
import socket
import threading

from server import BODY


class Upstream:
    """Answers each GET at once with a counter, on one thread of its own."""

    def __init__(self):
        self.count = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.socket, selectors.EVENT_READ, self.accept)
        threading.Thread(target=self.run, daemon=True).start()

    @property
    def port(self):
        return self.socket.getsockname()[1]

    def run(self):
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)

    def accept(self, listening):
        peer, _ = listening.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(peer, selectors.EVENT_READ, self.answer)

    def answer(self, peer):
        asked = peer.recv(65536)
        if not asked:
            self.selector.unregister(peer)
            peer.close()
            return
        for request in asked.split(b"\r\n\r\n")[:-1]:
            self.count += 1
            text = b"x" * BODY if request.startswith(b"GET /large/") else b""
            body = b'{"n":%d,"text":"%s"}' % (self.count, text)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(body) + body)
