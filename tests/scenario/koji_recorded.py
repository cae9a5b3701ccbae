"""What a real Koji hub once answered, through a hub that speaks XML-RPC: the pages say the same."""
import json

from harness.checks import check, equal, run, step
from harness.fedora import Fedora
from harness.recorded import folder, records
from harness.server import Server


def call_of(record):
    """A last table holds the keyword arguments; an empty one says that there are none."""
    call = [record["method"], *record["args"]]
    if record["kwargs"] or (record["args"] and isinstance(record["args"][-1], dict)):
        call.append(record["kwargs"])
    return json.dumps([call], ensure_ascii=False)


def scenario():
    calls = records("koji_hub_calls.ndjson")
    check(len(calls) > 100, f"{len(calls)} recorded calls")
    fedora = Fedora(corpus=folder())
    config = f'[upstream.koji]\nkind = "koji"\nurl = "{fedora.url}/kojihub"\n'
    for number, record in enumerate(calls):
        call = json.dumps(call_of(record), ensure_ascii=False)
        config += (f'[page.call{number}]\npath = "/call/{number}.json"\n'
                   f'fetch = [{{ upstream = "koji", call = {call} }}]\n')
    server = Server(config)
    for number, record in enumerate(calls):
        answer = server.get(f"/call/{number}.json")
        equal(answer.status, 200, f"status of {record['method']} ({answer.body[:300]!r})")
        check(answer.json() == record["result"],
              lambda: f"{record['method']} {record['args']} {record['kwargs']}: "
                      f"expected {record['result']!r:.300}, found {answer.body[:300]!r}")
    equal(fedora.calls("koji"), len(calls), "calls to the hub")
    step(f"{len(calls)} recorded calls")


run(scenario)
