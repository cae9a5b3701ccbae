"""How a scenario says what must hold, waits for it, and ends."""
import os
import resource
import signal
import sys
import threading
import time
import traceback

from .program import patience, sanitized

SKIPPED = 77
_pause = threading.Event()  # never set: wait() on it is a pause between two looks
_closers = []


class Failure(Exception):
    """What must hold does not."""


class Died(Exception):
    """A process ended that must not. Not a Failure: waiting longer does not help."""


class Skip(Exception):
    """Something that the scenario needs is not on this machine."""


def check(condition, message):
    if not condition:
        raise Failure(message() if callable(message) else message)


def equal(found, expected, what):
    check(found == expected, lambda: f"{what}: expected {expected!r}, found {found!r}")


def eventually(look, what, within=15.0, every=0.02):
    """The first true value of look(). What it raised or returned last is part of the failure."""
    end = time.monotonic() + within * patience()
    while True:
        try:
            last = look()
            if last:
                return last
        except (OSError, Failure, ValueError, LookupError) as error:
            last = error
        if time.monotonic() > end:
            raise Failure(f"not within {within * patience():g} s: {what}; last seen: {last!r}")
        _pause.wait(every)


def equals_eventually(look, expected, what, within=15.0):
    def same():
        found = look()
        if found != expected:
            raise Failure(f"expected {expected!r}, found {found!r}")
        return True
    eventually(same, what, within)


def bounded(bytes_, most, what):
    """What something cost in memory. A sanitizer keeps freed memory back: there it is only told."""
    step(f"{what}: {bytes_ / (1 << 20):+.1f} MiB")
    check(sanitized() or bytes_ < most, f"{what} cost {bytes_ >> 20} MiB, at most {most >> 20} are allowed")


def closing(thing):
    """thing.close() runs when the scenario ends, newest first."""
    _closers.append(thing)
    return thing


def allow_descriptors(wanted):
    """Raises the soft limit, which the server inherits; skips where the hard limit is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Skip(f"needs {wanted} file descriptors, the hard limit is {hard}")
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def step(text):
    print(f"[{time.monotonic() - _began:6.2f} s] {text}", flush=True)


_began = time.monotonic()


def run(scenario):
    """Ends the program: 0 it holds, 1 it does not, 77 it could not be tried."""
    status = 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        scenario()
        status = 0
        step("holds")
    except Skip as why:
        status = SKIPPED
        step(f"SKIPPED: {why}")
    except (Failure, Died) as why:
        step(f"FAILED: {why}")
        _tell_where()
    except BaseException:  # an interrupt too must not leave processes behind
        traceback.print_exc()
    finally:
        for thing in reversed(_closers):
            try:
                if status == 1 and hasattr(thing, "tell"):
                    print(thing.tell(), flush=True)
                thing.close()
            except Exception:
                traceback.print_exc()
                status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a thread that serves a hanging answer must not hold the end


def _interrupted(number, _):
    raise SystemExit(f"ended by signal {number}")


def _tell_where():
    for frame in traceback.extract_tb(sys.exc_info()[2]):
        if not frame.filename.endswith("checks.py"):
            print(f"    {os.path.basename(frame.filename)}:{frame.lineno}: {frame.line}")
