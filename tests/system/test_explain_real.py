"""Errors provoked in real programs, against small TLS servers on loopback: `explain` must name what is really wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
import trustme

from services.explain import Side, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest.mark import ParameterSet

NAME = "localhost"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def pem(path: Path, *blobs: trustme.Blob) -> Path:
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return path


@dataclass(frozen=True)
class Pki:
    """Files of a root, an intermediate below it, a leaf, and what else is needed to go wrong."""

    folder: Path
    root: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        middle = self.root.create_child_ca()
        leaf = middle.issue_cert(NAME)
        other = trustme.CA()
        pem(self.folder / "root.pem", self.root.cert_pem)
        pem(self.folder / "middle.pem", middle.cert_pem)
        pem(self.folder / "other.pem", other.cert_pem)
        pem(self.folder / "empty.pem")
        self._server("good", leaf.private_key_pem, *leaf.cert_chain_pems)
        self._server("leaf-only", leaf.private_key_pem, leaf.cert_chain_pems[0])
        self._server("root-sent", leaf.private_key_pem, *leaf.cert_chain_pems, self.root.cert_pem)
        for name, made in {
            "elsewhere": self.root.issue_cert("elsewhere.example.com"),
            "expired": self.root.issue_cert(NAME, not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=9)),
            "client": self.root.issue_cert("device"),
            "client-old": self.root.issue_cert("d", not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(9)),
            "client-other": other.issue_cert("device"),
        }.items():
            self._server(name, made.private_key_pem, *made.cert_chain_pems)

    def _server(self, name: str, key: trustme.Blob, *chain: trustme.Blob) -> None:
        pem(self.folder / f"{name}.pem", *chain)
        pem(self.folder / f"{name}.key", key)

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


class Server:
    """A server that shakes hands with one client after another, and keeps what its library said of each."""

    def __init__(self, shake: Callable[[socket.socket], None]) -> None:
        self._shake = shake
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.said: list[str] = []
        self.heard = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="explain-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                try:
                    self._shake(client)
                except OSError as error:  # an SSLError is one
                    self.said.append(f"{type(error).__name__}: {error}")
                    self.heard.set()
                    with contextlib.suppress(OSError):  # linger, so that the alert arrives
                        client.shutdown(socket.SHUT_WR)
                        client.recv(65536)


def tls(pki: Pki, chain: str = "good", *, client_ca: str = "", version: ssl.TLSVersion | None = None) -> Server:
    """Return a TLS server with the files `chain`; with `client_ca` it wants a client certificate of that CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki[f"{chain}.pem"], pki[f"{chain}.key"])
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki[client_ca])
    if version:
        context.minimum_version = context.maximum_version = version

    def shake(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped:
            wrapped.recv(1024)

    return Server(shake)


def plain() -> Server:
    """Return a server that speaks no TLS and answers any greeting with words."""

    def shake(client: socket.socket) -> None:
        client.recv(1024)
        client.sendall(b"220 this is no TLS server\r\n" * 4)

    return Server(shake)


# The programs: each takes a port, the pki, the name of the CA file and of the client certificate, and returns its text.


def _run(*command: str, stdin: bytes = b"") -> str:
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=30, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    return (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")


def openssl(port: int, pki: Pki, ca: str, client: str) -> str:
    own = ("-cert", pki[f"{client}.pem"], "-key", pki[f"{client}.key"]) if client else ()
    verify = ("-verify_return_error", "-verify_hostname", NAME, "-servername", NAME, "-ign_eof")
    address = ("-connect", f"127.0.0.1:{port}")
    return _run("openssl", "s_client", *address, "-CAfile", pki[ca], *verify, *own)


def curl(port: int, pki: Pki, ca: str, client: str) -> str:
    own = ("--cert", pki[f"{client}.pem"], "--key", pki[f"{client}.key"]) if client else ()
    return _run("curl", "-sS", "-4", "-m", "20", "--cacert", pki[ca], *own, f"https://{NAME}:{port}/")


def gnutls(port: int, pki: Pki, ca: str, client: str) -> str:
    own = ("--x509certfile", pki[f"{client}.pem"], "--x509keyfile", pki[f"{client}.key"]) if client else ()
    options = ("--x509cafile", pki[ca], "--sni-hostname", NAME, "--verify-hostname", NAME, "-p", str(port))
    return _run("gnutls-cli", *options, *own, "127.0.0.1", stdin=b"hello\n")


def mosquitto(port: int, pki: Pki, ca: str, client: str) -> str:
    own = ("--cert", pki[f"{client}.pem"], "--key", pki[f"{client}.key"]) if client else ()
    message = ("-t", "t", "-m", "m", "-d")
    return _run("mosquitto_pub", "-h", NAME, "-p", str(port), "--cafile", pki[ca], *own, *message)


NODE = """
const [port, ca, cert, key] = process.argv.slice(1), read = require('fs').readFileSync;
const socket = require('tls').connect({host: '127.0.0.1', port, servername: 'localhost', ca: read(ca),
  cert: cert && read(cert), key: cert && read(key)});
socket.on('error', error => { console.error(error); process.exit(1); });
socket.on('close', () => process.exit(0));
socket.setTimeout(15000, () => process.exit(2));
"""


def node(port: int, pki: Pki, ca: str, client: str) -> str:
    own = (pki[f"{client}.pem"], pki[f"{client}.key"]) if client else ("", "")
    return _run("node", "-e", NODE, str(port), pki[ca], *own)


PAHO = """
import sys, threading
import paho.mqtt.client as mqtt
port, ca, cert, key = sys.argv[1:]
ended = threading.Event()
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
client.on_log = lambda client, userdata, level, text: print(text)
client.on_disconnect = lambda *rest: (print(rest[3]), ended.set())
client.tls_set(ca_certs=ca, certfile=cert or None, keyfile=key or None)
client.connect('localhost', int(port))
client.loop_start()
ended.wait(15)
"""


def paho(port: int, pki: Pki, ca: str, client: str) -> str:
    own = (pki[f"{client}.pem"], pki[f"{client}.key"]) if client else ("", "")
    return _run(sys.executable, "-c", PAHO, str(port), pki[ca], *own)


def python(port: int, pki: Pki, ca: str, client: str) -> str:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(pki[ca])
        if client:
            context.load_cert_chain(pki[f"{client}.pem"], pki[f"{client}.key"])
        with (
            socket.create_connection(("127.0.0.1", port), 10) as bare,
            context.wrap_socket(bare, server_hostname=NAME) as wrapped,
        ):
            wrapped.recv(1)
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return ""


PROGRAMS = [
    pytest.param(openssl, id="openssl", marks=pytest.mark.needs("openssl")),
    pytest.param(curl, id="curl", marks=pytest.mark.needs("curl")),
    pytest.param(gnutls, id="gnutls", marks=pytest.mark.needs("gnutls-cli")),
    pytest.param(mosquitto, id="mosquitto", marks=pytest.mark.needs("mosquitto_pub")),
    pytest.param(node, id="node", marks=pytest.mark.needs("node")),
    pytest.param(paho, id="paho"),
    pytest.param(python, id="python"),
]
# OpenSSL without PARTIAL_CHAIN is what ends at an intermediate; mosquitto_pub names no reason at all.
STRICT = {"openssl", "node", "paho", "python"}


# A client that writes at once may outrun a TLS 1.3 server's alert, and then has no reason to tell.
OUTRUN = ("EOF occurred", "errno 107", "errno 104", "reset", "Protocol error", "EPIPE", "connection was lost")


@dataclass(frozen=True)
class Situation:
    """What is wrong: server files, CA file and client certificate, and the cause."""

    cause: str
    chain: str = "good"
    ca: str = "root.pem"
    client_ca: str = ""
    client: str = ""
    version: ssl.TLSVersion | None = None
    only: frozenset[str] = frozenset()


SITUATIONS = [
    Situation("ca-file-not-root", ca="middle.pem", only=frozenset(STRICT)),
    Situation("ca-file-unrelated", ca="other.pem"),
    Situation("server-leaf-only", chain="leaf-only"),
    Situation("server-private-ca", chain="root-sent", ca="other.pem", only=frozenset({"openssl", "curl", *STRICT})),
    Situation("server-expired", chain="expired", only=frozenset({"openssl", "curl", "gnutls", *STRICT})),
    Situation("hostname-mismatch", chain="elsewhere"),
    Situation("client-cert-missing", client_ca="root.pem"),
    Situation("client-cert-missing", client_ca="root.pem", version=ssl.TLSVersion.TLSv1_2),
    Situation("client-cert-unknown-ca", client_ca="root.pem", client="client-other"),
    Situation("client-cert-expired", client_ca="root.pem", client="client-old"),
    Situation("ca-file-unreadable", ca="empty.pem", only=frozenset({"openssl", "curl", "mosquitto", "paho", "python"})),
]


def pairs() -> Iterator[ParameterSet]:
    """Yield every situation with every program that fails in it and says why."""
    for situation in SITUATIONS:
        for program in PROGRAMS:
            if not situation.only or program.id in situation.only:
                name = f"{situation.cause}{'-tls12' if situation.version else ''}-{program.id}"
                yield pytest.param(*program.values, situation, id=name, marks=program.marks)


@pytest.mark.parametrize(("program", "situation"), pairs())
def test_the_true_cause_is_named(program: Callable[[int, Pki, str, str], str], situation: Situation, pki: Pki) -> None:
    with tls(pki, situation.chain, client_ca=situation.client_ca, version=situation.version) as server:
        said = program(server.port, pki, situation.ca, situation.client)
    named = [cause.id for cause in explain(said)]
    outrun = any(word in said for word in OUTRUN)
    assert situation.cause in (named if outrun else named[:3]), said


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_port_without_tls_is_told(program: Callable[[int, Pki, str, str], str], pki: Pki) -> None:
    with plain() as server:
        said = program(server.port, pki, "root.pem", "")
    assert "not-tls" in [cause.id for cause in explain(said)][:2], said


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_closed_port_is_told(program: Callable[[int, Pki, str, str], str], pki: Pki) -> None:
    with plain() as server:
        port = server.port
    said = program(port, pki, "root.pem", "")
    assert [cause.id for cause in explain(said)][:1] == ["connection-refused"], said


@pytest.mark.parametrize(
    ("client", "cause"),
    [("", "client-cert-missing"), ("client-other", "client-cert-unknown-ca"), ("client-old", "client-cert-expired")],
)
def test_what_the_server_says_is_read_as_a_servers_text(client: str, cause: str, pki: Pki) -> None:
    with tls(pki, client_ca="root.pem") as server:
        python(server.port, pki, "root.pem", client)
        assert server.heard.wait(10)
    assert [found.id for found in explain(server.said[0], side=Side.BROKER)][:1] == [cause], server.said


def test_an_alert_that_the_server_received_is_read_as_the_clients_refusal(pki: Pki) -> None:
    with tls(pki, version=ssl.TLSVersion.TLSv1_2) as server:
        python(server.port, pki, "other.pem", "")
        assert server.heard.wait(10)
    assert [found.id for found in explain(server.said[0], side=Side.BROKER)][:1] == ["ca-file-unrelated"], server.said


def test_a_key_that_does_not_belong_to_the_certificate_is_told(pki: Pki) -> None:
    with pytest.raises(ssl.SSLError) as refused:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(pki["client.pem"], pki["client-other.key"])
    assert [cause.id for cause in explain(str(refused.value))][:1] == ["client-key-mismatch"]


BOTO3 = """
import boto3, sys
boto3.client('route53', endpoint_url=sys.argv[1], region_name='us-east-1').list_hosted_zones()
"""


@pytest.mark.parametrize(
    ("environment", "cause"),
    [
        ({}, "aws-no-credentials"),
        ({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}, "aws-no-credentials"),
        ({"AWS_PROFILE": "nobody"}, "aws-no-credentials"),
        ({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}, "connection-refused"),
    ],
)
def test_boto3s_complaints_are_understood(
    environment: dict[str, str], cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plain() as server:
        closed = server.port
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    said = _run(sys.executable, "-c", BOTO3, f"http://127.0.0.1:{closed}")
    assert [found.id for found in explain(said)][:1] == [cause], said


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (("--dns-route53", "--dns-route53-propagation-seconds", "30"), "certbot-usage"),
        (("--authenticator", "dns-nowhere"), "certbot-plugin-missing"),
        (("--dns-route53", "--server", "http://127.0.0.1:1/directory"), "connection-refused"),
    ],
)
def test_certbots_complaints_are_understood(options: tuple[str, ...], cause: str, tmp_path: Path) -> None:
    start = "import sys; from certbot.main import main; sys.exit(main())"
    folders = [f"--{name}-dir={tmp_path / name}" for name in ("config", "work", "logs")]
    asked = ("certonly", "-n", "--agree-tos", "-m", "me@example.com", "-d", "mqtt.example.com")
    said = _run(sys.executable, "-c", start, *asked, *folders, *options)
    assert [found.id for found in explain(said)][:1] == [cause], said


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No program may take a detour."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
