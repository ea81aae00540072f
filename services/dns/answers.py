"""What DNS answers, as frozen records; light, so that they can be kept and read without any library of the network.

"No such name", "no record of this type" and "could not be asked" are three different answers here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

Failure = Literal["", "not-found", "timeout", "failed"]


class Outcome(StrEnum):
    """What came of a question."""

    FOUND = "found"
    EMPTY = "empty"  # the name is there, and has no record of this type
    MISSING = "missing"  # NXDOMAIN
    TIMEOUT = "timeout"  # no answer in time
    FAILED = "failed"  # SERVFAIL, REFUSED, nobody to ask


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        name, kind: what was asked, e.g. "mqtt.example.com", "CNAME".
        outcome: what came of it.
        values: the records in presentation form, safe, names in lower case without the final dot; sorted.
        aliases: the names that it led on to, in order, as far as the answer said; empty where it is no alias.
        detail: the resolver's words where there is no such name, or no answer; safe.
    """

    name: str
    kind: str
    outcome: Outcome
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    detail: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether nothing was found out."""
        return self.outcome in {Outcome.TIMEOUT, Outcome.FAILED}

    @property
    def cname(self) -> str:
        """What the name is an alias of; "" where it is none."""
        return self.aliases[0] if self.aliases else ""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a name leads.

    Attributes:
        chain: the name itself and every alias on the way.
        addresses: IPv4 ones first, each kind sorted; empty where it leads nowhere.
        last: the last answer; it says why there are none.
    """

    chain: tuple[str, ...]
    addresses: tuple[str, ...]
    last: Answer


class Lookup(msgspec.Struct, frozen=True):
    """Where a name leads, as a diagnosis keeps it.

    Attributes:
        name: the name asked for.
        cnames: where it was sent on to, in order.
        addresses: IPv4 ones first.
        failure: "" where addresses were found; "not-found" (no such name, or no address), "timeout", "failed".
        details: the resolver's words; safe for display.
        seconds: how long it took.
    """

    name: str
    cnames: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    failure: Failure = ""
    details: str = ""
    seconds: float = 0.0
