"""Certificates that certbot keeps: read from a live folder, and judged whether they can be used again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from services.errors import ServiceError
from services.outside import safe
from services.pki.keys import belongs, key_label
from services.pki.kinds import KeyType
from services.pki.names import common_name
from services.pki.store import read_certificates, read_key, sha256_hex
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {"server-certificate": "cert.pem", "server-chain": "chain.pem", "server-fullchain": "fullchain.pem"}
KEY_FILE = "privkey.pem"

_STAGING = "STAGING"  # every CA of Let's Encrypt's staging environment has it in its name
_DUE_SHARE = 1 / 3  # of a lifetime: Let's Encrypt's advice for when to renew


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a live folder holds now.

    Attributes:
        folder: where cert.pem, chain.pem, fullchain.pem and privkey.pem lie.
        names: the DNS names that the certificate is for.
        sha256: its fingerprint, hexadecimal.
        key_type: in words, e.g. "ECDSA P-256".
        issuer: the issuing CA's common name.
        not_before, not_after: aware, UTC.
        staging: issued by a staging CA; no client trusts it.
        certificates: how many fullchain.pem holds.
    """

    folder: Path
    names: tuple[str, ...]
    sha256: str
    key_type: str
    issuer: str
    not_before: datetime
    not_after: datetime
    staging: bool
    certificates: int

    def is_for(self, domain: str) -> bool:
        """Tell whether one of its names covers `domain`."""
        return any(_covers(name, domain) for name in self.names)

    def renew_from(self, days: int) -> datetime:
        """Return when it is to be renewed: `days` before its end, but never before two thirds of its lifetime."""
        lifetime = self.not_after - self.not_before
        return self.not_after - min(timedelta(days=days), lifetime * _DUE_SHARE)


@dataclass(frozen=True, slots=True)
class Need:
    """What a certificate has to be: for this name, of this key type, by a staging CA or not, for so many days yet."""

    domain: str
    key_type: KeyType | None
    staging: bool
    days: int
    now: datetime


def exists(folder: Path) -> bool:
    """Tell whether there is a certificate in `folder` at all."""
    return (folder / FILES["server-fullchain"]).exists()


def read(folder: Path) -> Lineage:
    """Return what the live folder `folder` holds.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable, client-key-locked, key-format,
            key-mismatch (the key is another certificate's).
    """
    chain = read_certificates(folder / FILES["server-fullchain"])
    leaf = chain[0]
    if not belongs(read_key(folder / KEY_FILE), leaf):
        raise ServiceError("key-mismatch", path=folder / KEY_FILE, domain=folder.name)
    return Lineage(
        folder=folder,
        names=_names(leaf),
        sha256=sha256_hex(leaf),
        key_type=key_label(leaf.public_key()),
        issuer=common_name(leaf.issuer),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        staging=any(_STAGING in each.issuer.rfc4514_string().upper() for each in chain),
        certificates=len(chain),
    )


def reasons_against(lineage: Lineage, need: Need) -> tuple[Message, ...]:
    """Return why the certificate cannot be used again; empty where it can."""
    return tuple(_reasons(lineage, need))


def issued_at(archive: Path) -> tuple[datetime, ...]:
    """Return when each certificate of certbot's archive folder was issued (its notBefore), oldest first."""
    found = []
    for path in archive.glob("cert*.pem"):
        try:
            found.append(read_certificates(path)[0].not_valid_before_utc)
        except ServiceError:  # a damaged old copy says nothing of the limits, and must not stop a renewal
            continue
    return tuple(sorted(found))


def _reasons(lineage: Lineage, need: Need) -> Iterator[Message]:
    if not lineage.is_for(need.domain):
        yield message("server_certificate.reason.name", names=", ".join(lineage.names), domain=need.domain)
    if need.key_type and lineage.key_type != need.key_type.label:
        yield message("server_certificate.reason.key-type", is_=lineage.key_type, wanted=need.key_type.label)
    if lineage.staging and not need.staging:
        yield message("server_certificate.reason.staging")
    if need.now >= lineage.not_after:
        yield message("server_certificate.reason.expired", date=f"{lineage.not_after:%Y-%m-%d}")
    elif need.now >= lineage.renew_from(need.days):
        left = (lineage.not_after - need.now).days
        yield message("server_certificate.reason.due", count=left)


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(safe(name) for name in names.get_values_for_type(x509.DNSName))


def _covers(name: str, domain: str) -> bool:
    """Tell whether a certificate's `name` fits `domain`; a wildcard stands for exactly one label (RFC 9525, 6.3)."""
    if name.startswith("*."):
        return domain.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == domain.lower()
