"""How the DNS faults change what a zone seems to hold. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.practice.zone_data import RecordSet, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

WRONG_TARGET = "d9999.ala.practice.example."
_WRONG_TEXT = '"left-behind-by-another-client"'
_FORBIDDING = '0 issue "other-ca.example"'


def as_served(zone: Zone, active: Collection[str]) -> Zone:
    """The zone as it is answered while the faults `active` are."""
    records = tuple(served for record in zone.record_sets for served in _record_as_served(record, active))
    if "acme-caa-forbids" in active:
        others = tuple(record for record in records if (record.name, record.type) != (zone.name, "CAA"))
        records = (*others, RecordSet(zone.name, "CAA", 300, (_FORBIDDING,)))
    return replace(zone, record_sets=records)


def _record_as_served(record: RecordSet, active: Collection[str]) -> Iterator[RecordSet]:
    if record.name.startswith("_acme-challenge."):
        if "acme-dns-not-found" in active:
            return
        wrong = record.type == "TXT" and "acme-unauthorized" in active
        yield replace(record, values=(_WRONG_TEXT,)) if wrong else record
    elif record.type == "CNAME" and "dns-missing" in active:
        return
    elif record.type == "CNAME" and "cname-wrong" in active:
        yield replace(record, values=(WRONG_TARGET,))
    else:
        yield record
