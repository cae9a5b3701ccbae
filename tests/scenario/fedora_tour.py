"""docs/fedora.md as a new user walks it: `freshet init fedora`, other addresses, `check`, a page, a stream,
a truth that moves, and events that are replayed: the page changes before anybody asks."""
from harness.checks import check, equal, equals_eventually, run, step
from harness.fedmsg import Publisher
from harness.server import Server, freshet
from harness.sse import Stream
from harness.fedora import FedoraProcess
from harness.shipped import EVENTS, shipped, shipped_events

PAGE = "/packages/guake.json"


def scenario():
    stand_ins, publisher = FedoraProcess(), Publisher()
    server = Server(shipped(stand_ins, publisher), start=False)
    server.write_config(server.config)
    lint = freshet("check", "-c", server.config_file, "--events", EVENTS)
    equal(lint.returncode, 0, f"exit code of the lint: {lint.out}{lint.err}")
    check(" 0 problems" in lint.out, lint.out)
    connect = freshet("check", "-c", server.config_file, "--connect")
    equal(connect.returncode, 0, f"exit code of check --connect: {connect.out}{connect.err}")
    step("the configuration is right, and everybody answers")

    server.start()
    owner = lambda: server.get(PAGE).json()["dist_git"]["access_users"]["owner"]
    equal(owner(), ["pingou"], "the owner")
    stream = Stream(server.port, match=PAGE).hello()
    stand_ins.set(["packages", "guake", "owner"], "ada")
    equal(owner(), ["pingou"], "nobody has said anything yet")
    before = stand_ins.calls("distgit")
    publisher.wait_for_subscription()
    publisher.send(*shipped_events())
    told = stream.next("reload", within=20)
    equal(told.data["@id"], PAGE, "who is told of")
    equal(owner(), ["ada"], "the page that the reader was told of")
    equals_eventually(lambda: server.taken("fedmsg"), len(shipped_events()), "events taken")
    equal(server.metrics().sum("freshet_rule_failed_total"), 0, "rules that failed")
    check(stand_ins.calls("distgit") > before, "dist-git was asked for it")
    cause = freshet("explain", PAGE, "--admin", f"http://127.0.0.1:{server.admin}")
    check("org.fedoraproject.prod." in cause.out, cause.out)
    step("events were replayed, and the page changed before anybody asked")

    for path in ("/packages/guake/updates.json?status=stable", "/packages/guake/bugs.json",
                 "/packages/guake/changelog/rawhide.json", "/packages/guake/activity.json",
                 "/users/ada/activity.json"):
        equal(server.get(path).status, 200, path)
    step("every page of the shipped configuration is there")


run(scenario)
