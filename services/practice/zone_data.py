"""Hosted zones and record sets as the practice world's parts pass them to each other."""

from __future__ import annotations

from dataclasses import dataclass

RECORD_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of one name and type.

    Attributes:
        name: absolute, lower case, with its final dot; a wildcard's first label is a plain `*`.
        type: one of `RECORD_TYPES`.
        ttl: seconds.
        values: presentation format, as Route 53 keeps them: TXT strings stand in double quotes.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Zone:
    """A hosted zone and what is in it at this moment.

    Attributes:
        id: Route 53's id, without `/hostedzone/`.
        name: as in `RecordSet`.
        private: whether it answers inside its VPCs only, and so never on the public DNS.
        record_sets: in no particular order.
    """

    id: str
    name: str
    private: bool
    record_sets: tuple[RecordSet, ...]


def absolute(name: str) -> str:
    r"""`name` in lower case with exactly one final dot, Route 53's `\052` read as `*`."""
    return name.lower().replace("\\052", "*").rstrip(".") + "."
