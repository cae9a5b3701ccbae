"""fedmsg over real ZeroMQ, and a history of it that answers as datagrepper does, or lies."""
import json
import time
import urllib.parse

from .checks import Skip, check, closing, eventually
from .ports import free_port
from .upstream import Answer, Upstream

try:
    import zmq
except ImportError:
    zmq = None


def message(topic, msg, msg_id, i=None, at=None):
    """fedmsg's envelope, and what makes it one."""
    out = {"topic": topic, "msg": msg, "msg_id": msg_id, "username": "apache",
           "timestamp": time.time() if at is None else at}
    if i is not None:
        out["i"] = i
    return out


class Publisher:
    """An XPUB, as fedmsg's gateways are: what nobody is there to hear is lost. `deaf`: it takes
    connections and subscriptions, and gives them nothing."""

    def __init__(self, deaf=False):
        if zmq is None:
            raise Skip("python3-zmq is not installed")
        self.context = zmq.Context()
        self.port, self.deaf, self.subscriptions, self.socket = free_port(), deaf, 0, None
        self.start()
        closing(self)

    @property
    def endpoint(self):
        return f"tcp://127.0.0.1:{self.port}"

    def start(self):
        """Listens; again on the same port after stop()."""
        self.socket = self.context.socket(zmq.XPUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 0)  # nothing is lost but what a test means to lose
        self.socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        self.socket.setsockopt(zmq.XPUB_MANUAL, 1)
        eventually(self._bind, f"port {self.port} is free again")

    def _bind(self):
        try:
            self.socket.bind(self.endpoint)
        except zmq.ZMQError:
            return False
        return True

    def look(self):
        """Takes the subscriptions that have arrived; how many there ever were."""
        while self.socket.poll(0):
            told = self.socket.recv()
            if told[:1] == b"\x01":
                self.subscriptions += 1
                if not self.deaf:
                    self.socket.setsockopt(zmq.SUBSCRIBE, told[1:])
        return self.subscriptions

    def wait_for_subscription(self):
        before = self.subscriptions
        eventually(lambda: self.look() > before, "a subscription arrives", within=30)

    def send(self, *messages):
        for each in messages:
            self.send_text(each["topic"], json.dumps(each))

    def send_text(self, topic, text):
        """A message whose frames say what the test wrote, letter by letter."""
        self.look()
        self.socket.send_multipart([topic.encode(), text.encode()])

    def stop(self):
        """The connection breaks; what was sent and not taken is gone."""
        if self.socket:
            self.socket.close(0)
            self.socket = None

    def restart(self):
        self.stop()
        self.start()
        self.wait_for_subscription()

    def close(self):
        self.stop()
        self.context.term()


class History(Upstream):
    """`self.known` is what it knows. `self.lie(question, honest)` may answer something else: an
    Answer, or None for the truth."""

    def __init__(self):
        self.known, self.lie = [], None
        super().__init__()
        self.answer = self.page

    @property
    def raw(self):
        return self.url + "/raw"

    def add(self, *messages):
        with self.lock:
            self.known += messages

    def honest(self, question):
        first, last = float(question["start"]), float(question["end"])
        page, rows = int(question["page"]), int(question["rows_per_page"])
        check(question["order"] == "asc" and 1 <= rows <= 100, f"asked as nobody should: {question}")
        with self.lock:
            found = [m for m in self.known if first <= m["timestamp"] <= last]
        found.sort(key=lambda m: m["timestamp"])
        some = found[(page - 1) * rows:page * rows]
        return {"arguments": question, "count": len(some), "total": len(found),
                "pages": -(-len(found) // rows),
                "raw_messages": [{**m, "source_name": "datanommer", "source_version": "0.8.1"}
                                 for m in some]}

    def page(self, call):
        target = urllib.parse.urlsplit(call.target)
        if target.path != "/raw":
            return Answer({"error": "no such address"}, 404)
        question = dict(urllib.parse.parse_qsl(target.query))
        honest = self.honest(question)
        other = self.lie(question, honest) if self.lie else None
        return other if other is not None else Answer(honest)
