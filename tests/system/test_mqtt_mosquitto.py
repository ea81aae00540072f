"""The connection layer against a real broker: Debian's mosquitto with require_certificate."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from services.errors import ServiceError
from services.events import Answer, Done, Failed
from services.guide import connection
from services.guide.runner import Guide
from services.mqtt import exports, proofs
from services.mqtt.client import Connection, Login
from services.mqtt.kinds import Version
from services.mqtt.wire import Identity, Target, client_context
from services.secrets import Secret, SecretName, SecretStore
from services.workspace import Workspace
from services.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.needs("mosquitto", "mosquitto_passwd")

HOST = "mqtt.localhost"  # leads to this machine without any name server (RFC 6761)
PASSWORD = 'a "pass" #word'


@dataclass(frozen=True)
class Broker:
    folder: Path
    port: int

    @property
    def target(self) -> Target:
        return Target(HOST, self.port, ("127.0.0.1",))

    @property
    def identity(self) -> Identity:
        return Identity(self.folder / "client.crt", self.folder / "client.key")

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    @property
    def login(self) -> Login:
        return Login("device-1", Secret(PASSWORD))

    def connect(self, version: Version = Version.V5, **changed: Login) -> Connection:
        context = client_context(self.root, self.identity)
        return Connection(self.target, context, changed.get("login", self.login), version)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("mosquitto its folder")
    port = _free_port()
    _lay_out(folder)
    config = f"listener {port} 127.0.0.1\ncafile {folder}/client-ca.crt\ncertfile {folder}/server.pem\n"
    config += f"keyfile {folder}/server.pem\nrequire_certificate true\nallow_anonymous false\n"
    config += f"password_file {folder}/passwords\n" + ("user root\n" if os.geteuid() == 0 else "")
    (folder / "mosquitto.conf").write_text(config)
    subprocess.run(["mosquitto_passwd", "-c", "-b", folder / "passwords", "device-1", PASSWORD], check=True)
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stdout=log, stderr=log)
    try:
        _await_port(port)
        yield Broker(folder, port)
    finally:
        child.terminate()
        child.wait(5)


def _lay_out(folder: Path) -> None:
    """A root, an intermediate below it and the server's certificate; and a client CA with one client."""
    root, client_ca = trustme.CA(), trustme.CA()
    intermediate = root.create_child_ca()
    server = intermediate.issue_cert(HOST)
    client = client_ca.issue_cert("client.test", common_name="Client")
    root.cert_pem.write_to_path(folder / "root.pem")
    server.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    server.cert_chain_pems[-1].write_to_path(folder / "last-of-fullchain.pem")
    live = folder / "live"
    live.mkdir()
    leaf, *above = [blob.bytes() for blob in server.cert_chain_pems]
    (live / "cert.pem").write_bytes(leaf)
    (live / "chain.pem").write_bytes(b"".join(above))
    (live / "fullchain.pem").write_bytes(b"".join([leaf, *above]))
    (live / "privkey.pem").write_bytes(server.private_key_pem.bytes())
    client_ca.cert_pem.write_to_path(folder / "client-ca.crt")
    client.cert_chain_pems[0].write_to_path(folder / "client.crt")
    client.private_key_pem.write_to_path(folder / "client.key")
    trustme.CA().issue_cert("other.test").private_key_pem.write_to_path(folder / "other.key")


def _files_with(text: str, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_text()]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


async def test_the_whole_connection_step_passes(broker: Broker, tmp_path: Path) -> None:
    world = World("live", extra_roots=broker.root.read_bytes(), secrets=SecretStore({}))
    world.secrets.put(SecretName.MQTT_PASSWORD, PASSWORD)
    request = connection.Request(
        host=HOST,
        live=broker.folder / "live",
        certificate=broker.identity.certificate,
        key=broker.identity.key,
        port=broker.port,
        user="device-1",
    )
    guide = Guide.open(world, Workspace(tmp_path / "workspace"))
    *_, last = [event async for event in guide.run("connection", request)]
    assert isinstance(last, Done), last
    assert isinstance(last.result, connection.Result)
    evidence = {proof.id: (proof.answer, proof.evidence) for proof in last.result.proofs}
    assert evidence.keys() >= {"mutual-tls-3.1.1", "mutual-tls-5.0"}
    assert evidence["no-client-certificate"] == (Answer.YES, "alert 116 (certificate required)")
    assert evidence["other-ca"] == (Answer.YES, "alert 48 (unknown ca)")
    assert evidence["wrong-password-3.1.1"] == (Answer.YES, "CONNACK 5")
    assert evidence["wrong-password-5.0"] == (Answer.YES, "CONNACK 0x87")
    assert _files_with(PASSWORD, tmp_path) == []
    mistake = replace(request, ca_file="last-of-fullchain")
    *_, last = [event async for event in guide.run("connection", mistake)]
    assert isinstance(last, Failed), last
    assert last.error.id == "ca-file-not-root"


@pytest.mark.parametrize("version", list(Version))
def test_a_message_makes_the_round_trip(broker: Broker, version: Version) -> None:
    with broker.connect(version) as connection:
        proof = proofs.mutual_tls(connection, version, "emqx-mtls/round trip")
    assert proof.answer is Answer.YES
    assert proof.seconds is not None
    assert proof.evidence.startswith("TLSv1.")


