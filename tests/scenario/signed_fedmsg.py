"""Signed fedmsg: what Python's json wrote and openssl signed is taken, whatever is in it; everything else is
refused, counted and shown; a signer who is revoked is refused as soon as the list says so."""
import json
import random
import time

from harness.checks import check, equal, equals_eventually, eventually, run, step
from harness.fedmsg import Publisher
from harness.server import Server
from harness.signing import Authority
from harness.things import CHANGED, fedmsg_things
from harness.upstream import Upstream

ODD = ["", "é", "😀\ud7ff", '"\\/', "\b\f\n\r\t\x00\x1f\x7f\x80", "&<>'", "\u2028\u2029", "z" * 300]


def value(dice, depth=0):
    """Anything that JSON can say, and that Python says in more than one way."""
    kind = dice.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind == 1:
        return dice.choice([0, -1, 2**53 + 1, -(2**63), dice.randrange(10**6)])
    if kind == 2:
        return dice.choice([1359604772.178867, 1e-7, -0.0, 1.5e300, 5e-324, dice.random(), 123456789.1])
    if kind <= 5:
        return dice.choice(ODD) + dice.choice(ODD)
    if kind == 6:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    return {dice.choice(ODD) + str(n): value(dice, depth + 1) for n in range(dice.randrange(5))}


def message(n, msg, topic=CHANGED):
    return {"topic": topic, "i": n, "msg": msg, "msg_id": f"2031-{n}", "timestamp": time.time(),
            "username": "koji"}


def send(publisher, signed):
    """Under the topic that all are about, whatever the message says."""
    publisher.send_text(CHANGED, json.dumps(signed))


def scenario():
    upstream, publisher, authority = Upstream(), Publisher(), Authority()
    koji, stranger = authority.issue("koji-01"), authority.issue("stranger")
    verify = (f'verify = {{ mode = "enforce", ca = "{authority.ca}", crl = "{authority.crl}", '
              'names = { "org.example.*.things.#" = ["koji-*"] } }')
    server = Server(fedmsg_things(upstream, {"fedmsg": ([publisher.endpoint], verify)}))
    publisher.wait_for_subscription()
    dropped = lambda **why: server.metrics().sum("freshet_bus_dropped_total", bus="fedmsg", **why)

    dice, count = random.Random(2031), 120
    for n in range(count):
        send(publisher, authority.sign(koji, message(n, value(dice))))
    equals_eventually(lambda: server.taken("fedmsg"), count, "messages taken", within=30)
    equal(dropped(), 0, f"refused; {server.log()[-2000:]}")
    equal(server.metrics().sum("freshet_bus_signatures_total", result="good"), count, "good signatures")
    step(f"{count} messages that Python wrote")

    upstream.documents["/pen"] = {"n": 0}
    equal(server.get("/things/pen.json").json(), {"n": 0}, "a page")
    good = authority.sign(koji, message(1000, {"thing": "pen"}))
    for why, bad in (("unsigned", message(1001, {"thing": "pen"})),
                     ("bad_signature", {**good, "msg": {"thing": "pencil"}, "msg_id": "2031-1002"}),
                     ("bad_signature", {**good, "username": "admin"}),
                     ("wrong_name", authority.sign(stranger, message(1003, {"thing": "pen"}))),
                     ("wrong_topic", {**good, "topic": CHANGED + ".not"})):
        before = dropped(why=why)
        send(publisher, bad)
        equals_eventually(lambda: dropped(why=why), before + 1, why)
    equal(server.taken("fedmsg"), count, "messages taken after those that are not signed")
    # Not its content: a page built before the bus was looked at first is verified once, event or not.
    equal(server.explain("/things/pen.json")["cause"], None, "what marked the page that they were about")
    ready = server.admin_get("/-/ready").json()
    check(any("not signed as they should be" in d for d in ready["degraded"]), f"/-/ready says so: {ready}")
    kept = server.admin_get("/-/locker").json()
    check(any(k["why"] == "wrong_name" for k in kept), f"the locker has them: {kept}")
    step("what is not signed as it should be is refused, counted and shown")

    upstream.documents["/pen"] = {"n": 1}
    send(publisher, good)
    equals_eventually(lambda: server.get("/things/pen.json").json(), {"n": 1}, "the page after a good one")
    check(server.explain("/things/pen.json")["cause"], "the good one marked it")
    authority.revoke(koji)

    def refused():
        send(publisher, authority.sign(koji, message(time.time_ns(), {"thing": "pen"})))
        return dropped(why="revoked") > 0
    eventually(refused, "the revoked signer is refused", every=0.2)
    step("a revoked signer is refused without a restart")


run(scenario)
