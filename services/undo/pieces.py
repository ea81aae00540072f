"""What a piece is that can be taken back, and what was found of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from services.errors import ServiceError
from services.events import Answer
from services.text import Message

if TYPE_CHECKING:
    from services.guide.step import Here


class PieceName(StrEnum):
    """The pieces, in the order in which they are taken back: nothing is removed before what relies on it."""

    DEPLOYMENT_TLS = "deployment-tls"
    MQTT_USER = "mqtt-user"
    CERTIFICATE = "certificate"
    CNAME = "cname"
    IAM_KEY = "iam-key"
    IAM_USER = "iam-user"
    IAM_POLICY = "iam-policy"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Found:
    """A piece that is there.

    Attributes:
        what: the thing itself, with its values.
        consequence: what no longer works without it.
        ours: whether it is still what the guide made; NO and UNKNOWN are taken back only where the piece is named.
        by_hand: what to do by hand, where the program cannot; None where it can.
    """

    what: Message
    consequence: Message
    ours: Answer = Answer.YES
    by_hand: Message | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one piece.

    Attributes:
        name: which piece.
        found: what is there; None where nothing is (any more), or it could not be found out.
        trouble: why it could not be found out.
    """

    name: PieceName
    found: Found | None = None
    trouble: ServiceError | None = None


class Piece(Protocol):
    """One kind of piece."""

    name: PieceName

    async def look(self, here: Here) -> Found | None:
        """Return what is there; None where nothing is. Only reads.

        Raises:
            ServiceError: it could not be found out.
        """

    async def take_back(self, here: Here) -> None:
        """Take it back; nothing happens where it is gone already.

        Raises:
            ServiceError: it could not be taken back.
        """