def test_without_a_client_certificate_it_is_refused_with_the_alert(broker: Broker) -> None:
    proof = proofs.without_certificate(broker.target, broker.root, broker.login)
    assert (proof.answer, proof.evidence) == (Answer.YES, "alert 116 (certificate required)")


def test_a_certificate_of_another_ca_is_refused_with_the_alert(broker: Broker) -> None:
    proof = proofs.with_other_ca(broker.target, broker.root, broker.login, "Client")
    assert (proof.answer, proof.evidence) == (Answer.YES, "alert 48 (unknown ca)")


@pytest.mark.parametrize("version", list(Version))
def test_a_wrong_password_is_refused_with_the_code(broker: Broker, version: Version) -> None:
    context = client_context(broker.root, broker.identity)
    proof = proofs.with_wrong_password(broker.target, context, broker.login, version)
    code = "0x87" if version is Version.V5 else "5"
    assert (proof.answer, proof.evidence) == (Answer.YES, f"CONNACK {code}")


def test_connecting_with_a_stranger_s_certificate_names_the_cause(broker: Broker, tmp_path: Path) -> None:
    context = client_context(broker.root, proofs.stranger(tmp_path, "Client"))
    with pytest.raises(ServiceError) as raised, Connection(broker.target, context, broker.login, Version.V5):
        pass
    assert raised.value.id == "client-cert-unknown-ca"
    assert "48" in raised.value.details


def test_the_guide_s_root_pem_fails_with_openssl_s_own_words(broker: Broker) -> None:
    context = client_context(broker.folder / "last-of-fullchain.pem", broker.identity)
    with pytest.raises(ServiceError) as raised, Connection(broker.target, context, broker.login, Version.V5):
        pass
    assert raised.value.id == "ca-file-not-root"
    assert "unable to get issuer certificate" in raised.value.details


def test_another_name_is_not_what_the_certificate_is_for(broker: Broker) -> None:
    context = client_context(broker.root, broker.identity)
    target = Target("other.example.test", broker.port, ("127.0.0.1",))
    with pytest.raises(ServiceError) as raised, Connection(target, context, broker.login, Version.V5):
        pass
    assert raised.value.id == "hostname-mismatch"


def test_nobody_listening_is_said_so(broker: Broker) -> None:
    context = client_context(broker.root, broker.identity)
    target = Target(HOST, _free_port(), ("127.0.0.1",))
    with pytest.raises(ServiceError) as raised, Connection(target, context, broker.login, Version.V5):
        pass
    assert raised.value.id == "connection-refused"


def test_a_server_that_never_answers_meets_the_deadline(broker: Broker) -> None:
    context = client_context(broker.root, broker.identity)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target(HOST, silent.getsockname()[1], ("127.0.0.1",))
        connection = Connection(target, context, broker.login, Version.V5, seconds=0.3)
        with pytest.raises(ServiceError) as raised, connection:
            pass
    assert raised.value.id == "connection-timeout"


def test_a_key_of_another_certificate_is_found_before_connecting(broker: Broker) -> None:
    with pytest.raises(ServiceError) as raised:
        client_context(broker.root, Identity(broker.folder / "client.crt", broker.folder / "other.key"))
    assert raised.value.id == "client-key-mismatch"


def _written(broker: Broker, folder: Path) -> Path:
    """The exported files, in a folder whose name wants quoting."""
    target = folder / "it's a folder"
    target.mkdir()
    connect = exports.Connect(
        HOST, broker.port, "device-1", broker.root, broker.identity.certificate, broker.identity.key, "127.0.0.1"
    )
    for export in exports.exports(connect):
        (target / export.name).write_text(export.content)
    return target


def _run(*argv: str | Path, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "EMQX_MQTT_PASSWORD": password}
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=40, check=False)


@pytest.mark.needs("mosquitto_pub", "mosquitto_sub")
def test_the_exported_mosquitto_script_makes_the_round_trip_and_verifies_the_name(
    broker: Broker, tmp_path: Path
) -> None:
    script = _written(broker, tmp_path) / "mosquitto.sh"
    done = _run("sh", script)
    assert done.returncode == 0, done.stderr
    assert "hello over mutual TLS" in done.stdout
    assert _run("sh", script, "pub", "t", "m").returncode == 0
    script.write_text(script.read_text().replace(f"host={HOST}", "host=other.example.test"))
    refused = _run("sh", script, "pub", "t", "m")
    assert refused.returncode != 0
    assert "TLS error" in refused.stderr


def test_the_exported_python_script_makes_the_round_trip(broker: Broker, tmp_path: Path) -> None:
    script = _written(broker, tmp_path) / "connect.py"
    done = _run(sys.executable, script)
    assert done.returncode == 0, done.stderr
    assert "hello over mutual TLS" in done.stdout
    refused = _run(sys.executable, script, password="wrong")
    assert refused.returncode == 1
    assert "Not authorized" in refused.stderr


@pytest.mark.needs("openssl")
def test_the_openssl_command_verifies_with_the_root_and_not_with_the_last_of_fullchain(broker: Broker) -> None:
    def command(ca_file: Path) -> str:
        identity = broker.identity
        return exports.openssl_command(
            exports.Connect(HOST, broker.port, "", ca_file, identity.certificate, identity.key, "127.0.0.1")
        )

    right, wrong = (
        _run("sh", "-c", command(broker.root)),
        _run("sh", "-c", command(broker.folder / "last-of-fullchain.pem")),
    )
    assert "Verification: OK" in right.stderr + right.stdout
    assert "unable to get issuer certificate" in wrong.stderr
