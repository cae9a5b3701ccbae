"""Ports of our own: below those that the kernel gives to outgoing connections, and in blocks that
one process holds at a time. A server that waits for its publisher on a free port would otherwise
meet the publisher of a scenario that runs beside it."""
import fcntl
import os
import pathlib
import random
import socket
import tempfile

BLOCK = 32
_random = random.Random(int.from_bytes(os.urandom(8), "big"))
_left = []    # ports of the block that is held
_locks = []   # open as long as this process


def _lowest_ephemeral():
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as text:
            return int(text.read().split()[0])
    except OSError:
        return 32768


def _take_block():
    top = _lowest_ephemeral()
    low = 10240 if top > 12000 else 1025
    folder = pathlib.Path(tempfile.gettempdir()) / f"freshet-scenario-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    firsts = list(range(low, top - BLOCK, BLOCK))
    _random.shuffle(firsts)
    for first in firsts:
        lock = open(folder / str(first), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        _locks.append(lock)
        _left.extend(range(first, first + BLOCK))
        return
    raise OSError("no free ports")


def free_port():
    """A port that nobody listens on, and that neither an outgoing connection nor another scenario
    will take meanwhile.

    A scenario that restarts its server needs the same port twice, so port 0 is not enough."""
    while True:
        if not _left:
            _take_block()
        port = _left.pop()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
