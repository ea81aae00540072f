"""What stands at a name in a hosted zone, and what has to change for a CNAME to stand there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.outside import safe


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of one name and type, safe for display.

    Attributes:
        name: without the final dot, lower case.
        type: e.g. "CNAME".
        values: as Route 53 keeps them; the target's name for an alias.
        ttl: seconds; None for an alias.
        raw: as Route 53 gave it, for the change that deletes it.
    """

    name: str
    type: str
    values: tuple[str, ...]
    ttl: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __str__(self) -> str:
        age = "alias" if self.ttl is None else str(self.ttl)
        return f"{self.name} {age} {self.type} {', '.join(self.values)}"

    @property
    def target(self) -> str:
        """What a CNAME points at, without the final dot, lower case."""
        return plain_name(self.values[0]) if self.values else ""


class Situation(StrEnum):
    """What stands where the CNAME is to stand."""

    FREE = "free"
    RIGHT = "right"  # this very CNAME
    OTHER_CNAME = "other-cname"
    ADDRESS = "address"  # A or AAAA, or an alias
    DELEGATED = "delegated"  # NS: the name is a zone of its own, elsewhere
    OTHER = "other"  # anything else; a CNAME must be alone at its name (RFC 1034, 3.6.2)


def situation(records: Iterable[RecordSet], target: str) -> Situation:
    """Return what `records`, all that stand at the name, mean for a CNAME to `target`."""
    standing = tuple(records)
    types = {record.type for record in standing}
    if not standing:
        return Situation.FREE
    if "NS" in types:
        return Situation.DELEGATED
    if types == {"CNAME"}:
        right = len(standing) == 1 and standing[0].target == plain_name(target)
        return Situation.RIGHT if right else Situation.OTHER_CNAME
    return Situation.ADDRESS if types & {"A", "AAAA"} else Situation.OTHER


def cname_changes(domain: str, target: str, ttl: int, standing: Iterable[RecordSet]) -> list[dict[str, Any]]:
    """Return the change batch that puts the CNAME in the place of `standing`: all of it happens, or nothing."""
    simple = [record for record in standing if record.type == "CNAME" and "SetIdentifier" not in record.raw]
    removed = [record for record in standing if record not in simple]
    deletes = [{"Action": "DELETE", "ResourceRecordSet": dict(record.raw)} for record in removed]
    record_set = {
        "Name": f"{domain}.",
        "Type": "CNAME",
        "TTL": ttl,
        "ResourceRecords": [{"Value": f"{plain_name(target)}."}],
    }
    return [*deletes, {"Action": "UPSERT", "ResourceRecordSet": record_set}]


def read_record_set(raw: Mapping[str, Any]) -> RecordSet:
    """Return a record set as Route 53's ListResourceRecordSets gives it."""
    alias = raw.get("AliasTarget")
    values = (alias["DNSName"],) if alias else tuple(each["Value"] for each in raw.get("ResourceRecords", ()))
    return RecordSet(
        plain_name(safe(raw["Name"])),
        safe(raw["Type"]),
        tuple(map(safe, values)),
        None if alias else raw.get("TTL"),
        raw,
    )


def plain_name(name: str) -> str:
    r"""Return a DNS name in lower case, without the final dot; Route 53's `\052` is `*`."""
    return name.lower().replace("\\052", "*").rstrip(".")
