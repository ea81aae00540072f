"""DNS messages to and from the wire, by dnslib."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnslib import CLASS, EDNS0, QTYPE, RR, DNSError, DNSHeader, DNSRecord
from dnslib import dns as rdata_types

from services.practice.dns.lookup import Answer, Rcode
from services.practice.zone_data import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.practice.zone_data import RecordSet

_LIMIT_WITHOUT_EDNS = 512  # RFC 1035 section 4.2.1
_OUR_LIMIT = 1232  # what never fragments (DNS flag day 2020)
_OPT = 41
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\([0-7]{3}|.)")


@dataclass(frozen=True)
class Query:
    """A question that can be answered.

    Attributes:
        name: as asked, in the asker's own upper and lower case.
        kind: the type's name; `TYPE123` for one that has none.
        message: dnslib's own.
    """

    name: str
    kind: str
    message: Any


def read_query(packet: bytes) -> Query | Rcode | None:
    """Read a message from the wire.

    Returns:
        The query; or the code to refuse it with; or None where no answer may be sent at all.
    """
    try:
        message = DNSRecord.parse(packet)
    except (DNSError, ValueError, IndexError):
        return Rcode.FORMERR if len(packet) >= 12 and not packet[2] & 0x80 else None
    if message.header.qr:
        return None  # a response: answering it could go on for ever
    if message.header.opcode != 0:
        return Rcode.NOTIMP
    if len(message.questions) != 1:
        return Rcode.FORMERR
    question = message.q
    if CLASS.get(question.qclass) != "IN":
        return Rcode.REFUSED
    return Query(str(question.qname), str(QTYPE.get(question.qtype)), message)


def refuse(packet: bytes, rcode: Rcode) -> bytes:
    """The shortest response to a message that could not be read or is not for us."""
    header = DNSHeader(id=int.from_bytes(packet[:2], "big"), qr=1, rcode=int(rcode))
    return bytes(DNSRecord(header).pack())


def write_answer(query: Query, answer: Answer, *, tcp: bool) -> bytes:
    """The response, truncated (TC) where UDP would not carry it whole."""
    message = query.message
    reply = message.reply(ra=0, aa=int(answer.authoritative))
    reply.header.rcode = int(answer.rcode)
    for record in answer.answers:
        reply.add_answer(*_resource_records(record, query))
    for record in answer.authority:
        reply.add_auth(*_resource_records(record, query))
    limit = _LIMIT_WITHOUT_EDNS
    option = next((record for record in message.ar if record.rtype == _OPT), None)
    if option is not None:
        limit = max(limit, min(int(option.rclass), _OUR_LIMIT))
        reply.add_ar(EDNS0(udp_len=_OUR_LIMIT))
    packet = bytes(reply.pack())
    if not tcp and len(packet) > limit:
        reply.rr, reply.auth, reply.header.tc = [], [], 1
        packet = bytes(reply.pack())
    return packet


def _resource_records(record: RecordSet, query: Query) -> Iterator[RR]:
    asked_for = record.name == absolute(query.name)
    for value in record.values:
        yield RR(
            query.message.q.qname if asked_for else record.name,
            getattr(QTYPE, record.type),
            ttl=record.ttl,
            rdata=_rdata(record.type, value),
        )


def _rdata(kind: str, value: str) -> Any:
    """Route 53's presentation format to dnslib's record data."""
    match kind:
        case "TXT":
            return rdata_types.TXT([_unescape(string) for string in _QUOTED.findall(value)])
        case "CAA":
            flags, tag, quoted = value.split(None, 2)
            return rdata_types.CAA(int(flags), tag, quoted.strip('"'))
        case "MX":
            preference, exchange = value.split()
            return rdata_types.MX(exchange, int(preference))
        case "SRV":
            priority, weight, port, target = value.split()
            return rdata_types.SRV(int(priority), int(weight), int(port), target)
        case "SOA":
            primary, contact, *times = value.split()
            return rdata_types.SOA(primary, contact, tuple(int(number) for number in times))
    return getattr(rdata_types, kind)(value)


def _unescape(string: str) -> bytes:
    r"""A TXT string's bytes: `\"`, `\\` and three-digit octal codes stand for one each."""

    def byte(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code, 8)) if len(code) == 3 else code

    return _ESCAPED.sub(byte, string).encode("latin-1", "replace")
