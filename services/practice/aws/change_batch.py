"""Route 53's change batches: read from XML, judged as Route 53 judges them, and applied all or not at all. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from services.practice.aws.messages import AwsError
from services.practice.zone_data import RECORD_TYPES, RecordSet, absolute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ACTIONS = ("CREATE", "DELETE", "UPSERT")
_TXT_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CAA_VALUE = re.compile(r'\d{1,3}\s+[a-z0-9]+\s+"[^"]*"')


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a batch: CREATE, DELETE or UPSERT of one record set."""

    action: str
    record_set: RecordSet


def read_changes(body: bytes) -> tuple[Change, ...]:
    """Read the body of a ChangeResourceRecordSets request.

    Raises:
        AwsError: it is no such document, or asks for what the practice world does not have (alias and routed records).
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - signed with a key of this practice world, from this machine
    except ET.ParseError as error:
        raise AwsError(400, "MalformedInput", "The XML you provided was not well-formed.") from error
    changes = tuple(_read_change(element) for element in root.iter() if _tag(element) == "Change")
    if not changes:
        raise AwsError(400, "InvalidInput", "1 validation error detected: ChangeBatch has no Changes")
    return changes


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _read_change(change: ET.Element) -> Change:
    texts = {_tag(element): (element.text or "").strip() for element in change.iter()}
    values = tuple((element.text or "").strip() for element in change.iter() if _tag(element) == "Value")
    action, kind, name = texts.get("Action", ""), texts.get("Type", ""), texts.get("Name", "")
    if action not in _ACTIONS or kind not in RECORD_TYPES:
        wrong, allowed = (action, _ACTIONS) if action not in _ACTIONS else (kind, RECORD_TYPES)
        text = f"Value '{wrong}' is not facet-valid with respect to enumeration '[{', '.join(allowed)}]'."
        raise AwsError(
            400, "InvalidInput", f"Invalid XML ; cvc-enumeration-valid: {text} It must be a value from the enumeration."
        )
    if unsupported := {"AliasTarget", "SetIdentifier"} & texts.keys():
        text = f"{unsupported.pop()}: the practice world has no alias records and no routing policies"
        raise AwsError(400, "InvalidInput", text)
    if not values or not texts.get("TTL", "").isdecimal():
        text = (
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or"
            " TrafficPolicyInstanceId], but found none in Change with"
            f" [Action={action}, Name={name}, Type={kind}, SetIdentifier=null]"
        )
        raise AwsError(400, "InvalidInput", text)
    return Change(action, RecordSet(absolute(name), kind, int(texts["TTL"]), values))


def apply_changes(zone: str, existing: Sequence[RecordSet], changes: Sequence[Change]) -> tuple[RecordSet, ...]:
    """The zone's record sets after the batch.

    Args:
        zone: the zone's name, absolute.
        existing: what stands in it now.
        changes: the batch.

    Raises:
        AwsError: InvalidChangeBatch with everything that Route 53 would say against it; nothing is changed then.
    """
    problems = [text for change in changes for text in _shape_problems(zone, change)] + list(_repeated(changes))
    after = {(record.name, record.type): record for record in existing}
    for change in changes:
        problems += _apply(after, change)
    problems += [text for change in changes if change.action != "DELETE" for text in _conflicts(zone, after, change)]
    if (zone, "SOA") not in after or (zone, "NS") not in after:
        problems.append(
            "A HostedZone must contain at least one NS record and exactly one SOA record for the zone itself."
        )
    if problems:
        raise AwsError(400, "InvalidChangeBatch", f"[{', '.join(dict.fromkeys(problems))}]")
    return tuple(after.values())


def _apply(after: dict[tuple[str, str], RecordSet], change: Change) -> Iterator[str]:
    """Make one change in `after`, or say why it cannot be made."""
    record = change.record_set
    present = after.get((record.name, record.type))
    which = f"resource record set [name='{record.name}', type='{record.type}']"
    if change.action == "CREATE" and present:
        yield f"Tried to create {which} but it already exists"
    elif change.action == "DELETE" and present is None:
        yield f"Tried to delete {which} but it was not found"
    elif change.action == "DELETE" and present:
        if (present.ttl, set(present.values)) != (record.ttl, set(record.values)):
            yield f"Tried to delete {which} but the values provided do not match the current values"
        del after[record.name, record.type]
    else:
        after[record.name, record.type] = record


def _conflicts(zone: str, after: dict[tuple[str, str], RecordSet], change: Change) -> Iterator[str]:
    """What RFC 1034 section 3.6.2 forbids: a CNAME beside anything else."""
    record = change.record_set
    others = {kind for name, kind in after if name == record.name and kind != record.type}
    about = f"RRSet of type {record.type} with DNS name {record.name} is not permitted"
    if record.type == "CNAME" and record.name == zone:
        yield f"{about} at apex in zone {zone}"
    elif record.type == "CNAME" and others:
        yield f"{about} as it conflicts with other records with the same DNS name in zone {zone}"
    elif "CNAME" in others:
        yield (
            f"{about} because a conflicting RRSet of type CNAME with the same DNS name already exists in zone {zone}"
        )


def _repeated(changes: Sequence[Change]) -> Iterator[str]:
    """The same record set twice in one batch, other than deleting it and making it anew."""
    uses = Counter((change.record_set.type, change.record_set.name, change.action == "DELETE") for change in changes)
    for (kind, name, _), count in uses.items():
        if count > 1:
            yield f"The request contains an invalid set of changes for a resource record set '{kind} {name}'"


def _shape_problems(zone: str, change: Change) -> Iterator[str]:
    """What is wrong with the change itself, whatever stands in the zone."""
    record = change.record_set
    if record.name != zone and not record.name.endswith(f".{zone}"):
        yield f"RRSet with DNS name {record.name} is not permitted in zone {zone}"
    if fault := _name_fault(record.name):
        yield f"{fault} encountered with '{record.name.rstrip('.')}'"
    if len(set(record.values)) < len(record.values):
        repeated = next(value for value, count in Counter(record.values).items() if count > 1)
        yield f"Duplicate Resource Record: '{repeated}'"
    if record.type in {"CNAME", "SOA"} and len(record.values) > 1:
        yield f"RRSet of type {record.type} with DNS name {record.name} may hold one Resource Record only"
    for value in record.values:
        if fault := _value_fault(record.type, value):
            yield f"Invalid Resource Record: '{fault} encountered with '{value}''"


def _name_fault(name: str) -> str | None:
    labels = name.removesuffix(".").split(".")
    if not all(labels):
        return "FATAL problem: DomainLabelEmpty (Domain label is empty)"
    if any(len(label) > 63 for label in labels):
        return "FATAL problem: DomainLabelTooLong (Domain label is too long)"
    if len(name) > 254:
        return "FATAL problem: DomainNameTooLong (Domain name is too long)"
    if re.search(r"[\x00-\x20\x7f-\uffff]", name):
        return "FATAL problem: UnsupportedCharacter (Value contains unsupported characters)"
    return None


def _value_fault(kind: str, value: str) -> str | None:
    match kind:
        case "A" | "AAAA":
            return _address_fault(kind, value)
        case "CNAME" | "NS" | "PTR":
            return _name_fault(value)
        case "TXT":
            return _text_fault(value)
        case "CAA" if _CAA_VALUE.fullmatch(value) is None:
            return "FATAL problem: InvalidCAARecord (Value is not flags, tag and a quoted value)"
    return None


def _address_fault(kind: str, value: str) -> str | None:
    try:
        IPv4Address(value) if kind == "A" else IPv6Address(value)
    except ValueError:
        version = "4" if kind == "A" else "6"
        return f"FATAL problem: {kind}RRDATAIllegalIPv{version}Address (Value is not a valid IPv{version} address)"
    return None


def _text_fault(value: str) -> str | None:
    strings = _TXT_STRING.findall(value)
    if not strings or _TXT_STRING.sub("", value).strip():
        return "FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks)"
    if any(len(string) > 255 for string in strings):
        return "FATAL problem: CharacterStringTooLong (Value is too long)"
    return None
