"""What a step says while it works.

A step's `run` is an async iterator of these; headless prints them, the wizard's panes show them. All are frozen, and
all text from outside in them has passed services.outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from services.errors import ServiceError
from services.text import Message

ResultT = TypeVar("ResultT")


class Source(StrEnum):
    """Who speaks in the log."""

    CERTBOT = "certbot"
    AWS = "aws"
    ACME = "acme"
    DNS = "dns"
    EMQX = "emqx"
    MQTT = "mqtt"
    TLS = "tls"
    PKI = "pki"
    GUIDE = "guide"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines for the log, in a batch: what a program printed or an outside system answered, safe for display."""

    source: Source
    lines: tuple[str, ...]
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done now; `done` of `total` where that is known."""

    doing: Message
    done: float | None = None
    total: float | None = None


class Answer(StrEnum):
    """The answer of a check: three, never two."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # could not be checked


@dataclass(frozen=True, slots=True)
class Check:
    """Something was checked or proven.

    Attributes:
        id: names it within its step, e.g. "mutual-tls-5.0".
        answer: whether it is as it should be.
        what: in words, e.g. "without a client certificate: refused, alert 116".
        fix: what to do where the answer is not yes.
        seconds: how long it took, where that tells something.
    """

    id: str
    answer: Answer
    what: Message
    fix: Message | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that the step left in the workspace.

    Attributes:
        role: what it is, e.g. "client-ca-certificate"; the catalogue has `artifact.<role>`.
        path: where it lies, absolute.
        fresh: False where it was there already and is right.
    """

    role: str
    path: Path
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Done(Generic[ResultT]):
    """The step's last word when all went well."""

    result: ResultT


@dataclass(frozen=True, slots=True)
class Failed:
    """The step's last word when it did not: given by the runner, never by a step (steps raise)."""

    error: ServiceError


Event: TypeAlias = "Lines | Progress | Check | Artifact | Done[object] | Failed"
