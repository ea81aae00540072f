"""What is asked of a renewal, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.errors import ServiceError


class Outcome(StrEnum):
    """How a renewal ended."""

    UNCHANGED = "unchanged"  # nothing was due, and what is served proved itself
    RENEWED = "renewed"  # a new certificate was issued, is served, and proved itself
    UPLOADED = "uploaded"  # a certificate that was there already is served now, and proved itself
    UNCHECKED = "unchecked"  # nothing is due, and the CA could not be asked
    BY_HAND = "by-hand"  # the new certificate waits for a hand in the console
    HELD = "held"  # the certificate at hand was taken back once, and is not tried again by itself
    ROLLED_BACK = "rolled-back"  # the new one did not prove itself; the one before is served again
    FAILED = "failed"  # nothing was changed on the deployment
    UNPROVEN = "unproven"  # what is served is not right, and there was no way back

    @property
    def is_fine(self) -> bool:
        """Whether nobody need do anything."""
        return self in {Outcome.UNCHANGED, Outcome.RENEWED, Outcome.UPLOADED}


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        force: ask for a new certificate though none is due, and try one again that was taken back.
        ask_ca: False where certbot is run by somebody else, and has done its part already.
    """

    force: bool = False
    ask_ca: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """How one set-up stands after its renewal.

    Attributes:
        outcome: how it ended.
        domain: the name.
        sha256: of the leaf that is at hand, hexadecimal.
        not_after: when that ends; aware, UTC.
        due: when the next renewal is due.
        served_not_after: when what is served ends; None where nothing was seen.
        trouble: what went wrong; None where nothing did.
    """

    outcome: Outcome
    domain: str
    sha256: str
    not_after: datetime
    due: datetime
    served_not_after: datetime | None
    trouble: ServiceError | None = None
