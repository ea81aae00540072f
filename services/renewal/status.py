"""How every set-up stands: what is served, what lies in the files, when renewal is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from services.renewal.timing import Era, Validity, Window, era_of, upload_window
from services.text import Message, message

CLIENT_SOON_DAYS: Final = 30
"""A client certificate, or its CA, that ends within this wants attention: clients have to be given new files."""

_GRACE: Final = timedelta(days=2)  # a renewal that is due is made by the next run of a timer; later than this none runs
_URGENT_DAYS: Final = 7


class Kind(StrEnum):
    """Which certificate of a set-up."""

    SERVED = "served"  # the one that the deployment sends, asked live
    FILES = "files"  # the one in certbot's folder
    CLIENT = "client"
    CLIENT_CA = "client-ca"


class Health(StrEnum):
    """How something stands, the best first."""

    FINE = "fine"
    UNKNOWN = "unknown"  # could not be checked
    SOON = "soon"  # ends soon, or should have been renewed by now
    WRONG = "wrong"


_SEVERITY: Final = (Health.FINE, Health.UNKNOWN, Health.SOON, Health.WRONG)


def worst(states: tuple[Health, ...]) -> Health:
    """Return the worst of `states`; FINE for none."""
    return max(states, key=_SEVERITY.index, default=Health.FINE)


@dataclass(frozen=True, slots=True)
class Item:
    """One certificate.

    Attributes:
        kind: which.
        subject: its name, safe for display; empty where it could not be read.
        sha256: its fingerprint, hexadecimal; as above.
        validity: from when until when; None where that could not be found out.
        days_left: whole days; negative once it has expired; None as above.
        health: how it stands.
        note: why, where it is not fine.
    """

    kind: Kind
    subject: str = ""
    sha256: str = ""
    validity: Validity | None = None
    days_left: int | None = None
    health: Health = Health.UNKNOWN
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One set-up.

    Attributes:
        workspace: its folder.
        world: "live" or "practice"; empty where its session cannot be read.
        domain: the name; empty where the guide has not come that far.
        items: its certificates.
        due: when the server certificate is to be renewed; None where there is none.
        window: when EMQX Cloud takes the one in the files; as above.
        era: what certificates of this lifetime mean; as above.
        last_run: when `renew` last came to an end; None for never.
        rotation: the stage of a rotation of the client CA; "idle" for none.
        notes: what else is to be said, with how it stands.
    """

    workspace: Path
    world: str
    domain: str
    items: tuple[Item, ...] = ()
    due: datetime | None = None
    window: Window | None = None
    era: Era | None = None
    last_run: datetime | None = None
    rotation: str = "idle"
    notes: tuple[tuple[Health, Message], ...] = field(default=())

    @property
    def health(self) -> Health:
        """The worst of all."""
        return worst((*(item.health for item in self.items), *(health for health, _ in self.notes)))

    def item(self, kind: Kind) -> Item | None:
        """Return the certificate of `kind`; None where the set-up has none yet."""
        return next((item for item in self.items if item.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Status:
    """All set-ups, at one time."""

    at: datetime
    rows: tuple[Row, ...]

    @property
    def health(self) -> Health:
        """The worst of all rows."""
        return worst(tuple(row.health for row in self.rows))


def server_item(kind: Kind, subject: str, sha256: str, validity: Validity, now: datetime) -> Item:
    """Return a server certificate, judged: renewal is due with a third of its lifetime left."""
    left = validity.days_left(now)
    if now > validity.not_after:
        return Item(kind, subject, sha256, validity, left, Health.WRONG, message("status.expired", count=-left))
    if now >= validity.due + _GRACE or left < min(_URGENT_DAYS, validity.lifetime.days // 3):
        overdue = message("status.overdue", date=f"{validity.due:%Y-%m-%d}")
        return Item(kind, subject, sha256, validity, left, Health.SOON, overdue)
    return Item(kind, subject, sha256, validity, left, Health.FINE)


def client_item(kind: Kind, subject: str, sha256: str, validity: Validity, now: datetime) -> Item:
    """Return a certificate of the client side, judged."""
    left = validity.days_left(now)
    if now > validity.not_after:
        return Item(kind, subject, sha256, validity, left, Health.WRONG, message("status.expired", count=-left))
    if left < CLIENT_SOON_DAYS:
        return Item(kind, subject, sha256, validity, left, Health.SOON, message(f"status.soon.{kind.value}"))
    return Item(kind, subject, sha256, validity, left, Health.FINE)


def timing_of(item: Item | None) -> tuple[datetime | None, Window | None, Era | None]:
    """Return when the certificate of `item` is due, when EMQX Cloud takes it, and what its lifetime means."""
    if item is None or item.validity is None:
        return None, None, None
    validity = item.validity
    return validity.due, upload_window(validity), era_of(validity.lifetime)


def comparison(served: Item | None, files: Item | None) -> tuple[tuple[Health, Message], ...]:
    """Return what is to be said where another certificate is served than lies in the files."""
    if served is None or files is None or not served.sha256 or not files.sha256 or served.sha256 == files.sha256:
        return ()
    return ((Health.WRONG, message("status.not-served")),)
