"""A fleet's certificates from end to end: openssl and the practice deployment take them, kill -9 breaks nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import pkcs12

from app.cli import group
from services.devices.listing import Choice, devices
from services.devices.places import FleetFolder
from services.pki import store
from services.pki.authority import Authority, make_ca
from services.pki.keys import generate_key
from services.pki.kinds import KeyType
from services.pki.names import distinguished_name
from services.practice.deployment import TlsBundle
from tests.system.deployment_world import Keys, Paho, Running, hierarchy, keys, refusal, until, up
from tests.system.devices_boundaries import faults

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["hierarchy", "keys", "up"]  # fixtures

ROOT = Path(__file__).parents[2]
BOUNDARIES = Path(__file__).with_name("devices_boundaries.py")
SECONDS = 60


class Fleet:
    """A workspace with a client CA, and the command line to work on its fleet."""

    def __init__(self, workspace: Path, kind: KeyType = KeyType.ECDSA_P256) -> None:
        self.workspace = workspace
        self.authority = make_ca(
            distinguished_name("Test CA", organization="Test Org", country="US"),
            generate_key(kind),
            days=365,
            now=datetime.now(UTC),
        )
        self.ca = workspace / "client" / "client-ca.crt"
        store.write(self.ca, self.authority.certificate)
        store.write(workspace / "client" / "client-ca.key", self.authority.key)
        self.folder = FleetFolder(workspace / "devices")

    def command(self, *arguments: object) -> list[str]:
        name, *rest = map(str, arguments)
        return [sys.executable, "-m", "app", "devices", name, "--workspace", str(self.workspace), *rest]

    def run(self, *arguments: object, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=os.environ | environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def document(self, *arguments: object) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def certificate(self, name: str) -> Path:
        return next(self.folder.root.rglob(f"{name}.crt"))


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "workspace")


def openssl(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done.returncode, done.stdout + done.stderr


def verify(fleet: Fleet, paths: Sequence[Path], *options: object) -> tuple[int, str]:
    return openssl("verify", "-x509_strict", "-purpose", "sslclient", *options, "-CAfile", fleet.ca, *paths)


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("kind", [KeyType.RSA_2048, KeyType.ECDSA_P384])
def test_openssl_takes_every_kind_of_certificate_in_its_strictest_mode(tmp_path: Path, kind: KeyType) -> None:
    fleet = Fleet(tmp_path, kind)
    for number, key_type in enumerate(KeyType):
        fleet.document("issue", "--count", 2, "--prefix", f"d{number}-", "--key-type", key_type)
    fleet.document("issue", "--count", 40, "--prefix", "many-")
    paths = sorted(fleet.folder.root.rglob("*.crt"))
    assert len(paths) == 48
    status, said = verify(fleet, paths)
    assert status == 0, said
    assert said.count(": OK") == 48


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("crl_url", ["", "http://crl.example.test/fleet.pem"])
def test_openssl_honours_the_revocation_list(fleet: Fleet, crl_url: str) -> None:
    fleet.document("issue", "--count", 3, "--prefix", "d-", *(["--crl-url", crl_url] if crl_url else []))
    done = fleet.document("revoke", "d-000002", "--reason", "key-compromise")
    assert (done["revoked"], done["crl_number"], done["entries"]) == (1, 1, 1)
    checks = ("-crl_check", "-CRLfile", fleet.folder.crl)
    good = [fleet.certificate(name) for name in ("d-000001", "d-000003")]
    status, said = verify(fleet, good, *checks)
    assert status == 0, said
    status, said = verify(fleet, [fleet.certificate("d-000002")], *checks)
    assert status != 0
    assert "certificate revoked" in said
    assert fleet.document("crl")["crl_number"] == 2
    status, said = verify(fleet, [fleet.certificate("d-000002")], *checks)
    assert "certificate revoked" in said


@pytest.mark.needs("openssl")
def test_a_request_made_by_openssl_is_signed_and_its_key_never_seen(fleet: Fleet, tmp_path: Path) -> None:
    key, csr = tmp_path / "own.key", tmp_path / "own.csr"
    made = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=own-1"]
    assert openssl(*made, "-keyout", key, "-out", csr)[0] == 0
    assert fleet.document("sign", csr)["made"] == 1
    assert verify(fleet, [fleet.certificate("own-1")])[0] == 0
    assert not list(fleet.folder.root.rglob("*.key"))
    assert fleet.run("export", "own-1", "--to", tmp_path / "out").returncode == 0
    assert b"PRIVATE KEY" not in (tmp_path / "out" / "own-1.pem").read_bytes()
    refused = fleet.run("export", "own-1", "--to", tmp_path, "--format", "pkcs12", EMQX_MTLS_PKCS12_PASSWORD="x")
    assert (refused.returncode, "[device-key-away]" in refused.stdout) == (1, True)


def test_the_deployment_takes_devices_by_mutual_tls_and_no_other_fleet_s(
    fleet: Fleet, up: Running, tmp_path: Path
) -> None:
    stranger = Fleet(tmp_path / "stranger")
    for one in (fleet, stranger):
        one.document("issue", "--count", 2, "--prefix", "pump-")
    up.deployment.set_tls(
        TlsBundle("two-way", up.keys.issued.fullchain_pem(), up.keys.server_key, cacert_pem=fleet.ca.read_text())
    )
    port = up.deployment.port
    for name in ("pump-000001", "pump-000002"):
        context = _context(up.keys, fleet.certificate(name))
        with Paho(port, context, client_id=name) as client:
            assert client.connack() == 0
            assert client.receive(f"devices/{name}", b"hello").payload == b"hello"
            assert until(lambda name=name: name in {row.cn for row in up.deployment.clients()})  # type: ignore[misc]  # the loop's own name
    assert "UNKNOWN_CA" in refusal(port, _context(up.keys, stranger.certificate("pump-000001")))


def _context(world: Keys, certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(world.root)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


@pytest.mark.parametrize(("count", "again"), [(3, ""), (1, "again")])
def test_kill_9_at_every_boundary_leaves_no_duplicate_and_no_hole(tmp_path: Path, count: int, again: str) -> None:
    done = subprocess.run(
        [sys.executable, str(BOUNDARIES), str(tmp_path), str(count), *again.split()],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["boundaries"] > 8 * count  # each device: open, write and close, for its key and its certificate; …
    assert found["kills"] >= found["boundaries"]


def test_kill_9_of_a_run_on_every_core_at_random_moments(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    chance = random.Random(os.getpid())  # noqa: S311 - no secret
    count, kills = 800, 0
    command = fleet.command("issue", "--count", count, "--prefix", "d-", "--processes", 2)
    while True:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if kills < 4:
            already = len(list(fleet.folder.root.rglob("*.crt")))
            _until_more_than(fleet, already + chance.randrange(1, 150), process)
            process.kill()
        error = process.communicate(timeout=SECONDS)[1]
        if process.returncode != -signal.SIGKILL:
            break
        kills += 1
    assert process.returncode == 0, error.decode()
    assert kills >= 3
    assert faults(fleet.folder, count, fleet.authority) == []


def _until_more_than(fleet: Fleet, number: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the fleet has that many certificates, or the run has ended."""
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if sum(1 for _ in fleet.folder.root.rglob("*.crt")) > number:
            return
        time.sleep(0.02)


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_what_is_begun_and_the_same_command_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    fleet = Fleet(tmp_path)
    command = fleet.command("issue", "--count", 8_000, "--prefix", "d-", "--processes", 2, "--json")
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    _until_more_than(fleet, 50, process)  # type: ignore[arg-type]  # only looked at
    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    out, error = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number, error
    assert "Traceback" not in error
    stopped = json.loads(out)
    assert stopped["ok"] is False
    assert stopped["made"] > 50
    assert stopped["made"] + stopped["left"] == 8_000
    assert until(lambda: _is_gone(process.pid))  # no worker is left
    issued = [device for device in devices(fleet.folder, Choice()) if device.sha256]
    assert len(issued) == stopped["made"]
    resumed = fleet.document("issue", "--count", stopped["made"] + 100, "--prefix", "d-")
    assert resumed["left"] == 0


