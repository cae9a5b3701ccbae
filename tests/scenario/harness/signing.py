"""A fedmsg authority of a test's own, made with the openssl program: certificates, revocations, signed
messages. What is signed is what Python's json writes, as fedmsg's publishers do."""
import base64
import json
import pathlib
import shutil
import subprocess
import tempfile

from .checks import Skip, closing

CONFIG = """
[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.crt
private_key = ca.key
default_md = sha1
default_days = 365
default_crl_days = 30
policy = any
[any]
commonName = supplied
"""


def canonical(message):
    return json.dumps(message, sort_keys=True, separators=(",", ":")).encode()


class Authority:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freshet-authority-"))
        closing(self)
        (self.folder / "ca.cnf").write_text(CONFIG)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("10\n")
        self.openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-sha1", "-days", "365", "-keyout",
                     "ca.key", "-out", "ca.crt", "-subj", "/CN=test authority")
        self.revoke()

    def openssl(self, *words, given=None):
        try:
            done = subprocess.run(["openssl", *words], cwd=self.folder, input=given, capture_output=True,
                                  timeout=60, check=True)
        except FileNotFoundError:
            raise Skip("no openssl program here") from None
        return done.stdout

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ca(self):
        return self.folder / "ca.crt"

    @property
    def crl(self):
        return self.folder / "crl.pem"

    def issue(self, name):
        self.openssl("req", "-newkey", "rsa:1024", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                     "-subj", f"/CN={name}")
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", f"{name}.csr", "-out",
                     f"{name}.crt")
        return name

    def revoke(self, *names):
        for name in names:
            self.openssl("ca", "-config", "ca.cnf", "-revoke", f"{name}.crt")
        made = self.openssl("ca", "-config", "ca.cnf", "-gencrl")
        other = self.folder / "crl.new"
        other.write_bytes(made)
        other.rename(self.crl)

    def sign(self, name, message):
        """The message with the two members that say who signed it."""
        message = {**message, "crypto": "x509"}
        signature = self.openssl("dgst", "-sha1", "-sign", f"{name}.key", given=canonical(message))
        pem = (self.folder / f"{name}.crt").read_bytes()
        return {**message, "signature": base64.encodebytes(signature).decode(),
                "certificate": base64.encodebytes(pem).decode()}
