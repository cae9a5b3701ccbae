"""A RabbitMQ node of our own: its ports, its folder, its cookie, its epmd; nothing of the system's."""
import base64
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

from .checks import Died, Skip, check, closing, eventually
from .ports import free_port
from .program import end_with_scenario, patience

try:
    import pika
except ImportError:
    pika = None


def server_program():
    """Debian's /usr/sbin/rabbitmq-server changes the user and the folder; this is what it runs."""
    found = shutil.which("rabbitmq-server") and sorted(
        pathlib.Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if not found:
        raise Skip("rabbitmq-server is not installed")
    return found[-1]


class Talker:
    """A publisher's connection, of one thread; made when it is needed."""

    def __init__(self, port):
        self.port, self.connection, self.confirming = port, None, None

    def channel(self):
        """With confirms: what publish() returned from is in the queues. Raises OSError when there is
        no broker, whatever pika makes of that."""
        try:
            if self.connection is None or self.connection.is_closed:
                where = pika.ConnectionParameters("127.0.0.1", self.port, heartbeat=0,
                                                  blocked_connection_timeout=10, socket_timeout=5)
                self.connection, self.confirming = pika.BlockingConnection(where), None
            if self.confirming is None or self.confirming.is_closed:
                self.confirming = self.connection.channel()
                self.confirming.confirm_delivery()
            return self.confirming
        except (pika.exceptions.AMQPError, AssertionError) as error:
            self.forget()
            raise OSError(f"no broker: {error!r}") from None

    def forget(self):
        """A connection to a broker that is being killed cannot be closed in good order."""
        self.connection = self.confirming = None

    def publish(self, topic, body, message_id=None, headers=None, encoding="utf-8",
                exchange="amq.topic"):
        """As fedora-messaging does: persistent, with an id of its own."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        properties = pika.BasicProperties(
            content_type="application/json", content_encoding=encoding, delivery_mode=2,
            message_id=message_id or str(uuid.uuid4()), priority=0,
            headers={"fedora_messaging_severity": 20, "sent-at": now(), **(headers or {})})
        try:
            self.channel().basic_publish(exchange, topic, body, properties)
        except (pika.exceptions.AMQPError, AssertionError) as error:
            self.forget()
            raise OSError(f"not published: {error!r}") from None
        return properties.message_id


class Broker:
    """Starts at once; stop(), kill() and start() again keep what is in its folder."""

    def __init__(self, tls=None):
        if pika is None:
            raise Skip("python3-pika is not installed")
        self.program = server_program()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-rabbitmq-"))
        self.port, self.tls_port = free_port(), free_port()
        self.epmd_port, self.distribution_port = free_port(), free_port()
        self.process = self.guard = self.epmd = None
        self.talker = Talker(self.port)
        closing(self)
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(20))
        cookie.chmod(0o400)
        lines = ["loopback_users = none", "disk_free_limit.absolute = 1MB",
                 f"listeners.tcp.1 = 127.0.0.1:{self.port}", "log.console = true",
                 "log.console.level = warning", "log.file = false"]
        if tls:
            lines += [f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                      f"listeners.ssl.2 = 127.0.0.2:{self.tls_port}",  # not in its certificate
                      f"ssl_options.cacertfile = {tls.ca}", f"ssl_options.certfile = {tls.server}",
                      f"ssl_options.keyfile = {tls.server_key}", "ssl_options.verify = verify_peer",
                      "ssl_options.fail_if_no_peer_cert = true", "ssl_cert_login_from = common_name",
                      "auth_mechanisms.1 = PLAIN", "auth_mechanisms.2 = EXTERNAL",
                      f"load_definitions = {self.folder}/definitions.json"]
            (self.folder / "definitions.json").write_text(json.dumps(definitions("guest", "freshet")))
        (self.folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        plugins = "[rabbitmq_auth_mechanism_ssl]." if tls else "[]."
        (self.folder / "enabled_plugins").write_text(plugins + "\n")
        self.start()

    def surroundings(self):
        return {
            "PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"freshet{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder), "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _spawn(self, words, log):
        with open(self.folder / log, "ab") as out:
            return subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                    env=self.surroundings(), cwd=self.folder, start_new_session=True,
                                    preexec_fn=end_with_scenario)

    def _guard(self):
        """The kernel ends only the first process of a node with the scenario; this ends the others."""
        self.guard = subprocess.Popen(["sh", "-c", f"read _; kill -KILL -{self.process.pid}"],
                                      stdin=subprocess.PIPE, start_new_session=True)

    def start(self):
        if self.epmd is None:
            epmd = shutil.which("epmd") or "/usr/bin/epmd"
            self.epmd = self._spawn([epmd, "-port", str(self.epmd_port), "-address", "127.0.0.1"],
                                    "epmd.log")
        self.process = self._spawn([str(self.program)], "broker.log")
        self._guard()
        eventually(self.is_up, "the broker is up", within=180, every=0.05)
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise Died(f"the broker ended with {self.process.returncode}")
        self.talker.channel().queue_declare("", exclusive=True)
        return True

    def _end(self, number):
        """The node is several processes: those of the session that it was started in."""
        self.talker.forget()
        if self.guard:
            self.guard.kill()
            self.guard.wait()
            self.guard = None
        if self.process:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass  # it has ended by itself
            self.process.wait(30 * patience())

    def kill(self):
        self._end(signal.SIGKILL)

    def stop(self):
        self._end(signal.SIGTERM)

    # What others do on it.

    def url(self, user="guest:guest", vhost="%2F"):
        return f"amqp://{user}@127.0.0.1:{self.port}/{vhost}"

    def publish(self, *words, **more):
        return self.talker.publish(*words, **more)

    def waiting(self, queue):
        """Messages that are ready in a queue; None when there is no such queue."""
        try:
            return self.talker.channel().queue_declare(queue, passive=True).method.message_count
        except pika.exceptions.ChannelClosedByBroker:
            return None

    def delete_queue(self, queue):
        self.talker.channel().queue_delete(queue)

    # Its end.

    def close(self):
        self.kill()
        if self.epmd and self.epmd.poll() is None:
            self.epmd.kill()
            self.epmd.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def tell(self):
        log = self.folder / "broker.log"
        return "--- the broker's log, its end:\n" + (
            log.read_text(errors="replace")[-2000:] if log.exists() else "")


def definitions(*users):
    """Users whose password is their name, with all rights; a rabbitmqctl for each would take long."""
    def hash_of(password):
        salt = secrets.token_bytes(4)
        return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return {"vhosts": [{"name": "/"}],
            "users": [{"name": u, "password_hash": hash_of(u), "tags": "",
                       "hashing_algorithm": "rabbit_password_hashing_sha256"} for u in users],
            "permissions": [{"user": u, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
                            for u in users]}


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


class Certificates:
    """A CA, a server's certificate for 127.0.0.1 and localhost, a client's for the user `freshet`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        openssl = shutil.which("openssl")
        if not openssl:
            raise Skip("openssl is not installed")
        self.ca, self.server, self.client = (self.folder / f"{n}.pem" for n in ("ca", "server", "client"))
        self.server_key, self.client_key = self.folder / "server.key", self.folder / "client.key"
        ca_key = self.folder / "ca.key"
        run(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=freshet test CA", "-keyout", ca_key, "-out", self.ca)
        for name, key, out, names in (
                ("server", self.server_key, self.server, "IP:127.0.0.1,DNS:localhost"),
                ("freshet", self.client_key, self.client, "DNS:freshet")):
            request, extra = self.folder / "request.pem", self.folder / "extra"
            extra.write_text(f"subjectAltName={names}\n")
            run(openssl, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={name}", "-keyout", key, "-out", request)
            run(openssl, "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key,
                "-CAcreateserial", "-days", "2", "-extfile", extra, "-out", out)


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, check=False)
    check(done.returncode == 0, lambda: f"{words[1]}: {done.stderr.decode(errors='replace')}")

