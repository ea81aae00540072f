"""The same step against Pebble, Let's Encrypt's own test CA, in strict mode: another server, the same standard."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509

from services.events import Check, Done, Failed
from services.guide import server_certificate
from services.guide.runner import Guide
from services.pki.kinds import KeyType
from services.practice.world import PracticeWorld
from services.workspace import Workspace
from tests.system.guide_world import run_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.world import World

SECTION = "server_certificate"
pytestmark = pytest.mark.needs("pebble")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A practice world whose CA is Pebble."""
    running = PracticeWorld()
    running.start()
    opened = running.world()
    assert opened.dns.nameserver is not None
    folder = tmp_path_factory.mktemp("pebble")
    try:
        with pebble(folder, opened.dns.nameserver) as directory:
            acme = replace(opened.acme, directory_url=directory, ca_bundle=folder / "ca.pem")
            yield replace(opened, acme=acme)
    finally:
        running.stop()


@contextmanager
def pebble(folder: Path, dns: tuple[str, int]) -> Iterator[str]:
    """Run Pebble until the block ends; the address of its directory."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    server = ca.issue_cert("localhost", "127.0.0.1")
    server.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    server.private_key_pem.write_to_path(folder / "key.pem")
    port, management = free_port(), free_port()
    config = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": 5002,
        "tlsPort": 5001,
    }
    (folder / "config.json").write_text(json.dumps({"pebble": config}))
    settings = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_CHAIN_LENGTH": "3"}
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            ["pebble", "-strict", "-config", str(folder / "config.json"), "-dnsserver", f"{dns[0]}:{dns[1]}"],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(port, child)
        yield f"https://localhost:{port}/dir"
    finally:
        child.terminate()
        child.wait(10)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert child.poll() is None, "Pebble ended"
            assert time.monotonic() < deadline, "Pebble does not listen"
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("key_type", [KeyType.ECDSA_P256, KeyType.RSA_2048])
async def test_the_step_passes_against_pebble(world: World, tmp_path: Path, key_type: KeyType) -> None:
    guide = Guide.open(replace(world, domain=f"{key_type.value}.example.test"), Workspace(tmp_path))
    _, last = await run_step(guide, SECTION, replace(server_certificate.propose(guide.here), key_type=key_type))
    assert isinstance(last, Done), (last.error, last.error.details)
    assert last.result.key_type == key_type.label
    assert last.result.certificates == 4
    chain = x509.load_pem_x509_certificates((last.result.live / "fullchain.pem").read_bytes())
    for below, above in itertools.pairwise(chain):
        below.verify_directly_issued_by(above)
    _, again = await run_step(guide, SECTION)
    assert isinstance(again, Done)
    assert again.result.sha256 == last.result.sha256


async def test_prerequisites_trust_pebbles_own_ca(world: World, tmp_path: Path) -> None:
    guide = Guide.open(world, Workspace(tmp_path))
    events, _ = await run_step(guide, "prerequisites")
    assert {each.id: each.answer for each in events if isinstance(each, Check)}["acme"] == "yes"


async def test_a_directory_whose_ca_is_not_trusted_is_named(world: World, tmp_path: Path) -> None:
    untrusted = replace(world, acme=replace(world.acme, ca_bundle=None))
    _, last = await run_step(Guide.open(untrusted, Workspace(tmp_path)), SECTION)
    assert isinstance(last, Failed)
    assert (last.error.id, last.error.variant) == ("acme-unreachable", "tls")


@pytest.mark.parametrize(
    ("fault", "finding"), [("acme-dns-not-found", "acme-dns-not-found"), ("acme-unauthorized", "acme-unauthorized")]
)
async def test_pebbles_words_for_a_failed_challenge_are_understood(
    world: World, tmp_path: Path, fault: str, finding: str
) -> None:
    assert world.practice is not None
    world.practice.inject(fault)
    try:
        guide = Guide.open(replace(world, domain=f"{fault}.example.test"), Workspace(tmp_path))
        _, last = await run_step(guide, SECTION)
    finally:
        world.practice.heal(fault)
    assert isinstance(last, Failed)
    assert last.error.id == finding, last.error.details
