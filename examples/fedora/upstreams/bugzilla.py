"""A Bugzilla: `GET /bugzilla/rest/bug...`, and `POST /bugzilla/xmlrpc.cgi` with Bug.get and
Bug.search."""
import datetime

from xml_rpc import Fault, answer, fault, question

NO_SUCH_BUG, NOT_FOR_YOU, NO_SUCH_METHOD = 101, 102, 32000


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


class Bugzilla:
    def __init__(self, world):
        self.world = world

    def _bug(self, number):
        found = self.world.tree["bugs"].get(str(number))
        if found is None:
            raise Fault(NO_SUCH_BUG, f"Bug #{number} does not exist.")
        if found["private"]:
            raise Fault(NOT_FOR_YOU, f"You are not authorized to access bug #{number}.")
        return found

    @staticmethod
    def _row(bug, moment, fields=None):
        row = {"id": bug["id"], "product": bug["product"], "component": bug["component"],
               "version": bug["version"], "status": bug["status"], "summary": bug["summary"],
               "assigned_to": bug["assigned_to"], "is_open": bug["status"] != "CLOSED",
               "creation_time": moment(bug["created"]), "last_change_time": moment(bug["changed"])}
        return {k: v for k, v in row.items() if not fields or k in fields}

    def _search(self, want):
        """`want`: name -> list of values, as the query string has it."""
        rows = []
        for bug in self.world.tree["bugs"].values():
            if bug["private"]:
                continue
            good = all(self._meets(bug, name, values) for name, values in want.items())
            if good:
                rows.append(bug)
        start = int((want.get("offset") or ["0"])[0])
        most = int((want.get("limit") or ["20"])[0]) or len(rows)
        return rows[start:start + most]

    @staticmethod
    def _meets(bug, name, values):
        values = [v for v in values if v != ""]
        if not values or name in ("limit", "offset", "include_fields", "order"):
            return True
        if name in ("id", "ids"):
            return str(bug["id"]) in {n for v in values for n in str(v).split(",")}
        if name in ("status", "bug_status"):
            is_open = bug["status"] != "CLOSED"
            return bug["status"] in values or ("__open__" in values and is_open)
        return str(bug.get(name)) in map(str, values)

    # REST.

    def get(self, path, query):
        """(status, document)."""
        if not path.startswith("/rest/bug"):
            return 404, {"error": True, "code": NO_SUCH_METHOD, "message": "no such method"}
        fields = [f for v in query.get("include_fields", []) for f in v.split(",") if f]
        with self.world.lock:
            number = path[len("/rest/bug"):].strip("/")
            try:
                bugs = [self._bug(number)] if number else self._search(query)
            except Fault as f:
                status = 404 if f.code == NO_SUCH_BUG else 401
                return status, {"error": True, "code": f.code, "message": f.text}
            return 200, {"bugs": [self._row(b, rest_time, fields) for b in bugs], "faults": []}

    # XML-RPC.

    def post(self, body):
        try:
            method, params = question(body)
            self.world.count(f"bugzilla {method}")
            want = params[0] if params and isinstance(params[0], dict) else {}
            with self.world.lock:
                if method == "Bug.get":
                    return answer(self._get(want))
                if method == "Bug.search":
                    lists = {k: [str(x) for x in v] if isinstance(v, list) else [str(v)]
                             for k, v in want.items()}
                    bugs = self._search(lists)
                    return answer({"bugs": [self._row(b, utc, want.get("include_fields"))
                                            for b in bugs]})
            raise Fault(NO_SUCH_METHOD, f"The method '{method}' does not exist.")
        except Fault as f:
            return fault(f)

    def _get(self, want):
        rows, faults = [], []
        for number in want.get("ids", []):
            try:
                rows.append(self._row(self._bug(number), utc, want.get("include_fields")))
            except Fault as f:
                if not want.get("permissive"):
                    raise
                faults.append({"id": number, **f.struct()})
        return {"bugs": rows, "faults": faults}


def rest_time(seconds):
    return utc(int(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
