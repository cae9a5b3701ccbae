"""A ZeroMQ publisher over the system's libzmq, as fedmsg's gateways are: it binds, and drops what
nobody is there to hear."""
import collections
import ctypes
import json
import threading

from .checks import Skip, check, closing

XPUB, LINGER, SNDHWM, LAST_ENDPOINT, XPUB_VERBOSE = 9, 17, 23, 32, 40
DONTWAIT, SNDMORE = 1, 2


def library():
    try:
        found = ctypes.CDLL("libzmq.so.5")
    except OSError as why:
        raise Skip(f"no libzmq here: {why}") from None
    for name, answer in (("ctx_new", ctypes.c_void_p), ("socket", ctypes.c_void_p)):
        getattr(found, "zmq_" + name).restype = answer
    return found


class Publisher:
    """One thread owns the socket: it sends what publish() queued, in order. What nobody is there to
    hear is lost."""

    def __init__(self):
        self.zmq = library()
        self.context = ctypes.c_void_p(self.zmq.zmq_ctx_new())
        self.socket = ctypes.c_void_p(self.zmq.zmq_socket(self.context, XPUB))
        for option, value in ((LINGER, 0), (SNDHWM, 0), (XPUB_VERBOSE, 1)):
            self._set(option, value)
        check(self.zmq.zmq_bind(self.socket, b"tcp://127.0.0.1:*") == 0, "a publisher cannot bind")
        name, size = ctypes.create_string_buffer(256), ctypes.c_size_t(256)
        self.zmq.zmq_getsockopt(self.socket, LAST_ENDPOINT, name, ctypes.byref(size))
        self.endpoint = name.value.decode()
        self.queue = collections.deque()
        self.lock, self.stopped, self.woken = threading.Lock(), False, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        closing(self)

    def _set(self, option, value):
        number = ctypes.c_int(value)
        self.zmq.zmq_setsockopt(self.socket, option, ctypes.byref(number), ctypes.sizeof(number))

    def publish(self, topic, message):
        parts = topic.encode(), json.dumps(message).encode()
        with self.lock:
            self.queue.append(parts)
        self.woken.set()

    def _send(self, parts):
        topic, body = parts
        self.zmq.zmq_send(self.socket, topic, ctypes.c_size_t(len(topic)), SNDMORE)
        self.zmq.zmq_send(self.socket, body, ctypes.c_size_t(len(body)), 0)

    def _take_subscriptions(self):
        buffer = ctypes.create_string_buffer(256)
        while self.zmq.zmq_recv(self.socket, buffer, ctypes.c_size_t(256), DONTWAIT) >= 0:
            pass

    def _run(self):
        while not self.stopped:
            # A subscriber that came or went is only seen by asking.
            self.woken.wait(0.01)
            self.woken.clear()
            self._take_subscriptions()
            with self.lock:
                waiting, self.queue = self.queue, collections.deque()
            for parts in waiting:
                self._send(parts)
        self.zmq.zmq_close(self.socket)
        self.zmq.zmq_ctx_term(self.context)

    def close(self):
        self.stopped = True
        self.woken.set()
        self.thread.join(5)
