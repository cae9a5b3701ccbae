"""A Koji hub: `POST /kojihub`, anonymous reads, keyword arguments by `__starstar`, multiCall."""
import json
import pathlib

from world import zone_time
from xml_rpc import Fault, answer, fault, question

GENERIC = 1000  # koji.GenericError


def split_arguments(params):
    """(positional, keyword): a last struct that says `__starstar` holds the keyword arguments."""
    if params and isinstance(params[-1], dict) and params[-1].get("__starstar"):
        named = {k: v for k, v in params[-1].items() if k != "__starstar"}
        return params[:-1], named
    return params, {}


def spelling(method, args, kwargs):
    return json.dumps([method, args, kwargs], sort_keys=True)


class Recording:
    """What a real hub once said: a question asked again gets its next recorded answer, then the
    last one for ever."""

    def __init__(self, folder):
        self.answers, self.at = {}, {}
        file = pathlib.Path(folder) / "koji_hub_calls.ndjson" if folder else None
        if not file or not file.exists():
            return
        for line in file.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            key = spelling(call["method"], call["args"], call["kwargs"])
            self.answers.setdefault(key, []).append(call["result"])

    def take(self, key):
        """A list of one, or nothing."""
        known = self.answers.get(key)
        if not known:
            return []
        at = self.at.get(key, 0)
        self.at[key] = at + 1
        return [known[min(at, len(known) - 1)]]


