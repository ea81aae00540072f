"""What a deployment is given, found by content and judged before anything is sent; and what it serves, compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.acme.lineage import Holds, read_lineage
from services.emqx.bundle import Bundle, Standard, assemble, preflight
from services.emqx.served import difference
from services.errors import ServiceError
from services.practice.hierarchy import Hierarchy, pem
from services.secrets import Secret
from services.tls.catalog import root_for
from services.tls.chain import Certificate, read_pem

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

HOST = "mqtt.example.test"
NOW = datetime.now(UTC)


@cache
def hierarchy() -> Hierarchy:
    return Hierarchy()


@cache
def chain() -> tuple[Certificate, ...]:
    return read_pem(pem(issued()).encode())


@cache
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def issued() -> tuple[x509.Certificate, ...]:
    return tuple(hierarchy().issue(key().public_key(), [HOST]).chains[0])


def key_pem(of: ec.EllipticCurvePrivateKey) -> bytes:
    return of.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def client_ca() -> trustme.CA:
    return trustme.CA()


def authority() -> tuple[Certificate, ...]:
    return read_pem(client_ca().cert_pem.bytes())


def bundle() -> Bundle:
    leaf, *above = chain()
    return Bundle(leaf, tuple(above), Secret(key_pem(key()).decode()), authority())


def standard() -> Standard:
    root = root_for(chain(), hierarchy().roots_pem().encode())
    assert root is not None
    return Standard(HOST, root.certificate, NOW)


def found(changed: Bundle | None = None, held_against: Standard | None = None) -> dict[str, bool]:
    """The ids of what was found, and whether each blocks."""
    concerns = preflight(changed or bundle(), held_against or standard())
    assert all("{" not in f"{concern.error} {concern.error.fix}" for concern in concerns)
    return {concern.error.id: concern.blocking for concern in concerns}


def lay_out(folder: Path, certificates: tuple[x509.Certificate, ...], key: bytes) -> Path:
    (folder / "cert.pem").write_text(pem(certificates[:1]))
    (folder / "chain.pem").write_text(pem(certificates[1:]))
    (folder / "fullchain.pem").write_text(pem(certificates))
    (folder / "privkey.pem").write_bytes(key)
    return folder


def test_a_bundle_that_is_right_raises_nothing() -> None:
    assert found() == {}


def test_order_and_doubles_in_the_files_do_not_matter(tmp_path: Path) -> None:
    leaf, *above = issued()
    folder = lay_out(tmp_path, tuple(issued()), key_pem(key()))
    (folder / "fullchain.pem").write_text(pem([*reversed(above), leaf, *above]))
    lineage = read_lineage(folder, hierarchy().roots_pem().encode(), now=NOW)
    made = assemble(lineage, authority())
    assert [each.sha256 for each in made.to_serve] == [each.sha256 for each in chain()]
    assert made.merged == made.certificate + made.chain


def test_a_root_among_the_files_is_left_out_and_told(tmp_path: Path) -> None:
    root = hierarchy().roots()[0]
    folder = lay_out(tmp_path, (*issued(), root), key_pem(key()))
    made = assemble(read_lineage(folder, hierarchy().roots_pem().encode(), now=NOW), authority())
    assert [each.sha256 for each in made.to_serve] == [each.sha256 for each in chain()]
    assert len(made.left_out) == 1


def test_a_file_that_does_not_belong_is_seen_as_such(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, tuple(issued()), key_pem(key()))
    (folder / "cert.pem").write_text(pem(hierarchy().issue(key().public_key(), ["other.example.test"]).chains[0][:1]))
    lineage = read_lineage(folder, b"", now=NOW)
    assert Holds.OTHER in {lineage.holds(file) for file in lineage.files}


def test_a_key_of_another_certificate_blocks() -> None:
    other = Secret(key_pem(ec.generate_private_key(ec.SECP256R1())).decode())
    assert found(replace(bundle(), private_key=other)) == {"key-mismatch": True}


@pytest.mark.parametrize(
    ("kept", "finding"),
    [
        ((), "server-leaf-only"),
        ((1, 2), "server-chain-incomplete"),
    ],
)
def test_a_chain_with_a_gap_blocks(kept: tuple[int, ...], finding: str) -> None:
    above = bundle().chain_certificates
    assert found(replace(bundle(), chain_certificates=tuple(above[position] for position in kept))) == {finding: True}


def test_an_intermediate_of_the_same_name_and_another_key_blocks() -> None:
    first, *rest = bundle().chain_certificates
    imitation = read_pem(pem([hierarchy().lookalike(issued()[1])]).encode())[0]
    assert imitation.subject == first.subject
    assert found(replace(bundle(), chain_certificates=(imitation, *rest))) == {"server-chain-mixed": True}


def test_a_root_that_nobody_knows_is_told_and_does_not_block() -> None:
    assert found(held_against=replace(standard(), root=None)) == {"root-not-found": False}


def test_another_name_and_another_time_block() -> None:
    assert found(held_against=replace(standard(), domain="other.example.test")) == {"hostname-mismatch": True}
    late = replace(standard(), now=chain()[0].not_after + timedelta(seconds=1))
    assert found(held_against=late)["server-expired"]


def test_the_60_day_rule_and_the_key_types_of_emqx_warn_only() -> None:
    late = replace(standard(), now=chain()[0].not_after - timedelta(days=59))
    assert found(held_against=late) == {"emqx-validity-window": False}
    assert found(replace(bundle(), leaf=replace(bundle().leaf, key_type="RSA 4096"))) == {"emqx-key-type": False}


def test_a_staging_certificate_blocks_unless_it_was_asked_for() -> None:
    staging = replace(bundle(), leaf=replace(bundle().leaf, issuer="CN=(STAGING) Counterfeit Cashew R10"))
    assert found(staging)["staging-certificate"] is True
    assert found(staging, replace(standard(), staging_allowed=True))["staging-certificate"] is False


def test_a_client_certificate_in_place_of_its_ca_blocks() -> None:
    client = read_pem(client_ca().issue_cert("client.test").cert_chain_pems[0].bytes())
    assert found(replace(bundle(), client_ca_certificates=client)) == {"client-ca-not-ca": True}


def test_a_client_of_another_ca_blocks() -> None:
    stranger = read_pem(trustme.CA().issue_cert("client.test").cert_chain_pems[0].bytes())[0]
    assert found(held_against=replace(standard(), client=stranger)) == {"client-cert-unknown-ca": True}
    ours = read_pem(client_ca().issue_cert("client.test").cert_chain_pems[0].bytes())[0]
    assert found(held_against=replace(standard(), client=ours)) == {}


def test_a_locked_key_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    folder = lay_out(
        tmp_path, tuple(issued()), b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----"
    )
    with pytest.raises(ServiceError) as raised:
        read_lineage(folder, b"", now=NOW)
    assert raised.value.id == "server-files-unreadable"


def compared(*served: Certificate) -> str:
    error = difference(served, chain(), host=HOST, port=8883, now=NOW)
    assert error is None or "{" not in f"{error} {error.fix}"
    return error.id if error else ""


def test_served_is_compared_with_uploaded() -> None:
    leaf, first, second, third = chain()
    assert compared(*chain()) == ""
    assert compared(leaf) == "server-leaf-only"
    assert compared(leaf, first, third) == "server-chain-incomplete"
    assert compared(leaf, second, first, third) == "server-chain-disordered"
    imitation = read_pem(pem([hierarchy().lookalike(issued()[1])]).encode())[0]
    assert compared(leaf, imitation, second, third) == "server-chain-mixed"


def test_another_leaf_is_told_apart_by_name_and_date() -> None:
    old = read_pem(pem(hierarchy().issue(key().public_key(), [HOST]).chains[0]).encode())
    assert compared(*old) == "emqx-stale-certificate"
    assert compared(replace(old[0], not_after=NOW - timedelta(days=1)), *old[1:]) == "server-expired"
    assert compared(replace(old[0], names=("other.example.test",)), *old[1:]) == "hostname-mismatch"
