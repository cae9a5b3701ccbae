"""TLS with a client's certificate, as Fedora's public broker wants it: the user is the certificate's
name. A broker whose certificate is another's is left before anything is said to it."""
import pathlib
import tempfile

from harness.checks import check, equal, eventually, run, step
from harness.rabbitmq import Broker, Certificates
from harness.server import Server, freshet
from harness.things import CHANGED, amqp_things
from harness.upstream import Upstream


def scenario():
    with tempfile.TemporaryDirectory(prefix="freshet-certificates-") as folder:
        certificates = Certificates(folder)
        tls_broker(certificates)


def tls_broker(certificates):
    broker, upstream = Broker(certificates), Upstream()
    upstream.documents["/t"] = {"n": 1}
    mine = f'tls = {{ ca = "{certificates.ca}", cert = "{certificates.client}", key = "{certificates.client_key}" }}'
    url = f"amqps://127.0.0.1:{broker.tls_port}"
    server = Server(amqp_things(upstream, url, bus=mine))
    eventually(lambda: server.metrics().sum("freshet_bus_up", bus="broker") == 1, "the bus is up", within=30)
    equal(server.get("/things/t.json").json()["n"], 1, "the page")
    upstream.documents["/t"] = {"n": 2}
    broker.publish(CHANGED, {"thing": "t"})
    eventually(lambda: server.get("/things/t.json").json()["n"] == 2, "a message over TLS")
    equal(server.stop(), 0, "exit code")
    step("the certificate is the user")

    def refused(url, bus, why):
        other = Server(amqp_things(upstream, url, bus=bus), start=False)
        other.write_config(other.config)
        done = freshet("check", "--connect", "-c", other.config_file)
        equal(done.returncode, 69, f"exit code ({done.out}{done.err})")
        check(why in (done.out + done.err).lower(), f"expected {why!r}: {done.out}{done.err}")

    refused(url, "", "certificate verify failed")
    refused(url, f'tls = {{ ca = "{certificates.ca}" }}', "")
    refused(url.replace("127.0.0.1", "127.0.0.2"), mine, "certificate verify failed")
    refused(url, f'tls = {{ ca = "{pathlib.Path(certificates.folder) / "nowhere.pem"}" }}', "nowhere.pem")
    step("without the CA, without a certificate, to another address: not connected")


run(scenario)