class KojiHub:
    def __init__(self, world, corpus=None):
        self.world, self.recorded = world, Recording(corpus)
        self.sorted_at, self.by_package, self.by_id = -1, {}, {}

    def post(self, body):
        """(XML, how many calls it was)."""
        try:
            method, params = question(body)
            if method == "multiCall" and not self._known("multiCall", params):
                return answer(self._many(params[0])), max(1, len(params[0]))
            return answer(self.call(method, params)), 1
        except Fault as f:
            return fault(f), 1

    def _known(self, method, params):
        return spelling(method, *split_arguments(params)) in self.recorded.answers

    def _many(self, calls):
        out = []
        for each in calls:
            try:
                out.append([self.call(each["methodName"], each.get("params", []))])
            except Fault as f:
                out.append({**f.struct(), "traceback": []})
        return out

    def call(self, method, params):
        args, named = split_arguments(params)
        self.world.count(f"koji {method}")
        with self.world.lock:
            for found in self.recorded.take(spelling(method, args, named)):
                return found
            does = getattr(self, "do_" + method.replace(".", "_"), None)
            if does is None:
                raise Fault(GENERIC, f"Invalid method: {method}")
            try:
                return does(*args, **named)
            except TypeError as why:
                raise Fault(GENERIC, f"{method}: {why}") from None

    # The methods.

    def _sort(self):
        """Which builds a package has, looked up once after each change."""
        if self.sorted_at == self.world.changes:
            return
        self.sorted_at, self.by_package = self.world.changes, {}
        for b in self.world.tree["builds"]:
            self.by_package.setdefault(b["package"], []).append(b)
        self.by_id = {p["id"]: p for p in self.world.tree["packages"].values()}

    def _builds(self, package):
        self._sort()
        return self.world.tree["builds"] if package is None else self.by_package.get(package, [])

    def _package(self, info):
        self._sort()
        return self.by_id.get(info) if isinstance(info, int) \
            else self.world.tree["packages"].get(info)

    def _user(self, info):
        users = self.world.tree["users"]
        if isinstance(info, int):
            return next((u for u in users.values() if u["id"] == info), None)
        return users.get(info)

    def _row(self, b):
        of = self._package(b["package"]) or {"id": 0}
        owner = self._user(b["owner_name"]) or {"id": 0}
        done = b["completion_ts"]
        return {"build_id": b["build_id"], "name": b["package"], "package_name": b["package"],
                "package_id": of["id"], "version": b["version"], "release": b["release"],
                "nvr": f"{b['package']}-{b['version']}-{b['release']}", "epoch": None,
                "state": b["state"], "draft": False, "owner_id": owner["id"],
                "owner_name": b["owner_name"], "task_id": 100_000_000 + b["build_id"],
                "creation_event_id": 2**31 + b["build_id"],
                "creation_time": zone_time(b["creation_ts"]), "creation_ts": b["creation_ts"],
                "completion_time": done and zone_time(done), "completion_ts": done,
                "start_time": None, "start_ts": None, "volume_id": 0, "volume_name": "DEFAULT",
                "extra": None, "source": f"git+https://src.example.org/rpms/{b['package']}.git"}

    @staticmethod
    def _opts(rows, opts):
        opts = opts or {}
        for field in reversed([f for f in (opts.get("order") or "").split(",") if f]):
            name = field.lstrip("-")
            rows.sort(key=lambda r: (r.get(name) is None, r.get(name)), reverse=field[0] == "-")
        if opts.get("countOnly"):
            return len(rows)
        start = opts.get("offset") or 0
        return rows[start:start + opts["limit"]] if opts.get("limit") is not None else rows[start:]

    def do_getPackageID(self, name, strict=False):
        found = self._package(name)
        if found is None and strict:
            raise Fault(GENERIC, f"No such entry in table package: {name}")
        return found and found["id"]

    def do_getPackage(self, info, strict=False, create=False):
        found = self._package(info)
        if found is None and strict:
            raise Fault(GENERIC, f"No such entry in table package: {info}")
        return found and {"id": found["id"], "name": found["name"]}

    def do_listPackages(self, prefix=None, queryOpts=None, **_):
        rows = [{"package_id": p["id"], "package_name": p["name"]}
                for p in self.world.tree["packages"].values()
                if prefix is None or p["name"].startswith(prefix)]
        return self._opts(rows, queryOpts)

    def do_listBuilds(self, packageID=None, userID=None, state=None, prefix=None, queryOpts=None, **_):
        of = self._package(packageID) if packageID is not None else None
        if packageID is not None and of is None:
            return self._opts([], queryOpts)
        by = self._user(userID) if userID is not None else None
        rows = [self._row(b) for b in self._builds(of and of["name"])
                if (by is None or b["owner_name"] == by["name"])
                and (state is None or b["state"] == state)
                and (prefix is None or b["package"].startswith(prefix))]
        return self._opts(rows, queryOpts)

    def do_getBuild(self, info, strict=False):
        for b in self.world.tree["builds"]:
            if info in (b["build_id"], f"{b['package']}-{b['version']}-{b['release']}"):
                return self._row(b)
        if strict:
            raise Fault(GENERIC, f"No such build: {info!r}")
        return None

    def do_listTagged(self, tag, event=None, inherit=False, prefix=None, latest=False, package=None,
                      owner=None, type=None, **_):
        rows = [self._row(b) for b in self._builds(package)
                if b["state"] == 1 and b["branch"] == tag.split("-")[0]
                and (owner is None or b["owner_name"] == owner)]
        rows.sort(key=lambda r: -r["build_id"])
        if latest:
            rows = list({r["name"]: r for r in reversed(rows)}.values())
        return rows

    def do_getLatestBuilds(self, tag, event=None, package=None, type=None):
        return self.do_listTagged(tag, package=package, latest=True)

    def do_getUser(self, userInfo=None, strict=False, **_):
        found = self._user(userInfo)
        if found is None and strict:
            raise Fault(GENERIC, f"No such user: {userInfo!r}")
        return found and {"id": found["id"], "name": found["name"], "status": 0, "usertype": 0,
                          "krb_principals": []}

    def do_getKojiVersion(self):
        return "1.35.0"

    def do_getAPIVersion(self):
        return 1

    def do_echo(self, *args, **named):
        return [*args, named] if named else list(args)
