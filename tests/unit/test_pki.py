"""The client side's PKI: what its certificates hold, and what existing ones are worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import ServiceError
from services.guide.inputs import name_part
from services.pki.authority import Authority, certificate_pem, issue_client, make_ca, make_csr, sign_csr
from services.pki.judge import Wanted, ca_reasons, client_reasons
from services.pki.keys import generate_key, key_label, parse_private_key, private_pem
from services.pki.kinds import KeyType
from services.pki.lengths import LONGEST
from services.pki.names import distinguished_name, name_text
from services.pki.openssl import subject_argument

NOW = datetime(2026, 11, 24, 4, 0, 0, 123456, tzinfo=UTC)
CA_NAME = distinguished_name("Test CA", organization="Test Org", country="US")
CLIENT_NAME = distinguished_name("Client")
FAST = KeyType.ECDSA_P256


def authority(days: int = 365, kind: KeyType = FAST, now: datetime = NOW) -> Authority:
    return make_ca(CA_NAME, generate_key(kind), days=days, now=now)


@pytest.mark.parametrize("kind", KeyType)
def test_each_key_type_is_made_and_called_as_promised(kind: KeyType) -> None:
    assert key_label(generate_key(kind).public_key()) == kind.label


def test_labels_read_as_people_write_them() -> None:
    assert [kind.label for kind in KeyType] == ["RSA 2048", "RSA 3072", "ECDSA P-256", "ECDSA P-384"]


def test_the_ca_may_sign_clients_and_nothing_else() -> None:
    ca = authority().certificate
    constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = ca.extensions.get_extension_for_class(x509.KeyUsage)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature


def test_the_client_certificate_is_for_clients_and_names_its_issuer() -> None:
    ca = authority()
    client = issue_client(ca, CLIENT_NAME, FAST, days=365, now=NOW).certificate
    purposes = client.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    constraints = client.extensions.get_extension_for_class(x509.BasicConstraints)
    ca_id = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer_id = client.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert constraints.critical
    assert not constraints.value.ca
    assert issuer_id.key_identifier == ca_id.digest
    client.verify_directly_issued_by(ca.certificate)


def test_validity_begins_a_little_before_now_and_counts_days_from_now() -> None:
    ca = authority(days=365).certificate
    assert NOW - timedelta(minutes=10) < ca.not_valid_before_utc < NOW
    assert ca.not_valid_after_utc == NOW.replace(microsecond=0) + timedelta(days=365)


def test_a_client_certificate_never_outlives_its_ca() -> None:
    ca = authority(days=30)
    later = NOW + timedelta(days=10)
    client = issue_client(ca, CLIENT_NAME, FAST, days=365, now=later).certificate
    assert client.not_valid_after_utc == ca.certificate.not_valid_after_utc


def test_serial_numbers_are_random_positive_and_at_most_twenty_octets() -> None:
    ca = authority()
    serials = {issue_client(ca, CLIENT_NAME, FAST, days=1, now=NOW).certificate.serial_number for _ in range(50)}
    assert len(serials) == 50
    assert all(0 < serial < 1 << 159 for serial in serials)
    assert max(serial.bit_length() for serial in serials) > 128


def test_a_request_whose_signature_is_broken_is_not_signed() -> None:
    csr = make_csr(CLIENT_NAME, generate_key(FAST))
    der = bytearray(csr.public_bytes(encoding=serialization.Encoding.DER))
    der[-1] ^= 1
    with pytest.raises(ValueError, match="signature"):
        sign_csr(authority(), x509.load_der_x509_csr(bytes(der)), days=1, now=NOW)


def test_what_a_request_asks_for_beyond_name_and_key_is_not_given() -> None:
    key = generate_key(FAST)
    asks = x509.CertificateSigningRequestBuilder().subject_name(CLIENT_NAME)
    asks = asks.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    greedy = asks.sign(key, hashes.SHA256())
    client = sign_csr(authority(), greedy, days=1, now=NOW)
    assert not client.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_keys_are_pkcs8_without_a_passphrase_and_come_back() -> None:
    key = generate_key(FAST)
    pem = private_pem(key)
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert parse_private_key(pem).private_numbers() == key.private_numbers()


@pytest.mark.parametrize(
    ("pem", "finding"),
    [
        (b"", "key-format"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "key-format"),
        (certificate_pem(authority().certificate), "key-format"),
    ],
    ids=["nothing", "damaged", "a-certificate"],
)
def test_what_is_no_key_is_named(pem: bytes, finding: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse_private_key(pem, path="x.key")
    assert caught.value.id == finding


def test_a_key_with_a_passphrase_is_named() -> None:
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(ServiceError) as caught:
        parse_private_key(locked)
    assert caught.value.id == "client-key-locked"


def test_no_key_material_in_a_repr() -> None:
    ca = authority()
    assert "Authority(" in repr(ca)
    assert "object at" not in repr(ca)


def test_what_was_just_made_is_right() -> None:
    ca = authority()
    client = issue_client(ca, CLIENT_NAME, FAST, days=365, now=NOW)
    assert ca_reasons(ca.certificate, ca.key, Wanted(CA_NAME, FAST, 365), NOW) == ()
    assert client_reasons(client.certificate, client.key, ca.certificate, Wanted(CLIENT_NAME, FAST, 365), NOW) == ()


@pytest.mark.parametrize(
    ("wanted", "later", "reason"),
    [
        (Wanted(CLIENT_NAME, FAST, 365), timedelta(0), "subject"),
        (Wanted(CA_NAME, KeyType.RSA_2048, 365), timedelta(0), "ECDSA P-256, not RSA 2048"),
        (Wanted(CA_NAME, FAST, 30), timedelta(0), "30 days"),
        (Wanted(CA_NAME, FAST, 365), timedelta(days=366), "expired"),
        (Wanted(CA_NAME, FAST, 365), timedelta(days=-1), "not valid before"),
    ],
)
def test_a_ca_that_is_not_the_one_asked_for_says_why(wanted: Wanted, later: timedelta, reason: str) -> None:
    ca = authority()
    reasons = ca_reasons(ca.certificate, ca.key, wanted, NOW + later)
    assert any(reason in str(each) for each in reasons)


def test_a_client_of_another_ca_of_the_same_name_is_found_out() -> None:
    ours, other = authority(), authority()
    client = issue_client(other, CLIENT_NAME, FAST, days=365, now=NOW)
    reasons = client_reasons(client.certificate, client.key, ours.certificate, Wanted(CLIENT_NAME, FAST, 365), NOW)
    assert [each.id for each in reasons] == ["pki.other-ca"]


def test_names_are_shown_in_the_guides_order() -> None:
    assert name_text(CA_NAME) == "C=US, O=Test Org, CN=Test CA"


def test_a_hostile_name_is_shown_harmlessly() -> None:
    assert "\x1b" not in name_text(distinguished_name("evil\x1b[2J\u202e"))


def test_the_subject_argument_is_quoted_for_the_shell_and_for_openssl() -> None:
    assert subject_argument(("C", "US"), ("O", "Test Org"), ("CN", "Test CA")) == "-subj '/C=US/O=Test Org/CN=Test CA'"
    assert subject_argument(("O", ""), ("CN", "a/b")) == "-subj '/CN=a\\/b'"
    assert subject_argument(("CN", "テスト")).startswith("-utf8 ")


PRINTABLE = st.characters(exclude_categories=["C"])
LATIN = st.characters(codec="ascii", exclude_categories=["C"])


@settings(max_examples=50)
@given((st.text(PRINTABLE, max_size=LONGEST // 4) | st.text(LATIN, max_size=LONGEST)).map(str.strip).filter(bool))
def test_any_name_that_a_form_takes_goes_through_unchanged(name: str) -> None:
    assert name_part("client_common_name", name) == name
    subject = distinguished_name(name)
    assert x509.Name.from_rfc4514_string(subject.rfc4514_string()) == subject
