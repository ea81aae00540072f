"""A CA of one's own, and the client certificates it issues: X.509 v3, as RFC 5280 wants them. Pure.

The guide's openssl commands leave most of this out (its client certificate is an X.509 v1 one, without any extension);
strict verifiers then refuse it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.pki.keys import PrivateKey, digest_for, generate_key
from services.pki.kinds import KeyType

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

BACKDATED: Final = timedelta(minutes=5)
"""Validity begins this long before now: the clock of a broker or a device may be a little behind, and a certificate
that is used in the minute it was made must not look as if it came from the future."""

_SERIAL_BITS: Final = 159  # 20 octets at most, and positive (RFC 5280, 4.1.2.2)


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA that can issue: its certificate and its private key (which its repr leaves out)."""

    certificate: x509.Certificate
    key: PrivateKey

    def __repr__(self) -> str:
        return f"Authority({self.certificate.subject.rfc4514_string()!r})"


@dataclass(frozen=True, slots=True)
class Identity:
    """A client certificate with its private key and the request that it was issued for."""

    certificate: x509.Certificate
    key: PrivateKey
    csr: x509.CertificateSigningRequest

    def __repr__(self) -> str:
        return f"Identity({self.certificate.subject.rfc4514_string()!r})"


def make_ca(name: x509.Name, key: PrivateKey, *, days: int, now: datetime) -> Authority:
    """Return a new self-signed CA for clients: it signs end-entity certificates and CRLs, and no further CA.

    Args:
        name: its subject, and its issuer.
        key: its private key.
        days: how long from `now` it is valid.
        now: aware.
    """
    public_key = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    issuer_identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(new_serial())
        .not_valid_before(_whole(now - BACKDATED))
        .not_valid_after(_whole(now + timedelta(days=days)))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(issuer_identifier, critical=False)
    )
    return Authority(builder.sign(key, digest_for(key)), key)


def make_csr(name: x509.Name, key: PrivateKey) -> x509.CertificateSigningRequest:
    """Return the request for a certificate of `name` and `key` (PKCS #10)."""
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, digest_for(key))


def sign_csr(
    authority: Authority, csr: x509.CertificateSigningRequest, *, days: int, now: datetime
) -> x509.Certificate:
    """Return the client certificate for `csr`: its name and key are taken over, its extensions are not.

    It ends with the CA at the latest: beyond the CA's own end no verifier would take it.

    Raises:
        ValueError: the request's signature does not prove that the requester has the key.
    """
    if not csr.is_signature_valid:
        raise ValueError("the signature of the request is not right")
    return certify(authority, csr.subject, csr.public_key(), days=days, now=now)


def certify(
    authority: Authority,
    subject: x509.Name,
    public_key: CertificatePublicKeyTypes,
    *,
    days: int,
    now: datetime,
    serial: int | None = None,
    crl_url: str = "",
) -> x509.Certificate:
    """Return the client certificate that says `public_key` is `subject`'s. Whether it is, the caller has to know.

    Args:
        authority: who signs.
        subject: its name.
        public_key: of a key that the caller made, or saw a proof of.
        days: how long from `now` it is valid; it ends with the CA at the latest: beyond that no verifier takes it.
        now: aware.
        serial: its serial number, where that was reserved beforehand; else a new one.
        crl_url: where verifiers find the CA's revocation list (RFC 5280, 4.2.1.13); none where it is empty.
    """
    issuer = authority.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(public_key)
        .serial_number(new_serial() if serial is None else serial)
        .not_valid_before(max(_whole(now - BACKDATED), issuer.not_valid_before_utc))
        .not_valid_after(min(_whole(now + timedelta(days=days)), issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(authority_key_identifier(issuer), critical=False)
    )
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(authority.key, digest_for(authority.key))


def issue_client(
    authority: Authority, name: x509.Name, key: PrivateKey | KeyType, *, days: int, now: datetime
) -> Identity:
    """Return a client certificate for `name`, for `key` or for a new key of that kind. For one client or a thousand.

    Args:
        authority: who signs.
        name: the subject; its CN is what EMQX can map to the user name or the client id.
        key: the client's private key, or the kind of key to make.
        days: how long from `now` it is valid; it ends with the CA at the latest.
        now: aware.
    """
    private = generate_key(key) if isinstance(key, KeyType) else key
    csr = make_csr(name, private)
    return Identity(sign_csr(authority, csr, days=days, now=now), private, csr)


def certificate_pem(certificate: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Return a certificate, or a request, as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return the issuer's own key identifier where it says one (RFC 5280, 4.2.1.1), else that of its key."""
    try:
        identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        identifier = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    """A CA signs certificates and CRLs; a TLS client signs its handshake, and nothing else is needed of it."""
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def new_serial() -> int:
    """Return a random serial number: positive, 20 octets at most (RFC 5280, 4.1.2.2), never to come up twice."""
    return secrets.randbits(_SERIAL_BITS) or 1


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
