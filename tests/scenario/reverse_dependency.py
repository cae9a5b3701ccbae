"""S20: a page that shows something of another was never cleared when that one changed. Here a page
says which values it shows, and an event about one of them refreshes it, also one it shows since
a moment ago."""
from harness.checks import check, equal, equals_eventually, run, step
from harness.server import Server
from harness.things import LINES, origin
from harness.upstream import Upstream


def config(upstream, shows='shows = { origin = "/depends/*/origin" }'):
    return LINES + origin(upstream) + f'''
[page.port]
path = "/{{category}}/{{port}}.json"
fetch = [{{ upstream = "origin", get = "/{{category}}/{{port}}" }}]
{shows}
on = [
  {{ topic = "port", set = {{ category = "/msg/category", port = "/msg/port" }} }},
  {{ topic = "port", set = {{ origin = {{ value = "{{/msg/category}}/{{/msg/port}}" }} }} }},
]
'''


def port(*depends, n=0):
    return {"n": n, "depends": [{"origin": origin} for origin in depends]}


def scenario():
    upstream = Upstream()
    upstream.documents.update({"/lang/perl": port(), "/www/site": port("lang/perl"),
                               "/www/other": port("lang/ruby"), "/lang/ruby": port()})
    server = Server(config(upstream), stdin=True)
    paths = [f"{target}.json" for target in upstream.documents]
    for path in paths:
        equal(server.get(path).status, 200, path)
    upstream.forget()

    def event(origin, number):
        category, name = origin.split("/")
        server.publish({"topic": "port", "msg_id": f"{origin}-{number}",
                        "msg": {"category": category, "port": name}})

    def is_told(path, n, what):
        equals_eventually(lambda: server.get(path).json()["n"], n, what)

    upstream.documents["/www/site"] = port("lang/perl", n=1)
    event("lang/perl", 1)
    is_told("/www/site.json", 1, "the page that shows what the event is about")
    marked = server.admin_get("/-/explain?event=lang/perl-1").json()["paths"]
    equal(sorted(marked), ["/lang/perl.json", "/www/site.json"], "what the event marked, and nothing else")
    equals_eventually(lambda: upstream.count("/lang/perl"), 1, "calls for the page itself")
    explained = server.explain("/www/site.json")
    equal((explained["cause"]["id"], explained["cause"]["rule"]), ("lang/perl-1", "port.on[1]"),
          "the cause of the page that shows it")
    step("an event about one page refreshed the page that shows it")

    # What a page shows changes with the page.
    upstream.documents["/www/site"] = port("lang/ruby", n=2)
    event("www/site", 2)
    is_told("/www/site.json", 2, "the page after it came to show something else")
    upstream.documents["/www/site"] = port("lang/ruby", n=3)
    event("lang/ruby", 3)
    is_told("/www/site.json", 3, "the page after an event about what it shows now")
    before = upstream.count("/www/site")
    event("lang/perl", 4)
    equals_eventually(lambda: server.taken(), 4, "events taken")
    equals_eventually(lambda: server.metrics().sum("freshet_queue_pages"), 0, "pages queued")
    equal(upstream.count("/www/site"), before, "calls for what it does not show any more")
    answer = server.admin_get("/-/explain?event=lang/ruby-3").json()
    check("/www/site.json" in answer["paths"], f"explain names the page: {answer['paths']}")


run(scenario)
