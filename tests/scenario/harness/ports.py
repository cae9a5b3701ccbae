"""Ports of our own: below those that the kernel gives to outgoing connections."""
import os
import random
import socket

_random = random.Random(os.getpid() * 7919 + int.from_bytes(os.urandom(4), "big"))
_given = set()


def _lowest_ephemeral():
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as text:
            return int(text.read().split()[0])
    except OSError:
        return 32768


def free_port():
    """A port that nobody listens on, and that no outgoing connection will take meanwhile.

    A scenario that restarts its server needs the same port twice, so port 0 is not enough."""
    top = _lowest_ephemeral()
    low = 10240 if top > 12000 else 1025
    for _ in range(1000):
        port = _random.randrange(low, top)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise OSError("no free port")
