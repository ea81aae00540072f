"""What the practice deployment shows and asks in TLS, with and without its faults: openssl and Python's ssl."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.practice.deployment import PracticeDeployment, RejectedTlsError, TlsBundle
from services.practice.faults import Faults
from services.practice.hierarchy import Hierarchy, pem
from services.practice.journal import Journal
from tests.system.deployment_world import (
    NAME,
    PASSWORD,
    TLS_VERSIONS,
    USER,
    Paho,
    Running,
    connect_tls,
    hierarchy,
    keys,
    new_keys,
    refusal,
    up,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["hierarchy", "keys", "up"]  # fixtures


def s_client(port: int, *options: str) -> str:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-verify_hostname", NAME]
    done = subprocess.run([*command, *options], input="", capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


def verify_code(up: Running, root: Path | None = None, port: int | None = None) -> str:
    """The number that openssl ends with: 0 is fine."""
    certificate, key = up.keys.client_files
    ca_file = str(root or up.keys.root)
    said = s_client(port or up.deployment.port, "-CAfile", ca_file, "-cert", str(certificate), "-key", str(key))
    return said.rpartition("Verify return code: ")[2].split(" ", 1)[0]


@pytest.mark.parametrize(
    ("client", "version", "alert"),
    [
        ("none", "1.2", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ("none", "1.3", "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        ("strange", "1.2", "TLSV1_ALERT_UNKNOWN_CA"),
        ("strange", "1.3", "TLSV1_ALERT_UNKNOWN_CA"),
    ],
)
def test_a_client_without_the_right_certificate_sees_why(
    up: Running, client: Literal["none", "strange"], version: str, alert: str
) -> None:
    assert refusal(up.deployment.port, up.keys.context(client, TLS_VERSIONS[version])) == alert


def test_before_an_upload_it_shows_its_own_certificate_and_asks_for_none(hierarchy: Hierarchy) -> None:
    with PracticeDeployment(Faults(), Journal(), hierarchy, address="d1.practice.example") as deployment:
        deployment.add_user(USER, PASSWORD)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with connect_tls(deployment.port, context, "d1.practice.example") as tls:
            leaf = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["d1.practice.example"]
        with Paho(deployment.port, context, name="d1.practice.example") as client:
            assert client.connack() == 0
            assert deployment.clients()[0].cn is None


def test_a_new_certificate_is_shown_at_once_and_drops_nobody(up: Running, hierarchy: Hierarchy, tmp_path: Path) -> None:
    renewed = new_keys(tmp_path, hierarchy)
    with Paho(up.deployment.port, up.keys.context()) as client:
        assert client.connack() == 0
        before = up.deployment.served_fingerprint()
        up.deployment.set_tls(renewed.bundle())
        with connect_tls(up.deployment.port, renewed.context()) as tls:
            shown = tls.getpeercert(binary_form=True)
        assert shown == renewed.issued.leaf.public_bytes(Encoding.DER)
        assert up.deployment.served_fingerprint() != before
        assert client.receive("still/here", b"yes").payload == b"yes"
        assert refusal(up.deployment.port, up.keys.context()) == "TLSV1_ALERT_UNKNOWN_CA"
        up.deployment.clear_tls()
        assert client.goodbyes.get(timeout=10) == 0x98


@pytest.mark.needs("openssl")
def test_openssl_verifies_with_the_root_and_fails_with_the_last_of_fullchain(up: Running, tmp_path: Path) -> None:
    last = tmp_path / "last.pem"
    last.write_text(pem(up.keys.issued.chains[0][-1:]))
    assert verify_code(up) == "0"
    assert verify_code(up, last) == "2"


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    ("fault", "code", "served"),
    [
        ("server-leaf-only", "20", 1),
        ("server-chain-incomplete", "20", 3),
        ("server-chain-mixed", "20", 4),
        ("server-expired", "10", 4),
        ("hostname-mismatch", "62", 4),
    ],
)
def test_a_faulty_chain_fails_and_heals_live(up: Running, fault: str, code: str, served: int) -> None:
    before = up.deployment.served_chain()
    up.faults.inject(fault)
    assert len(up.deployment.served_chain()) == served
    assert verify_code(up) == code or (code == "20" and verify_code(up) == "21")
    up.faults.heal(fault)
    assert verify_code(up) == "0"
    assert up.deployment.served_chain() == before


def test_a_mixed_chain_has_the_right_name_and_another_key(up: Running) -> None:
    right = up.deployment.served_chain()[1]
    up.faults.inject("server-chain-mixed")
    wrong = up.deployment.served_chain()[1]
    assert wrong.subject == right.subject
    assert wrong.public_key() != right.public_key()


def test_a_stale_certificate_goes_on_until_healed(up: Running, hierarchy: Hierarchy, tmp_path: Path) -> None:
    old = up.deployment.served_fingerprint()
    up.faults.inject("emqx-stale-certificate")
    up.deployment.set_tls(new_keys(tmp_path, hierarchy).bundle())
    assert up.deployment.served_fingerprint() == old
    up.faults.heal("emqx-stale-certificate")
    assert up.deployment.served_fingerprint() != old


@pytest.mark.parametrize("version", TLS_VERSIONS)
def test_a_deployment_with_another_client_ca_refuses_ours(up: Running, version: str) -> None:
    context = up.keys.context(version=TLS_VERSIONS[version])
    up.faults.inject("client-cert-unknown-ca")
    assert refusal(up.deployment.port, context) == "TLSV1_ALERT_UNKNOWN_CA"
    up.faults.heal("client-cert-unknown-ca")
    with Paho(up.deployment.port, context) as client:
        assert client.connack() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"certificate_pem": "no certificate"}, "cert"),
        ({"chain_pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "chain"),
        ({"key_pem": "no key"}, "key"),
        ({"cacert_pem": ""}, "cacert"),
        ({"cacert_pem": "nothing"}, "cacert"),
        ({"type": "three-way"}, "tlsType"),
    ],
)
def test_an_upload_that_cannot_work_is_rejected_and_changes_nothing(
    up: Running, change: dict[str, str], field: str
) -> None:
    before = up.deployment.served_fingerprint()
    right = up.keys.bundle()
    values = {name: getattr(right, name) for name in TlsBundle.__slots__} | change
    with pytest.raises(RejectedTlsError) as caught:
        up.deployment.set_tls(TlsBundle(**values))
    assert caught.value.field == field
    assert "PRIVATE" not in str(caught.value)
    assert up.deployment.served_fingerprint() == before


def test_a_key_of_another_certificate_is_rejected(up: Running, hierarchy: Hierarchy, tmp_path: Path) -> None:
    other = new_keys(tmp_path, hierarchy)
    with pytest.raises(RejectedTlsError, match="does not belong"):
        up.deployment.set_tls(TlsBundle("one-way", up.keys.issued.fullchain_pem(), other.server_key))
