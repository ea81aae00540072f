"""The client CA that signs: read, and looked at once before thousands of certificates depend on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.errors import ServiceError
from services.pki import store
from services.pki.authority import Authority
from services.pki.keys import belongs, parse_private_key, private_pem
from services.pki.names import name_text
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Signer:
    """The CA in a form that can be sent to a worker process; its repr leaves the key out."""

    certificate_pem: bytes
    key_pem: bytes

    def __repr__(self) -> str:
        return "Signer()"

    @classmethod
    def of(cls, authority: Authority) -> Signer:
        """Return `authority` to be sent."""
        return cls(store.pem(authority.certificate), private_pem(authority.key))

    def authority(self) -> Authority:
        """Return the CA, ready to sign."""
        return Authority(x509.load_pem_x509_certificate(self.certificate_pem), parse_private_key(self.key_pem))


def read_issuer(certificate: Path, key: Path, now: datetime) -> Authority:
    """Read the CA that is to sign device certificates.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable, client-key-locked, key-format;
            devices-bad-ca where it may not or cannot sign them.
    """
    authority = Authority(store.read_certificate(certificate), store.read_key(key))
    reasons = tuple(_reasons(authority, now))
    if reasons:
        raise ServiceError("devices-bad-ca", path=certificate, reason="; ".join(map(str, reasons)))
    return authority


def key_sha256(public_key: object) -> bytes:
    """Return the SHA-256 of a public key (SPKI): what stays the same when a certificate is renewed for the same key."""
    spki: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]  # the union of key types has it throughout
    return hashlib.sha256(spki).digest()


def may_sign_crls(certificate: x509.Certificate) -> bool:
    """Tell whether the CA's key usage allows revocation lists (RFC 5280, 4.2.1.3); without one, everything is."""
    usage = _extension(certificate, x509.KeyUsage)
    return usage is None or usage.crl_sign


def _reasons(authority: Authority, now: datetime) -> Iterator[Message]:
    certificate = authority.certificate
    if not belongs(authority.key, certificate):
        yield message("pki.other-key")
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        yield message("pki.not-ca")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        yield message("pki.ca-key-usage")
    if not name_text(certificate.subject):
        yield message("devices.ca-nameless")
    if now >= certificate.not_valid_after_utc:
        yield message("pki.expired", date=f"{certificate.not_valid_after_utc:%Y-%m-%d}")
    if now < certificate.not_valid_before_utc:
        yield message("pki.not-yet-valid", date=f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M}")


def _extension(certificate: x509.Certificate, kind: type[ExtensionT]) -> ExtensionT | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None
