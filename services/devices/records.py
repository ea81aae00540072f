"""What passes between the ledger, the workers and whoever asks. Frozen, and quick to send to another process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.errors import ServiceError
from services.pki.kinds import KeyType


class State(StrEnum):
    """How it stands with a certificate."""

    RESERVED = "reserved"  # its name and number are taken; the files may or may not be there
    ISSUED = "issued"
    SUPERSEDED = "superseded"  # valid to its end, and a newer one has been issued for the same name
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a certificate is to be: the kind of key (where it is made here), and for how many days."""

    kind: KeyType
    days: int


@dataclass(frozen=True, slots=True)
class Rules:
    """When a name that had a certificate gets another.

    Attributes:
        renew_before: where its certificate ends before this time (seconds since 1970); None: never.
        revoked_too: also where its last one was taken back. Not unasked: the same command, given again to make the
            rest of a fleet, must not let a stolen device in.
    """

    renew_before: int | None = None
    revoked_too: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that is to have a certificate.

    Attributes:
        place: where it was asked for, for messages: "line 7", or a file's name.
        csr: the request (DER) of a device that keeps its key; None where the key is made here.
        key_sha256: of the request's public key (SPKI).
    """

    name: str
    place: str
    csr: bytes | None = None
    key_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One certificate to make: it stands in the ledger already.

    Attributes:
        again: an earlier run may have begun it: look at its files first.
    """

    number: int
    name: str
    generation: int
    serial: int
    terms: Terms
    csr: bytes | None
    again: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate whose files are written; times are seconds since 1970."""

    number: int
    base: str
    serial: int
    not_before: int
    not_after: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What a worker hands back: what it made, and what stopped it before it had made all."""

    made: tuple[Made, ...]
    error: ServiceError | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A line of the ledger."""

    number: int
    name: str
    generation: int
    state: State
    serial: int
    own_key: bool  # the key was made on the device and never seen here
    not_before: datetime | None
    not_after: datetime | None
    sha256: str
    revoked_at: datetime | None
    reason: str


def moment(seconds: int | None) -> datetime | None:
    """Return the time that the ledger's number stands for."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
