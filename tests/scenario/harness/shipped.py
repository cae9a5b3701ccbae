"""The configuration that is shipped for Fedora, with the addresses of those who stand in for it."""
import json
import pathlib
import re

from .checks import check, equal
from .ports import free_port
from .server import freshet

ROOT = pathlib.Path(__file__).resolve().parents[3]
EVENTS = ROOT / "examples" / "fedora" / "events.ndjson"
ADDRESSES = {"https://src.fedoraproject.org": "/distgit", "https://mdapi.fedoraproject.org": "/mdapi",
             "https://bodhi.fedoraproject.org": "/bodhi",
             "https://apps.fedoraproject.org/datagrepper": "/datagrepper",
             "https://bugzilla.redhat.com/rest": "/bugzilla/rest",
             "https://koji.fedoraproject.org/kojihub": "/kojihub"}


def shipped(stand_ins, publisher, other=None):
    """What `freshet init fedora` prints, with other addresses; without listeners, which Server adds.
    `other` stands in for all but Koji, whatever it is asked."""
    text = re.sub(r"(?m)^(listen|admin) .*\n", "", freshet("init", "fedora").out)
    for real, path in ADDRESSES.items():
        text = text.replace(real, other.url if other and path != "/kojihub" else stand_ins.url + path)
    text = text.replace("tcp://hub.fedoraproject.org:9940", publisher.endpoint)
    check("https://" not in re.sub(r"(?m)^\s*#.*", "", text), "every address is of this machine")
    return text


def shipped_events():
    return [json.loads(line) for line in EVENTS.read_text().splitlines()]


class Replay:
    """The shipped events as the shipped command publishes them, again each time."""

    def __init__(self):
        self.endpoint = f"tcp://127.0.0.1:{free_port()}"

    def play(self):
        done = freshet("replay", EVENTS, "--to", self.endpoint)
        equal(done.returncode, 0, f"exit code of replay: {done.out}{done.err}")
        return done


def over_amqp(text, url):
    """The same configuration with the other bus: what the comments of the shipped one say."""
    begin, amqp = text.index("[bus.fedmsg]"), text.index("#[bus.messaging]")
    end = text.index("\n\n", amqp)
    bus = re.sub(r"(?m)^#(url = ).*", rf'#\1"{url}"', text[amqp:end])
    bus = re.sub(r"(?m)^#(tls|catch_up) .*\n?", "", bus)
    return text[:begin] + re.sub(r"(?m)^#", "", bus) + text[end:]
