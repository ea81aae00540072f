"""What an authoritative server answers: RFC 1034 section 4.3.2, with RFC 2308's negative answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from services.practice.zone_data import RecordSet, Zone, absolute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_CHASE = 8  # CNAMEs one after the other; a loop must end somewhere


class Rcode(IntEnum):
    """Response codes (RFC 1035 section 4.1.1)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is put on the wire.

    Attributes:
        rcode: the response code.
        answers: record sets of the answer section, CNAMEs before what they lead to.
        authority: the SOA of the zone that denies, or empty.
        authoritative: whether the AA bit is set.
    """

    rcode: Rcode
    answers: tuple[RecordSet, ...] = ()
    authority: tuple[RecordSet, ...] = ()
    authoritative: bool = True


def look_up(zones: Sequence[Zone], name: str, kind: str) -> Answer:
    """Answer a question over `zones`.

    A name above all zones (`test.`, the root) gets an empty NOERROR, as its real servers would answer for a name that
    exists: who climbs the tree, as CAA checks do, must be able to. Anything else outside is REFUSED.

    Args:
        zones: where several have the same name, the first one answers.
        name: in any case, with or without its final dot.
        kind: the record type, or ANY.
    """
    found: list[RecordSet] = []
    wanted = absolute(name)
    for _ in range(_LONGEST_CHASE):
        zone = _zone_of(zones, wanted)
        if zone is None:
            return Answer(Rcode.NOERROR, tuple(found)) if found else _outside(zones, wanted)
        here = _at(zone, wanted)
        if here is None:
            return Answer(Rcode.NXDOMAIN, tuple(found), _soa(zone))
        matching = [record for record in here if kind in {record.type, "ANY"}]
        alias = next((record for record in here if record.type == "CNAME"), None)
        if matching or alias is None:
            return Answer(Rcode.NOERROR, (*found, *matching), () if matching else _soa(zone))
        found.append(alias)
        wanted = absolute(alias.values[0])
    return Answer(Rcode.SERVFAIL, tuple(found))


def _outside(zones: Sequence[Zone], name: str) -> Answer:
    above = name == "." or any(zone.name.endswith(f".{name}") for zone in zones)
    return Answer(Rcode.NOERROR if above else Rcode.REFUSED, authoritative=False)


def _zone_of(zones: Sequence[Zone], name: str) -> Zone | None:
    """The zone with the longest name that `name` is in."""
    inside = [zone for zone in zones if name == zone.name or name.endswith(f".{zone.name}")]
    return max(inside, key=lambda zone: len(zone.name), default=None)


def _at(zone: Zone, name: str) -> list[RecordSet] | None:
    """The record sets of `name`, wildcards applied; empty for an empty non-terminal; None where no such name exists."""
    if _exists(zone, name):
        return [record for record in zone.record_sets if record.name == name]
    for ancestor in _ancestors(name):
        wildcard = [record for record in zone.record_sets if record.name == f"*.{ancestor}"]
        if wildcard:
            return [replace(record, name=name) for record in wildcard]
        if ancestor == zone.name or _exists(zone, ancestor):
            return None  # the closest encloser has no wildcard: no higher one counts (RFC 4592)
    return None


def _exists(zone: Zone, name: str) -> bool:
    return any(record.name == name or record.name.endswith(f".{name}") for record in zone.record_sets)


def _ancestors(name: str) -> Iterator[str]:
    while "." in name.rstrip("."):
        name = name.partition(".")[2]
        yield name


def _soa(zone: Zone) -> tuple[RecordSet, ...]:
    return tuple(record for record in zone.record_sets if record.type == "SOA")
