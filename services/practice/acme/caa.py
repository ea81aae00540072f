"""Whether CAA records let this CA issue (RFC 8659, with the parameters of RFC 8657). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CRITICAL = 128 | 1  # 1 is a common misreading of "bit 0"; Boulder takes both


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """One record of the relevant set."""

    flags: int
    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the records are asked about.

    Attributes:
        identities: the CA's own names.
        account_url: the ACME account that asks.
        method: how control was proven, e.g. `dns-01`.
        wildcard: whether the certificate is for a wildcard.
    """

    identities: Collection[str]
    account_url: str
    method: str
    wildcard: bool


def permits(records: Sequence[CaaRecord], request: Request) -> bool:
    """Whether this relevant record set allows the request; an empty one allows everything."""
    tags = {"issue": [record.value for record in records if record.tag.lower() == "issue"]}
    tags["issuewild"] = [record.value for record in records if record.tag.lower() == "issuewild"]
    if any(record.flags & _CRITICAL and not _known(record.tag) for record in records):
        return False
    values = tags["issuewild"] if request.wildcard and tags["issuewild"] else tags["issue"]
    if not values:
        return True
    return any(_names(value, request) for value in values)


def _known(tag: str) -> bool:
    return tag.lower() in {"issue", "issuewild", "iodef"}


def _names(value: str, request: Request) -> bool:
    """Whether one issue value, `domain; parameter=…`, names this CA and its parameters fit."""
    domain, *rest = (part.strip() for part in value.split(";"))
    if domain.lower().rstrip(".") not in request.identities:
        return False
    for parameter in filter(None, rest):
        name, separator, content = (part.strip() for part in parameter.partition("="))
        if not separator:
            return False  # malformed: nothing may be issued on it (RFC 8659, section 4.2)
        if name.lower() == "accounturi" and content != request.account_url:
            return False
        if name.lower() == "validationmethods" and request.method not in _listed(content):
            return False
    return True


def _listed(content: str) -> set[str]:
    return {part.strip().lower() for part in content.split(",")}
