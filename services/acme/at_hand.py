"""The certificate at hand: what certbot's live folder holds now, and whether it can be used again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.acme.live import LiveFolder
from services.errors import ServiceError
from services.files import read_file
from services.pki.kinds import KeyType
from services.text import Message, message
from services.tls import catalog
from services.tls.certificate import Certificate
from services.tls.files import certificates_in
from services.tls.hostname import is_for
from services.tls.pem import key_facts

if TYPE_CHECKING:
    from collections.abc import Iterator


_DUE_SHARE: Final = 1 / 3  # of a lifetime: Let's Encrypt's advice for when to renew
_KEY_PROBLEMS: Final = {"locked": "client-key-locked"}


@dataclass(frozen=True, slots=True)
class AtHand:
    """What a live folder holds now.

    Attributes:
        folder: the live folder.
        leaf: the certificate itself.
        issuer: the issuing CA's common name.
        staging: issued by a staging CA; no client trusts it.
        certificates: how many fullchain.pem holds.
    """

    folder: Path
    leaf: Certificate
    issuer: str
    staging: bool
    certificates: int

    @property
    def sha256(self) -> str:
        """The leaf's fingerprint, hexadecimal."""
        return self.leaf.sha256

    @property
    def not_before(self) -> datetime:
        """When the leaf begins to be valid; aware, UTC."""
        return self.leaf.not_before

    @property
    def not_after(self) -> datetime:
        """When it ends; aware, UTC."""
        return self.leaf.not_after

    def is_for(self, domain: str) -> bool:
        """Tell whether one of its names covers `domain`."""
        return is_for(self.leaf, domain)

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


def read(folder: Path) -> AtHand:
    """Return what the live folder `folder` holds.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable, client-key-locked, key-format,
            key-mismatch (the key is another certificate's).
    """
    live = LiveFolder(folder)
    chain = certificates_in(live.fullchain)
    leaf = chain[0]
    if _key_sha256(live.key) != leaf.spki_sha256:
        raise ServiceError("key-mismatch", path=live.key, domain=folder.name)
    return AtHand(
        folder=folder,
        leaf=leaf,
        issuer=leaf.issuer_label,
        staging=any(map(catalog.is_staging, chain)),
        certificates=len(chain),
    )


def reasons_against(at_hand: AtHand, need: Need) -> tuple[Message, ...]:
    """Return why the certificate cannot be used again; empty where it can."""
    return tuple(_reasons(at_hand, need))


def _reasons(at_hand: AtHand, need: Need) -> Iterator[Message]:
    if not at_hand.is_for(need.domain):
        yield message("server_certificate.reason.name", names=", ".join(at_hand.leaf.names), domain=need.domain)
    if need.key_type and at_hand.leaf.key_type != need.key_type.label:
        yield message("server_certificate.reason.key-type", is_=at_hand.leaf.key_type, wanted=need.key_type.label)
    if at_hand.staging and not need.staging:
        yield message("server_certificate.reason.staging")
    if need.now >= at_hand.not_after:
        yield message("server_certificate.reason.expired", date=f"{at_hand.not_after:%Y-%m-%d}")
    elif need.now >= at_hand.renew_from(need.days):
        left = (at_hand.not_after - need.now).days
        yield message("server_certificate.reason.due", count=left)


def _key_sha256(path: Path) -> str:
    facts = key_facts(read_file(path))
    if facts.spki_sha256 is None:
        raise ServiceError(_KEY_PROBLEMS.get(facts.problem, "key-format"), path=path)
    return facts.spki_sha256
