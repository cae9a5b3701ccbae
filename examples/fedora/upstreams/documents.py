"""The plain HTTP systems: Bodhi, mdapi, dist-git, and the configurations that Hubs keeps."""
from datagrepper import datagrepper
from world import plain_time


def bodhi_release(name):
    branch = name.lower().replace("epel-", "epel") if name != "F42" else "rawhide"
    return {"name": name, "long_name": name.replace("F", "Fedora ") if name[0] == "F" else name,
            "version": name.lstrip("FEPL-"), "branch": branch, "dist_tag": name.lower(),
            "stable_tag": f"{name.lower()}-updates", "testing_tag": f"{name.lower()}-updates-testing",
            "state": "pending" if name == "F42" else "current"}


def bodhi_update(u):
    return {"alias": u["alias"], "title": u["nvr"], "status": u["status"], "request": None,
            "karma": u["karma"], "builds": [{"nvr": u["nvr"], "epoch": 0, "signed": True}],
            "bugs": [{"bug_id": b, "title": f"bug {b}"} for b in u["bugs"]], "comments": [],
            "date_submitted": plain_time(u["submitted"]),
            "date_pushed": plain_time(u["submitted"] + 86_400) if u["status"] != "pending" else None,
            "release": bodhi_release(u["release"]), "user": {"name": u["user"]}}


def pages_of(rows, query, name):
    page = max(1, int(query.get("page", ["1"])[0]))
    each = min(100, int(query.get("rows_per_page", ["20"])[0]))
    return {name: rows[(page - 1) * each:page * each], "page": page, "rows_per_page": each,
            "pages": -(-len(rows) // each), "total": len(rows)}


def bodhi(tree, path, query):
    if path == "/releases/":
        return 200, pages_of([bodhi_release(r) for r in tree["releases"]], query, "releases")
    if path.startswith("/updates/") and path != "/updates/":
        found = [u for u in tree["updates"] if u["alias"] == path[len("/updates/"):].strip("/")]
        return (200, {"update": bodhi_update(found[0])}) if found else (404, {"status": "error"})
    if path != "/updates/":
        return 404, {"status": "error"}
    wanted = {k: [x for v in query.get(k, []) for x in v.split(",") if x]
              for k in ("packages", "releases", "status")}
    rows = [u for u in tree["updates"]
            if (not wanted["packages"] or u["package"] in wanted["packages"])
            and (not wanted["releases"] or u["release"] in wanted["releases"])
            and (not wanted["status"] or u["status"] in wanted["status"])]
    rows.sort(key=lambda u: -u["submitted"])
    return 200, {**pages_of([bodhi_update(u) for u in rows], query, "updates"), "chrome": True,
                 "display_user": True, "display_request": True, "package": None}


def mdapi_facts(of, name):
    entry = {"name": name, "epoch": "0", "version": of["version"], "release": "1", "flags": "EQ"}
    plain = {"name": "/bin/sh", "epoch": None, "version": None, "release": None, "flags": None}
    return {"arch": "x86_64", "epoch": "0", "version": of["version"], "release": "1",
            "summary": of["summary"], "description": of["description"], "basename": of["name"],
            "url": of["url"], "conflicts": [], "obsoletes": [],
            "provides": [{**plain, "name": f"application({name})"}, entry],
            "requires": [plain, {**entry, "name": of["name"]}], "enhances": [],
            "recommends": [], "suggests": [], "supplements": [],
            "co-packages": of["sub_packages"], "repo": "release"}


def mdapi_changes(of):
    return [{"author": f"{of['owner']} <{of['owner']}@example.org> - {of['version']}-{n}",
             "changelog": f"- change {n}", "date": 1_517_400_000 + 86_400 * n} for n in (2, 1)]


def mdapi(tree, path, _):
    steps = path.strip("/").split("/")
    branches = sorted({b for p in tree["packages"].values() for b in p["branches"]})
    if steps == ["branches"]:
        return 200, branches
    if len(steps) != 3:
        return 404, "404: Not Found"
    branch, what, name = steps
    if branch not in branches:
        return 400, "400: Bad Request"
    of = tree["packages"].get(name)
    if of is None and what != "srcpkg":
        of = next((p for p in tree["packages"].values() if name in p["sub_packages"]), None)
    if of is None or branch not in of["branches"]:
        return 404, "404: Not Found"
    if what in ("pkg", "srcpkg"):
        return 200, mdapi_facts(of, name)
    if what == "files":
        return 200, {"files": [{"dirname": "/usr/bin", "filenames": name, "filetypes": "f"}],
                     "repo": "release"}
    if what == "changelog":
        return 200, {"changelogs": mdapi_changes(of), "repo": "release"}
    facts = mdapi_facts(of, name)
    return (200, {what: facts[what], "repo": "release"}) if what in facts else (404, "404: Not Found")


def distgit(tree, path, _):
    if path == "/extras/pagure_poc.json":
        return 200, {"rpms": {p["name"]: {"fedora": p["owner"], "epel": p["owner"]}
                              for p in tree["packages"].values()}}
    start = "/api/0/rpms/"
    of = tree["packages"].get(path[len(start):].strip("/")) if path.startswith(start) else None
    if of is None:
        return 404, {"error": "Project not found", "error_code": "ENOPROJECT"}
    return 200, {"access_users": {"owner": [of["owner"]], "admin": [], "commit": [], "ticket": []},
                 "access_groups": {"admin": [], "commit": [], "ticket": []}, "name": of["name"],
                 "namespace": "rpms", "fullname": f"rpms/{of['name']}", "id": of["id"],
                 "url_path": f"rpms/{of['name']}", "description": f"The {of['name']} rpms",
                 "user": {"name": of["owner"], "fullname": of["owner"].capitalize()},
                 "date_created": "1501869058", "date_modified": "1507274616", "parent": None,
                 "tags": [], "close_status": [], "custom_keys": [], "milestones": {},
                 "priorities": {}}


def hubs(tree, path, _):
    start = "/api/config/"
    user = tree["users"].get(path[len(start):].strip("/")) if path.startswith(start) else None
    return (200, user) if user else (404, {"error": "no such user"})


SYSTEMS = {"bodhi": bodhi, "mdapi": mdapi, "distgit": distgit, "hubs": hubs,
           "datagrepper": datagrepper}
