"""Whether certificates that exist already are right, and are what is asked for: reasons why not, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.pki.keys import PrivateKey, belongs, key_label
from services.pki.kinds import KeyType
from services.pki.names import name_text
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY = timedelta(days=1)

ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the subject, the kind of key, and how many days from its making it is to be valid."""

    subject: x509.Name
    kind: KeyType
    days: int


def ca_reasons(ca: x509.Certificate, key: PrivateKey | None, wanted: Wanted, now: datetime) -> tuple[Message, ...]:
    """Return why this CA cannot be kept; empty where it is right. `key` may be None: kept somewhere safer."""
    return tuple(_ca_reasons(ca, key, wanted, now))


def client_reasons(
    client: x509.Certificate, key: PrivateKey, ca: x509.Certificate, wanted: Wanted, now: datetime
) -> tuple[Message, ...]:
    """Return why this client certificate cannot be kept; empty where it is right."""
    return tuple(_client_reasons(client, key, ca, wanted, now))


def csr_reasons(csr: x509.CertificateSigningRequest, key: PrivateKey | None, wanted: Wanted) -> tuple[Message, ...]:
    """Return why this certificate request cannot be kept; empty where it is right."""
    right = csr.subject == wanted.subject and key is not None and belongs(key, csr)
    return () if right else (message("pki.other-request"),)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether `issuer`'s name and key are those that signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _ca_reasons(ca: x509.Certificate, key: PrivateKey | None, wanted: Wanted, now: datetime) -> Iterator[Message]:
    yield from _common_reasons(ca, key, wanted, now)
    if not is_issued_by(ca, ca):
        yield message("pki.not-self-signed")
    constraints = _extension(ca, x509.BasicConstraints)
    if constraints is None or not constraints.critical or not constraints.value.ca:
        yield message("pki.not-ca")
    usage = _extension(ca, x509.KeyUsage)
    if usage is None or not usage.value.key_cert_sign:
        yield message("pki.ca-key-usage")
    if _extension(ca, x509.SubjectKeyIdentifier) is None:
        yield message("pki.no-key-identifier")
    if _lifetime_differs(ca, wanted.days):
        yield message("pki.other-lifetime", days=wanted.days)


def _client_reasons(
    client: x509.Certificate, key: PrivateKey, ca: x509.Certificate, wanted: Wanted, now: datetime
) -> Iterator[Message]:
    yield from _common_reasons(client, key, wanted, now)
    if not is_issued_by(client, ca):
        yield message("pki.other-ca", ca=name_text(ca.subject))
    if client.version is not x509.Version.v3:
        yield message("pki.not-v3")
        return
    purposes = _extension(client, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.CLIENT_AUTH not in purposes.value:
        yield message("pki.no-client-auth")
    constraints = _extension(client, x509.BasicConstraints)
    if constraints is not None and constraints.value.ca:
        yield message("pki.client-is-ca")
    if _extension(client, x509.AuthorityKeyIdentifier) is None:
        yield message("pki.no-key-identifier")
    ends_with_ca = client.not_valid_after_utc == ca.not_valid_after_utc
    if not ends_with_ca and _lifetime_differs(client, wanted.days):
        yield message("pki.other-lifetime", days=wanted.days)


def _common_reasons(
    certificate: x509.Certificate, key: PrivateKey | None, wanted: Wanted, now: datetime
) -> Iterator[Message]:
    if certificate.subject != wanted.subject:
        yield message("pki.other-subject", is_=name_text(certificate.subject), wanted=name_text(wanted.subject))
    label = key_label(certificate.public_key())
    if label != wanted.kind.label:
        yield message("pki.other-key-type", is_=label or "?", wanted=wanted.kind.label)
    if key is not None and not belongs(key, certificate):
        yield message("pki.other-key")
    if now >= certificate.not_valid_after_utc:
        yield message("pki.expired", date=f"{certificate.not_valid_after_utc:%Y-%m-%d}")
    if now < certificate.not_valid_before_utc:
        yield message("pki.not-yet-valid", date=f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M}")


def _lifetime_differs(certificate: x509.Certificate, days: int) -> bool:
    """Backdating and time zones may make a difference of minutes or hours; a day is another wish."""
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return abs(lifetime - timedelta(days=days)) >= _DAY


def _extension(certificate: x509.Certificate, kind: type[ExtensionT]) -> x509.Extension[ExtensionT] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
