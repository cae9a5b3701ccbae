"""The data that the stand-in systems share: small, made by hand, the same on every start.

Everything is one tree of dictionaries and lists that `POST /-/set` can change, so that a test or a
demonstration can move the truth while freshet looks on.
"""
import threading
import time

# Seconds since the epoch of the newest thing there is: fixed, so that two runs say the same.
NOW = 1_763_690_400

#       name                   id     owner     summary                                version
SEED = [
    ("guake",                 7000, "pingou",  "Drop-down terminal for GNOME",         "3.10"),
    ("kernel",                   8, "kernel-maint", "The Linux kernel",                "6.11.5"),
    ("bodhi",                 6060, "bowlofeggs", "A modular framework for updates",   "8.2.0"),
    ("vim",                    216, "zdohnal", "The VIM editor",                       "9.1.825"),
    ("hexchat",              15990, "tingping", "A popular and easy to use IRC client", "2.16.2"),
    ("firefox",                 37, "gecko-maint", "Mozilla Firefox web browser",      "132.0"),
    ("texworks",             11233, "eclipseo", "A simple IDE for authoring TeX",      "0.6.9"),
    ("python-requests",       9800, "carlwgeorge", "HTTP library for Python",          "2.32.3"),
    ("rust-ripgrep",         26100, "decathorpe", "Line oriented search tool",         "14.1.1"),
    ("eclipse-ptp",          12345, "orphan",  "Eclipse Parallel Tools Platform",      "6.0.3"),
]
BRANCHES = ["rawhide", "f41", "f40", "epel9"]
DIST = {"rawhide": "fc42", "f41": "fc41", "f40": "fc40", "epel9": "el9"}
BUG_STATES = ["NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "CLOSED"]


def package(name, number, owner, summary, version):
    return {"id": number, "name": name, "owner": owner, "summary": summary, "version": version,
            "description": f"{summary}, as it stands in this stand-in.",
            "url": f"https://{name}.example.org/", "branches": list(BRANCHES),
            "sub_packages": [name, f"{name}-devel", f"{name}-doc"]}


def build(of, number, branch, at, state=1):
    release = f"{number % 7 + 1}.{DIST[branch]}"
    done = at + 300 + number % 200 if state == 1 else None
    return {"build_id": number, "package": of["name"], "version": of["version"], "release": release,
            "state": state, "owner_name": of["owner"], "branch": branch,
            "creation_ts": at + 0.342482, "completion_ts": done and done + 0.5}


def update(of, built, number, status):
    branch = built["branch"]
    release = branch.replace("epel", "EPEL-").upper() if branch != "rawhide" else "F42"
    return {"alias": f"FEDORA-2025-{number:010x}", "package": of["name"], "status": status,
            "release": release, "branch": branch, "user": of["owner"],
            "nvr": f"{of['name']}-{built['version']}-{built['release']}", "karma": number % 4,
            "bugs": [], "submitted": built["creation_ts"] + 3600}


def bug(of, number, state, at):
    return {"id": number, "product": "Fedora", "component": of["name"], "version": "rawhide",
            "status": state, "summary": f"{of['name']} says {number % 97} when asked",
            "assigned_to": f"{of['owner']}@fedoraproject.org", "private": False,
            "created": at - 86_400, "changed": at}


def grow(things):
    """The world before anybody touched it; `things` packages more called thing-0, thing-1, ..."""
    seeds = list(SEED)
    seeds += [(f"thing-{n}", 100_000 + n, "nobody", f"Thing number {n}", "1.0")
              for n in range(things)]
    world = {"packages": {}, "builds": [], "updates": [], "bugs": {}, "users": {},
             "documents": {}, "messages": [], "down": [], "poison": [],
             "releases": ["F42", "F41", "F40", "EPEL-9"]}
    for n, seed in enumerate(seeds):
        of = world["packages"][seed[0]] = package(*seed)
        world["users"].setdefault(of["owner"], {"id": 100 + len(world["users"]), "name": of["owner"],
                                                "email": f"{of['owner']}@fedoraproject.org"})
        few = n >= len(SEED)
        for k, branch in enumerate(BRANCHES[:1] if few else BRANCHES):
            number = 2_600_000 + 8 * n + k
            made = build(of, number, branch, NOW - 3600 * (8 * n + k) % 900_000,
                         3 if k == 2 and n % 3 == 0 else 1)
            world["builds"].append(made)
            if not few and made["state"] == 1:
                status = ("testing", "stable", "pending", "stable")[k]
                world["updates"].append(update(of, made, number, status))
        for k in range(1 if few else 6):
            number = 2_300_000 + 8 * n + k
            world["bugs"][str(number)] = bug(of, number, BUG_STATES[k], NOW - 7200 * (8 * n + k))
    return world


class World:
    """`tree` under `lock`; what asked for it is counted under `calls`."""

    def __init__(self, things=0):
        self.lock = threading.RLock()
        self.tree = grow(things)
        self.calls = {}
        self.changes = 0

    def count(self, what, n=1):
        with self.lock:
            self.calls[what] = self.calls.get(what, 0) + n

    def change(self, path, gone=False, value=None):
        """Puts `value` where `path` leads (a list of keys and indices; "-" = behind the last), or
        takes away what is there."""
        if not isinstance(path, list) or not path:
            raise ValueError("`path` is a list of keys, such as [\"packages\", \"guake\", \"owner\"]")
        with self.lock:
            self.changes += 1
            at = self.tree
            for step in path[:-1]:
                at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
            last = path[-1]
            if isinstance(at, list) and last == "-" and not gone:
                at.append(value)
            elif gone:
                del at[int(last) if isinstance(at, list) else last]
            else:
                at[int(last) if isinstance(at, list) else last] = value


def zone_time(seconds):
    """As Koji writes it beside its `_ts`."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(seconds))) + \
        f".{int(seconds % 1 * 1_000_000):06d}+00:00"


def plain_time(seconds):
    """As Bodhi writes it: UTC, and no word about it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(seconds)))
