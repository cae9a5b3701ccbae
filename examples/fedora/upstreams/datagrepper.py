"""datagrepper: what the bus carried, by time, package and user. It knows what was put into `messages`:

    curl -d '{"path": ["messages", "-"], "value": {"topic": "...", "timestamp": 1, "msg": {}}}' localhost:7000/-/set
"""


def texts(value):
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, str):
        yield value
    elif not isinstance(value, (int, float, type(None))):
        for each in value:
            yield from texts(each)


def concerns(message, package, user):
    said = set(texts(message.get("msg")))
    if user and user not in said:
        return False
    return not package or any(t == package or t.startswith(package + "-") for t in said)


def datagrepper(tree, path, query):
    if path != "/raw":
        return 404, {"error": "no such address"}
    first = lambda name, otherwise: query.get(name, [otherwise])[0]
    start, end = float(first("start", "0")), float(first("end", "1e12"))
    rows, page = min(100, int(first("rows_per_page", "25"))), max(1, int(first("page", "1")))
    found = [m for m in tree["messages"]
             if start <= m.get("timestamp", 0) <= end
             and concerns(m, first("package", ""), first("user", ""))]
    found.sort(key=lambda m: m.get("timestamp", 0), reverse=first("order", "desc") == "desc")
    some = found[(page - 1) * rows:page * rows]
    return 200, {"arguments": {"page": page, "rows_per_page": rows, "start": start, "end": end},
                 "count": len(some), "total": len(found), "pages": -(-len(found) // rows),
                 "raw_messages": some}