def test_ctrl_c_while_the_workers_still_start_is_no_error_of_theirs(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    command = fleet.command("issue", "--count", 8_000, "--prefix", "d-", "--processes", 2, "--json")
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("this system does not list a process's children")
    assert until(lambda: len(children.read_text().split()) == 3)  # the tracker of multiprocessing, and two workers
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGINT, error
    assert "Traceback" not in error
    assert "Stopped;" in error


def test_two_runs_at_once_are_kept_apart(fleet: Fleet) -> None:
    process = subprocess.Popen(
        fleet.command("issue", "--count", 8_000, "--prefix", "d-"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=-3
    )
    try:
        _until_more_than(fleet, 1, process)
        second = fleet.run("issue", "--count", 1, "--prefix", "e-")
        assert (second.returncode, "[workspace-in-use]" in second.stdout) == (1, True)
        assert fleet.run("list").returncode == 0  # looking is allowed
    finally:
        process.terminate()
        process.wait(SECONDS)


def test_exports_open_where_they_are_meant_to_and_overwrite_nothing(fleet: Fleet, tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text("AA:BB\n温度計\n", "utf-8")
    fleet.document("issue", "--names", names)
    out = tmp_path / "out"
    assert fleet.run("export", "AA:BB", "--to", out).returncode == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_cert_chain(out / "AA%3ABB.pem")
    done = fleet.run("export", "温度計", "--to", out, "--format", "pkcs12", "--password-stdin", given="a pass word\n")
    assert done.returncode == 0, done.stdout
    key, certificate, others = pkcs12.load_key_and_certificates((out / "温度計.p12").read_bytes(), b"a pass word")
    assert key is not None
    assert certificate is not None
    assert others == [fleet.authority.certificate]
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    again = fleet.run("export", "温度計", "--to", out, "--format", "pkcs12", "--password-stdin", given="other\n")
    assert (again.returncode, "[file-in-the-way]" in again.stdout) == (1, True)
    missing = fleet.run("export", "温度計", "--to", out, "--format", "pkcs12")
    assert (missing.returncode, "[devices-password-missing]" in missing.stdout) == (1, True)


def test_the_index_says_the_same_as_csv_and_as_json(fleet: Fleet, tmp_path: Path) -> None:
    fleet.document("issue", "--count", 3, "--prefix", "d-")
    for ending in ("csv", "json"):
        assert fleet.run("export", "--index", tmp_path / f"index.{ending}").returncode == 0
    rows = json.loads((tmp_path / "index.json").read_text())
    lines = (tmp_path / "index.csv").read_text().splitlines()
    assert lines[0].split(",") == list(rows[0])
    assert [line.split(",") for line in lines[1:]] == [[str(value) for value in row.values()] for row in rows]
    assert rows == fleet.document("list")
    for row in rows:
        assert store.sha256_hex(store.read_certificate(fleet.folder.root / row["certificate"])) == row["sha256"]
    assert fleet.run("export", "--index", tmp_path / "index.csv").returncode == 1
    assert fleet.run("export", "--index", tmp_path / "index.csv", "--replace").returncode == 0


@pytest.mark.needs("openssl")
def test_the_client_ca_becomes_an_intermediate_under_another_root(fleet: Fleet, tmp_path: Path) -> None:
    fleet.document("issue", "--count", 1, "--prefix", "d-")
    assert fleet.run("export", "--ca-for-online", "--to", tmp_path).returncode == 0
    root_key, root, above = tmp_path / "root.key", tmp_path / "root.crt", tmp_path / "intermediate.crt"
    extensions = tmp_path / "ca.cnf"
    extensions.write_text(
        "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    new_root = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=Root"
    assert openssl(*new_root.split(), "-keyout", root_key, "-out", root)[0] == 0
    sign = ["x509", "-req", "-in", tmp_path / "client-ca.csr", "-CA", root, "-CAkey", root_key, "-days", 20]
    assert openssl(*sign, "-extfile", extensions, "-out", above)[0] == 0
    device = fleet.certificate("d-000001")
    status, said = openssl("verify", "-purpose", "sslclient", "-CAfile", root, "-untrusted", above, device)
    assert status == 0, said


@pytest.mark.parametrize(
    "arguments",
    [
        ["issue"],
        ["issue", "--count", "3"],
        ["issue", "--count", "3", "--prefix", "d-", "--names", "x"],
        ["issue", "--count", "0", "--prefix", "d-"],
        ["issue", "--count", "3", "--prefix", "d-", "--days", "10", "--renew-within", "10"],
        ["issue", "--count", "3", "--prefix", "d-", "--ca", "x"],
        ["sign"],
        ["revoke"],
        ["revoke", "x", "--reason", "because"],
        ["export"],
        ["export", "x"],
        ["export", "x", "--all", "--to", "y"],
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(fleet: Fleet, arguments: list[str]) -> None:
    name, *rest = arguments
    done = CliRunner().invoke(group, ["devices", name, "--workspace", str(fleet.workspace), *rest])
    assert done.exit_code == 2
    assert "Usage:" in done.stderr
    assert not fleet.folder.root.exists()


def test_a_finding_is_one_document_too(fleet: Fleet) -> None:
    done = fleet.run("issue", "--names", "-", "--json", given="a/b\n")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["id"] == "device-names-wrong"
    assert "a/b" in error["details"]


def test_a_ca_that_cannot_sign_is_named_before_anything_is_made(fleet: Fleet, tmp_path: Path) -> None:
    other: Authority = Fleet(tmp_path / "other").authority
    store.write(fleet.ca, other.certificate, replace=True)
    done = fleet.run("issue", "--count", 1, "--prefix", "d-")
    assert (done.returncode, "[devices-bad-ca]" in done.stdout) == (1, True)
    assert not fleet.folder.root.exists()
