"""What the deployment's tests need around it: certificates, an MQTT client of few words, and TLS without MQTT."""

from __future__ import annotations

import queue
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import paho.mqtt.client as mqtt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paho.mqtt.enums import CallbackAPIVersion

from services.practice.deployment import PracticeDeployment, TlsBundle
from services.practice.faults import Faults
from services.practice.hierarchy import Hierarchy, Issued, pem
from services.practice.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.world import PracticeControl

NAME = "mqtt.example.test"
USER, PASSWORD = "device", "a good password"
SECONDS = 10.0
TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
PROTOCOLS = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}


def until(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


@dataclass(frozen=True)
class Keys:
    """A server's certificate and key, a client's, and the files that a client needs."""

    issued: Issued
    server_key: str
    client_ca: trustme.CA
    client: trustme.LeafCert
    folder: Path

    def bundle(self, kind: Literal["one-way", "two-way"] = "two-way") -> TlsBundle:
        return TlsBundle(kind, self.issued.fullchain_pem(), self.server_key, cacert_pem=self.client_ca_pem)

    @property
    def client_ca_pem(self) -> str:
        return self.client_ca.cert_pem.bytes().decode()

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    @property
    def client_files(self) -> tuple[Path, Path]:
        return self.folder / "client.crt", self.folder / "client.key"

    def context(
        self,
        client: Literal["ours", "strange", "none"] = "ours",
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.root)
        context.maximum_version = version
        if client == "ours":
            context.load_cert_chain(*self.client_files)
        elif client == "strange":
            trustme.CA().issue_cert("stranger@example.test", common_name="Stranger").configure_cert(context)
        return context


def new_keys(folder: Path, hierarchy: Hierarchy, name: str = NAME) -> Keys:
    """Fresh ones, with the default chain of four."""
    key = ec.generate_private_key(ec.SECP256R1())
    ca = trustme.CA(organization_name="Test Org")
    client = ca.issue_cert("client@example.test", common_name="Client", organization_name="Test Org")
    (folder / "client.crt").write_bytes(b"".join(blob.bytes() for blob in client.cert_chain_pems))
    (folder / "client.key").write_bytes(client.private_key_pem.bytes())
    (folder / "root.pem").write_text(pem(hierarchy.roots()[:1]))
    server_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Keys(hierarchy.issue(key.public_key(), [name]), server_key, ca, client, folder)


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    """The practice world's CA."""
    return Hierarchy()


@pytest.fixture(scope="module")
def keys(hierarchy: Hierarchy, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """What a module's deployment is given."""
    return new_keys(tmp_path_factory.mktemp("keys"), hierarchy)


@pytest.fixture
def up(keys: Keys, hierarchy: Hierarchy) -> Iterator[Running]:
    """A deployment, fresh for each test."""
    with running(keys, hierarchy) as world:
        yield world


@dataclass(frozen=True)
class Running:
    """A deployment that is up, in two-way TLS, with one user."""

    deployment: PracticeDeployment
    faults: Faults
    journal: Journal
    keys: Keys


@contextmanager
def running(keys: Keys, hierarchy: Hierarchy, **options: Any) -> Iterator[Running]:
    """Start one; stop it."""
    faults, journal = Faults(), Journal()
    with PracticeDeployment(faults, journal, hierarchy, **options) as deployment:
        deployment.set_tls(keys.bundle())
        deployment.add_user(USER, PASSWORD)
        yield Running(deployment, faults, journal, keys)


def refuses(port: int) -> bool:
    """Whether nobody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


def changed(faults: PracticeControl, fault: str, port: int, *, broken: bool) -> None:
    """Break or heal something, and wait until the port shows it: it looks for faults now and then."""
    (faults.inject if broken else faults.heal)(fault)
    assert until(lambda: refuses(port) is ("connection-refused" in faults.active))


class Paho:
    """A paho client on its own network thread; what happens to it comes out of queues."""

    def __init__(
        self,
        port: int,
        context: ssl.SSLContext | None = None,
        *,
        protocol: str = "5",
        client_id: str = "",
        user: str | None = USER,
        password: str = PASSWORD,
        keep_alive: int = 60,
        clean: bool = True,
        name: str = NAME,
    ) -> None:
        version = PROTOCOLS[protocol]
        options: dict[str, Any] = {"reconnect_on_failure": False}
        options |= {} if protocol == "5" else {"clean_session": clean}
        self.client = _LocalClient(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, **options)
        self.connacks: queue.Queue[int] = queue.Queue()
        self.goodbyes: queue.Queue[int] = queue.Queue()
        self.messages: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.granted: queue.Queue[int] = queue.Queue()
        self.log: queue.Queue[str] = queue.Queue()
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self.connacks.put(reason.value)
        self.client.on_disconnect = lambda _c, _u, _f, reason, _p: self.goodbyes.put(reason.value)
        self.client.on_message = lambda _c, _u, message: self.messages.put(message)
        self.client.on_subscribe = lambda _c, _u, _m, reasons, _p: self.granted.put(reasons[0].value)
        self.client.on_log = lambda _c, _u, _level, text: self.log.put(text)
        if user is not None:
            self.client.username_pw_set(user, password)
        if context is not None:
            self.client.tls_set_context(context)
        self.client.connect(name, port, keepalive=keep_alive)
        self.client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, and leave no socket to the garbage collector, as paho does: hundreds of them are too many."""
        self.client.disconnect()
        self.client.loop_stop()
        self.client._reset_sockets()

    def connack(self) -> int:
        return self.connacks.get(timeout=SECONDS)

    def receive(self, topic: str, payload: bytes, *, qos: int = 1) -> mqtt.MQTTMessage:
        """Subscribe to `topic`, publish to it, and give what comes back."""
        self.subscribe(topic)
        self.client.publish(topic, payload, qos)
        return self.messages.get(timeout=SECONDS)

    def subscribe(self, topic: str) -> None:
        self.client.subscribe(topic, 1)
        assert self.granted.get(timeout=SECONDS) == 1


class _LocalClient(mqtt.Client):
    """Connects to loopback whatever the name is, as a resolver of its own would make it; TLS sees the name."""

    def _create_socket_connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)


def connect_tls(port: int, context: ssl.SSLContext, name: str = NAME) -> ssl.SSLSocket:
    """A TLS connection after its handshake."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    try:
        return context.wrap_socket(raw, server_hostname=name)
    except OSError:
        raw.close()
        raise


def refusal(port: int, context: ssl.SSLContext) -> str:
    """OpenSSL's name for the alert that the server refuses with, in the handshake or, in TLS 1.3, after it."""
    with pytest.raises(ssl.SSLError) as caught, connect_tls(port, context) as tls:
        tls.recv(1)
    return str(caught.value.reason)
