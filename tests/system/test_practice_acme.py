"""Real certbot against the practice world's ACME server: what a user of it gets and sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import crypto

from tests.system.acme_world import CHALLENGE, NAME, Certbot, World, chain, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as running:
        yield running


@pytest.fixture
def certbot(here: World, tmp_path: Path) -> Certbot:
    return Certbot(here, tmp_path)


def _verify(pem: bytes, roots: str) -> None:
    """OpenSSL's own verdict on a served chain against a CA file, without partial chains."""
    store = crypto.X509Store()
    for anchor in chain(roots):
        store.add_cert(crypto.X509.from_cryptography(anchor))
    leaf, *others = (crypto.X509.from_cryptography(one) for one in chain(pem))
    crypto.X509StoreContext(store, leaf, others).verify_certificate()


def _common_name(name: x509.Name) -> str:
    return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_ecdsa_is_issued_renewed_and_revoked(here: World, certbot: Certbot) -> None:
    issued = certbot.certonly()
    assert issued.returncode == 0, issued.stdout
    first = certbot.live().read_bytes()
    certificates = chain(first)
    assert [_common_name(one.subject) for one in certificates] == [
        NAME,
        "(PRACTICE) YE1",
        "(PRACTICE) Root YE",
        "(PRACTICE) ISRG Root X2",
    ]
    assert _common_name(certificates[-1].issuer) == "(PRACTICE) ISRG Root X1"
    assert isinstance(certificates[0].public_key(), ec.EllipticCurvePublicKey)
    _verify(first, here.acme.roots_pem)

    renewed = certbot.renew("--force-renewal")
    assert renewed.returncode == 0, renewed.stdout
    assert "all renewals succeeded" in renewed.stdout
    leaf = chain(certbot.live().read_bytes())[0]
    assert leaf.serial_number != certificates[0].serial_number
    assert [one.leaf.serial_number for one in here.acme.issued] == [certificates[0].serial_number, leaf.serial_number]

    revoked = certbot.run("revoke", f"--cert-path={certbot.live('cert.pem')}", "--no-delete-after-revoke")
    assert revoked.returncode == 0, revoked.stdout
    point = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0]
    assert point.full_name
    listed = x509.load_der_x509_crl(httpx.get(point.full_name[0].value, trust_env=False).content)
    assert listed.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert not listed.get_revoked_certificate_by_serial_number(certificates[0].serial_number)


def test_rsa_comes_with_three_certificates(here: World, certbot: Certbot) -> None:
    issued = certbot.certonly("--key-type=rsa")
    assert issued.returncode == 0, issued.stdout
    served = certbot.live().read_bytes()
    certificates = chain(served)
    assert [_common_name(one.subject) for one in certificates] == [NAME, "(PRACTICE) YR1", "(PRACTICE) Root YR"]
    assert all(isinstance(one.public_key(), rsa.RSAPublicKey) for one in certificates)
    _verify(served, here.acme.roots_pem)


def test_the_preferred_chain_is_chosen_by_the_name_of_its_topmost_issuer(here: World, certbot: Certbot) -> None:
    issued = certbot.certonly("--preferred-chain", "(PRACTICE) ISRG Root X2")
    assert issued.returncode == 0, issued.stdout
    served = certbot.live().read_bytes()
    certificates = chain(served)
    assert len(certificates) == 3
    assert _common_name(certificates[-1].issuer) == "(PRACTICE) ISRG Root X2"
    _verify(served, here.acme.roots_pem)


def test_a_renewal_that_is_not_due_is_left_alone(here: World, certbot: Certbot) -> None:
    assert certbot.certonly().returncode == 0
    renewed = certbot.renew()
    assert "not due for renewal yet" in renewed.stdout
    assert "ACME Renewal Information" not in renewed.stdout  # asking for it did not fail
    assert any("/renewal-info/" in request.target for request in here.acme.requests)
    assert len(here.acme.issued) == 1


@pytest.mark.parametrize(
    ("record", "kind", "detail"),
    [
        (
            None,
            "dns",
            f"DNS problem: NXDOMAIN looking up TXT for {CHALLENGE} - check that a DNS record exists for this domain",
        ),
        (
            f'{CHALLENGE}. 0 IN TXT "stale"',
            "unauthorized",
            f'Incorrect TXT record "stale" found at {CHALLENGE}',
        ),
    ],
)
def test_a_failed_challenge_is_told_as_identifier_type_and_detail(
    certbot: Certbot, here: World, record: str | None, kind: str, detail: str
) -> None:
    if record:
        here.zone.add(record)
    refused = certbot.certonly(publish=False)
    assert refused.returncode == 1
    said = " ".join(refused.stdout.split())
    assert f"Identifier: {NAME} Type: {kind} Detail: {detail}" in said


def test_caa_of_a_parent_forbids(certbot: Certbot, here: World) -> None:
    here.zone.add('example.test. 0 IN CAA 0 issue "other-ca.test"')
    refused = certbot.certonly()
    assert refused.returncode == 1
    said = " ".join(refused.stdout.split())
    problem = f"While processing CAA for {NAME}: CAA record for example.test prevents issuance"
    assert f"Identifier: {NAME} Type: caa Detail: {problem}" in said


def test_the_rate_limit_can_be_injected_and_healed(certbot: Certbot, here: World) -> None:
    here.faults.inject("acme-rate-limit")
    refused = certbot.certonly()
    assert refused.returncode == 1
    words = "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s"
    assert f"{words}, retry after " in refused.stdout
    here.faults.heal("acme-rate-limit")
    assert certbot.certonly().returncode == 0


def test_a_renewal_is_rehearsed_on_the_staging_server_beside(certbot: Certbot, here: World, tmp_path: Path) -> None:
    assert certbot.certonly().returncode == 0
    before = certbot.live().read_bytes()
    folder = tmp_path / "staging"
    folder.mkdir()
    with world(folder, staging=True) as staging:
        rehearsed = Certbot(staging, certbot.folder).renew("--dry-run")
        assert "all simulated renewals succeeded" in rehearsed.stdout, rehearsed.stdout
        (rehearsal,) = staging.acme.issued
    issuers = [_common_name(one.issuer) for one in rehearsal.chains[0]]
    assert all(issuer.startswith("(PRACTICE STAGING) ") for issuer in issuers)
    assert certbot.live().read_bytes() == before
    assert len(here.acme.issued) == 1
