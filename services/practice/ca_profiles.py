"""What is inside each kind of certificate that the practice CA signs, after Let's Encrypt's certificate profiles.

Source: the certificates themselves (letsencrypt.org/certificates), RFC 5280, and the CA/Browser Forum's Baseline
Requirements, section 7.1. Pure: keys and dates come in, signed certificates go out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.practice.ca_shape import Authority, CaCertificate

CaKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LeafKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
Digest = hashes.SHA256 | hashes.SHA384
Validity = tuple[datetime, datetime]

_DOMAIN_VALIDATED = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)
_MAX_COMMON_NAME = 64  # RFC 5280, appendix A.1: ub-common-name
_CRL_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Signer:
    """An issuing CA: its certificate and its key."""

    certificate: x509.Certificate
    key: CaKey

    @property
    def digest(self) -> Digest:
        """SHA-384 for P-384 keys, SHA-256 for RSA, as Let's Encrypt's CAs sign."""
        return _digest(self.key)


@dataclass(frozen=True, slots=True)
class Publication:
    """Where an issuer's own certificate and its revocation list are published, as URLs."""

    issuer_url: str
    crl_url: str


@dataclass(frozen=True, slots=True)
class RevokedSerial:
    """One line of a revocation list."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags


def pem(certificates: Iterable[x509.Certificate]) -> str:
    """The certificates, one after the other, in PEM."""
    return "".join(certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in certificates)


def name(prefix: str, authority: Authority) -> x509.Name:
    """The subject of a CA: C=US, and organization and common name with `prefix`."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, prefix + authority.organization),
            x509.NameAttribute(NameOID.COMMON_NAME, prefix + authority.common_name),
        ]
    )


def root(subject: x509.Name, key: CaKey, row: CaCertificate) -> x509.Certificate:
    """A self-signed root."""
    builder = _begin(subject, subject, key.public_key(), (row.not_before, row.not_after))
    return _add_ca(builder, row, signs_data=False).sign(key, _digest(key))


def subordinate(
    signer: Signer, subject: x509.Name, public_key: LeafKey, row: CaCertificate, published: Publication | None
) -> x509.Certificate:
    """An intermediate, or the cross-sign of a root."""
    builder = _begin(signer.certificate.subject, subject, public_key, (row.not_before, row.not_after))
    builder = _add_ca(builder, row, signs_data=row.path_length is not None)
    return _add_issuer(builder, signer, published).sign(signer.key, signer.digest)


def leaf(
    signer: Signer, public_key: LeafKey, names: Sequence[str], validity: Validity, published: Publication | None
) -> x509.Certificate:
    """A server certificate of the classic profile: domain validated, serverAuth only (since February 2026)."""
    short = [dns_name for dns_name in names if len(dns_name) <= _MAX_COMMON_NAME]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, dns_name) for dns_name in short[:1]])
    is_rsa = isinstance(public_key, rsa.RSAPublicKey)
    builder = (
        _begin(signer.certificate.subject, subject, public_key, validity)
        .add_extension(_key_usage(digital_signature=True, key_encipherment=is_rsa), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=not short)
    )
    return _add_issuer(builder, signer, published).sign(signer.key, signer.digest)


def crl(signer: Signer, revoked: Iterable[RevokedSerial], now: datetime) -> bytes:
    """The signer's revocation list as DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(now)
        .next_update(now + _CRL_LIFETIME)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(_authority_key_identifier(signer), critical=False)
    )
    for entry in revoked:
        line = x509.RevokedCertificateBuilder().serial_number(entry.serial).revocation_date(entry.at)
        if entry.reason is not x509.ReasonFlags.unspecified:  # RFC 5280, 5.3.1: left out rather than said
            line = line.add_extension(x509.CRLReason(entry.reason), critical=False)
        builder = builder.add_revoked_certificate(line.build())
    return builder.sign(signer.key, signer.digest).public_bytes(Encoding.DER)


def _digest(key: CaKey) -> Digest:
    return hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey) else hashes.SHA384()


def _begin(issuer: x509.Name, subject: x509.Name, public_key: LeafKey, validity: Validity) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0].astimezone(UTC))
        .not_valid_after(validity[1].astimezone(UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _add_ca(builder: x509.CertificateBuilder, row: CaCertificate, *, signs_data: bool) -> x509.CertificateBuilder:
    if row.purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(row.purposes), critical=False)
    return builder.add_extension(
        _key_usage(digital_signature=signs_data, signs_certificates=True), critical=True
    ).add_extension(x509.BasicConstraints(ca=True, path_length=row.path_length), critical=True)


def _add_issuer(
    builder: x509.CertificateBuilder, signer: Signer, published: Publication | None
) -> x509.CertificateBuilder:
    builder = builder.add_extension(_authority_key_identifier(signer), critical=False).add_extension(
        x509.CertificatePolicies([_DOMAIN_VALIDATED]), critical=False
    )
    if published is None:
        return builder
    issuers = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(published.issuer_url)
    )
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(published.crl_url)], None, None, None)
    return builder.add_extension(x509.AuthorityInformationAccess([issuers]), critical=False).add_extension(
        x509.CRLDistributionPoints([point]), critical=False
    )


def _authority_key_identifier(signer: Signer) -> x509.AuthorityKeyIdentifier:
    ski = signer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)


def _key_usage(
    *, digital_signature: bool, key_encipherment: bool = False, signs_certificates: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_encipherment=key_encipherment,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
