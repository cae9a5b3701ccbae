"""One freshet process: its configuration, its two ports, its log, its end."""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from .checks import Died, Failure, closing, equal, eventually
from .client import Connection, get, request
from .metrics import Metrics
from .ports import free_port
from .program import binary, end_with_scenario, knows, patience, surroundings


def freshet(*words, stdin=None, timeout=60.0, env=None, preexec=None):
    """Runs a verb to its end."""
    try:
        done = subprocess.run([binary(), *map(str, words)], input=stdin, capture_output=True,
                              timeout=timeout * patience(), env={**surroundings(), **(env or {})},
                              preexec_fn=preexec, check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"`freshet {' '.join(map(str, words))}` did not end") from None
    done.out, done.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return done


def sanitizer_reports(log):
    """TSan only reports and goes on, and a killed process has no exit code that tells."""
    for line in log.read_text(errors="replace").splitlines():
        if "Sanitizer: " in line or "runtime error: " in line:
            yield line


class Server:
    """`config` is TOML without `listen` and `admin`; its top-level keys come first.

    The process is ready when start() returns. `bus` is standard input when the config reads it."""

    def __init__(self, config="", verb="run", stdin=False, limits=None, start=True, flags=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-scenario-"))
        self.port, self.admin = free_port(), free_port()
        self.config, self.verb, self.stdin, self.limits = config, verb, stdin, limits
        self.flags, self.process, self.starts = list(flags), None, 0
        closing(self)
        if start:
            self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def config_file(self):
        return self.folder / "freshet.toml"

    @property
    def log_file(self):
        return self.folder / f"log.{self.starts}"

    def write_config(self, config):
        self.config = config
        self.config_file.write_text(
            f'listen = ["127.0.0.1:{self.port}"]\nadmin = "127.0.0.1:{self.admin}"\n' + config)

    def arguments(self):
        if self.verb == "run":
            self.write_config(self.config)
            return ["run", "-c", str(self.config_file), *self.flags]
        return [self.verb, *self.flags]

    def launch(self):
        """Starts the process and does not wait for it."""
        self.starts += 1
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [binary(), *self.arguments()], stdout=log, stderr=log, env=surroundings(),
                stdin=subprocess.PIPE if self.stdin else subprocess.DEVNULL, preexec_fn=self._begin)
        return self

    def _begin(self):
        end_with_scenario()
        if self.limits:
            self.limits()

    def start(self):
        self.launch()
        eventually(self.is_ready, "the server is ready", within=30)
        return self

    def is_ready(self):
        self.check_alive()
        return get(self.admin, "/-/ready", timeout=5).status == 200

    def check_alive(self):
        code = self.process.poll()
        if code is not None:
            raise Died(f"the server ended with {code}")
        return True

    # Standard input as a bus.

    def publish(self, *messages):
        """One line each: an object, or text or bytes as they are."""
        lines = []
        for message in messages:
            if isinstance(message, dict):
                message = json.dumps(message)
            lines.append(message.encode() if isinstance(message, str) else message)
        self.process.stdin.write(b"\n".join(lines) + b"\n")
        self.process.stdin.flush()

    def taken(self, bus="in"):
        return int(self.metrics().sum("freshet_bus_messages_total", bus=bus))

    # What it shows.

    def get(self, target, fields=(), timeout=20.0):
        return get(self.port, target, fields, timeout)

    def connect(self, **options):
        return Connection(self.port, **options)

    def admin_get(self, target, fields=()):
        return get(self.admin, target, fields)

    def admin_post(self, target, document, fields=()):
        return request(self.admin, "POST", target, fields, json.dumps(document).encode())

    def metrics(self):
        answer = self.admin_get("/metrics")
        equal(answer.status, 200, "status of /metrics")
        return Metrics(answer.body.decode(), knows)

    def explain(self, path):
        answer = self.admin_get("/-/explain?page=" + path.replace("?", "%3F").replace("&", "%26"))
        equal(answer.status, 200, f"status of explain {path} ({answer.body[:200]!r})")
        return answer.json()

    def state(self, path):
        return self.get(path).freshness().get("state")

    def fresh(self, path, within=15.0):
        """The answer as soon as it says that it is fresh."""
        def look():
            answer = self.get(path)
            if answer.status == 200 and answer.freshness().get("state") == "fresh":
                return answer
            raise Failure(f"{answer.status} {answer.field('freshness')}")
        return eventually(look, f"{path} is fresh", within)

    def connections(self):
        """How many are open at the public port, as the kernel sees it from the server's side."""
        local, established = f":{self.port:04X}", "01"
        rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(1 for row in rows if row[1].endswith(local) and row[3] == established)

    def rss(self):
        """Bytes of memory that the process holds now."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_lines(self):
        """The log as objects; lines that are not JSON are told apart by their `text`."""
        for line in self.log().splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            yield found if isinstance(found, dict) else {"text": line}

    # Its end.

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, within=30.0):
        try:
            return self.process.wait(within * patience())
        except subprocess.TimeoutExpired:
            raise Failure(f"the server did not end within {within:g} s") from None

    def stop(self, within=30.0):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(within)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self):
        """The end of a scenario. A crash that nobody looked at is a failure too."""
        code = self.process.poll() if self.process else None
        self.kill()
        if self.process and self.process.stdin:
            try:
                self.process.stdin.close()
            except OSError:
                pass
        found = [line for path in self.folder.glob("log.*") for line in sanitizer_reports(path)]
        shutil.rmtree(self.folder, ignore_errors=True)
        if found:
            raise Failure(f"a sanitizer reports: {found[0]}")
        if code not in (None, 0, -signal.SIGTERM, -signal.SIGKILL):
            raise Failure(f"the server ended with {code}" if code > 0 else f"the server died of signal {-code}")

    def tell(self):
        return f"--- the server's log, its end ({self.folder}):\n" + self.log()[-6000:]
