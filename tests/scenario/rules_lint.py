"""Rules fell silent and nobody knew: a release's name where the branch was meant (S3), one side of a
change only (S4), a field that became an object (S5). The lint of recorded events names them."""
import json
import pathlib
import tempfile

from harness.checks import check, equal, run, step
from harness.server import freshet

HEAD = '''
[bus.fedmsg]
kind = "ndjson"
file = "-"
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:9"
'''
BUGS = HEAD + '''
[page.bugs]
path = "/bugs/{component}.json"
fetch = [{ upstream = "origin", get = "/{component}" }]
on = [ %s ]
'''
NEW = '{ topic = "#.bug.update", set = { component = %s } }'
OLD = ('{ topic = "#.bug.update", each = "/msg/changes", where = { "/each/field" = "component" },'
       ' set = { component = "/each/removed" } }')
BOTH_FORMS = '["/msg/component/name", "/msg/component"]'
RELEASES = HEAD + '''
[page.release]
path = "/releases/{branch}.json"
%s
fetch = [{ upstream = "origin", get = "/{branch}" }]
on = [{ topic = "#.compose", set = { branch = "/msg/release" } }]
'''


def moved(component, old="", new=""):
    changes = [{"field": "component", "removed": old, "added": new}] if old else []
    return {"topic": "org.bug.update", "msg": {"component": component, "changes": changes}}


BUGZILLA = [moved("pcp"), moved("pcp", "selinux-policy", "pcp"), moved({"id": 4, "name": "vim"})]


def lint(folder, config, events, *more, paths=None):
    """(exit code, report)"""
    files = {"c.toml": config, "events.ndjson": "".join(json.dumps(e) + "\n" for e in events)}
    if paths:
        files["paths"] = "\n".join(paths)
        more += ("--paths", folder / "paths")
    for name, text in files.items():
        (folder / name).write_text(text)
    done = freshet("check", "-c", folder / "c.toml", "--events", folder / "events.ndjson", "--json",
                   *more)
    check(done.returncode in (0, 1), f"exit code {done.returncode}: {done.err}")
    report = json.loads(done.out)
    equal(done.returncode, 1 if report["problems"] else 0, "the exit code")
    equal(report["events"], len(events), "events")
    return report


def problems(report):
    return sorted({f["kind"] for f in report["findings"] if f["problem"]})


def one(report, kind):
    found = [f for f in report["findings"] if f["kind"] == kind]
    check(found, f"no finding of kind {kind}: {report['findings']}")
    return found[0]


def s3(folder):
    composed = [{"topic": "org.compose", "msg": {"release": "F22"}}]
    equal(problems(lint(folder, RELEASES % "", composed, paths=["/releases/f22.json"])), ["unmet"],
          "a release's name where the branch is the key")
    lower = RELEASES % "param = { branch = { lower = true } }"
    equal(problems(lint(folder, lower, composed, paths=["/releases/f22.json"])), [], "with `lower`")
    listed = RELEASES % 'param = { branch = { in = ["f21", "f22"] } }'
    equal(problems(lint(folder, listed, composed)), ["refused"], "a value that `in` does not hold")


def s4(folder):
    report = lint(folder, BUGS % (NEW % BOTH_FORMS), BUGZILLA)
    equal(problems(report), ["one_side"], "only the new component is read")
    found = one(report, "one_side")
    check("selinux-policy" in found["message"], f"the page that is lost is named: {found}")
    check("/msg/changes/*/removed" in found["hint"], f"where to read it: {found}")
    equal((found["recorded_line"], found["line"]), (2, 12), "lines of the recording and of the rule")
    equal(problems(lint(folder, BUGS % (NEW % BOTH_FORMS + "," + OLD), BUGZILLA)), [], "both are read")


def s5(folder):
    report = lint(folder, BUGS % (NEW % '"/msg/component"' + "," + OLD), BUGZILLA)
    equal(problems(report), ["type"], "component became an object")
    found = one(report, "type")
    equal((found["events"], found["recorded_line"], found["rule"]), (1, 3, "bugs.on[0]"), "which")
    gone = BUGZILLA[:1] * 4 + [{"topic": "org.bug.update", "msg": {"changes": []}}] * 3
    equal(problems(lint(folder, BUGS % (NEW % BOTH_FORMS), gone)), ["vanished"], "component vanished")


def scenario():
    with tempfile.TemporaryDirectory(prefix="freshet-scenario-") as name:
        folder = pathlib.Path(name)
        for case in (s3, s4, s5):
            case(folder)
            step(f"{case.__name__} is found")
        report = lint(folder, BUGS % (NEW % '"/msg/component"').replace("bug.update", "bug.updates"),
                      BUGZILLA)
        equal(problems(report), ["never"], "a topic that never comes")
        check("org.bug.update" in one(report, "never")["hint"], "the topic that was meant")
        again = lint(folder, (folder / "c.toml").read_text(), BUGZILLA, "--allow", "never")
        equal(again["problems"], 0, "problems that are allowed")
        text = freshet("check", "-c", folder / "c.toml", "--events", folder / "events.ndjson")
        equal(text.returncode, 1, "exit code with problems")
        check(f"{folder}/c.toml:12:" in text.out, f"the rule's place: {text.out}")
        equal(freshet("check", "-c", folder / "c.toml", "--events", folder / "none").returncode, 69,
              "exit code without the file")
        equal(freshet("check", "-c", folder / "c.toml", "--json").returncode, 2, "--json alone")


run(scenario)
