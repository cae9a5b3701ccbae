"""The freshet that is tried: where it is, how it was built, which names it knows, how long it may take."""
import ctypes
import functools
import mmap
import os
import signal
import sys

# An instrumented server (ASan, TSan) does the same in about this many times the time. Whatever waits
# for it multiplies by patience(); nothing else knows of it.
INSTRUMENTED_IS_SLOWER = 5


@functools.cache
def binary():
    path = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FRESHET_BINARY", "")
    if not os.access(path, os.X_OK):
        raise ValueError(f"the first argument is the freshet program, found {path!r}")
    return path


@functools.cache
def holds(text):
    """Whether these bytes stand somewhere in the program."""
    with open(binary(), "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(text) >= 0


def knows(name):
    """Whether the program has that name in it. What it cannot say, a test must not wait for."""
    return holds(name.encode())


def sanitized():
    return holds(b"__asan_init") or holds(b"__tsan_init")


@functools.cache
def patience():
    """What every deadline is multiplied by. FRESHET_SCENARIO_PATIENCE says it for a machine that has
    other things to do."""
    given = os.environ.get("FRESHET_SCENARIO_PATIENCE")
    return float(given) if given else INSTRUMENTED_IS_SLOWER if sanitized() else 1


def surroundings():
    """The environment without FRESHET_...: those variables are configuration to the program."""
    return {k: v for k, v in os.environ.items() if not k.startswith("FRESHET_")}


_libc = ctypes.CDLL(None)


def end_with_scenario():
    """Between fork and exec: the kernel ends the child when the scenario is gone, however it went."""
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
