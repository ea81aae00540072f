"""The MQTT packets that a TLS front has to understand, as bytes in and values out; no I/O.

Sources: OASIS MQTT Version 3.1.1 and MQTT Version 5.0 (section numbers below are those of version 5.0).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from services.practice.deployment.mqtt_fields import Fields, MalformedPacketError, binary, variable_integer

if TYPE_CHECKING:
    from collections.abc import Iterator

PROTOCOL_NAMES = {3: "MQIsdp", 4: "MQTT", 5: "MQTT"}
MQTT_5 = 5
_SESSION_EXPIRY = 0x11
_ASSIGNED_CLIENT_ID = 0x12
_LONGEST_FIXED_HEADER = 5
_LONGEST_KEEP_ALIVE = 0xFFFF


class PacketType(IntEnum):
    """The upper half of a packet's first byte (2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class Reason(IntEnum):
    """The reason codes in use here (2.4), in MQTT 5's numbering."""

    SUCCESS = 0x00
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    UNSUPPORTED_PROTOCOL_VERSION = 0x84
    CLIENT_IDENTIFIER_NOT_VALID = 0x85
    BAD_USER_NAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SESSION_TAKEN_OVER = 0x8E
    PACKET_TOO_LARGE = 0x95
    ADMINISTRATIVE_ACTION = 0x98


_MQTT_3_RETURN_CODES = {
    Reason.SUCCESS: 0,
    Reason.UNSUPPORTED_PROTOCOL_VERSION: 1,
    Reason.CLIENT_IDENTIFIER_NOT_VALID: 2,
    Reason.SERVER_UNAVAILABLE: 3,
    Reason.BAD_USER_NAME_OR_PASSWORD: 4,
    Reason.NOT_AUTHORIZED: 5,
}


class UnsupportedProtocolError(MalformedPacketError):
    """The protocol name is right and its level is none of 3, 4, 5, or does not belong to the name."""


class PacketTooLargeError(MalformedPacketError):
    """A packet announces more bytes than the limit allows."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A CONNECT packet (3.1).

    Attributes:
        level: the protocol's level: 3 (MQTT 3.1), 4 (3.1.1) or 5.
        clean_start: whether an earlier session is forgotten.
        keep_alive: seconds; 0 is off.
        properties: the properties as sent, without their length; empty before MQTT 5.
        session_expiry: seconds that a session outlives its connection; 0 before MQTT 5.
        client_id: as sent; may be empty.
        will_flags: the will bits of the connect flags, in their place; 0 is no will.
        will: the will's properties, topic and payload as sent.
        username: None where none was sent.
        password: None where none was sent.
    """

    level: int
    clean_start: bool
    keep_alive: int
    properties: bytes
    session_expiry: int
    client_id: str
    will_flags: int
    will: bytes
    username: str | None
    password: bytes | None

    @property
    def session_persists(self) -> bool:
        """Whether the broker keeps the session when the connection ends."""
        return self.session_expiry > 0 if self.level == MQTT_5 else not self.clean_start

    def readdressed(self, client_id: str, username: str, password: str) -> Connect:
        """The same wish under other credentials, for a broker that speaks 3.1.1 and 5 only and wants a keep-alive."""
        return replace(
            self,
            level=max(self.level, 4),
            keep_alive=self.keep_alive or _LONGEST_KEEP_ALIVE,
            client_id=client_id,
            username=username,
            password=password.encode(),
        )


class Framer:
    """Cut a stream of bytes into packets.

    Args:
        limit: the most bytes that a packet may have after its fixed header.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take `data`; give each packet that is complete now, fixed header included.

        Raises:
            PacketTooLargeError: as soon as the length says so, before the packet is there.
            MalformedPacketError: the length has more than four bytes.
        """
        self._buffer += data
        while (size := self._next_size()) is not None and len(self._buffer) >= size:
            packet = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield packet

    def rest(self) -> bytes:
        """The bytes that are no whole packet yet."""
        return bytes(self._buffer)

    def _next_size(self) -> int | None:
        length = multiplier = 0
        for position, byte in enumerate(self._buffer[1:_LONGEST_FIXED_HEADER], start=1):
            length += (byte & 0x7F) << multiplier
            multiplier += 7
            if not byte & 0x80:
                if length > self._limit:
                    raise PacketTooLargeError(f"{length} bytes")
                return 1 + position + length
        if len(self._buffer) >= _LONGEST_FIXED_HEADER:
            raise MalformedPacketError("remaining length")
        return None


def packet_type(packet: bytes) -> int:
    """The type of a packet: a `PacketType`, or 0, which MQTT reserves."""
    return packet[0] >> 4


def _body(packet: bytes) -> Fields:
    fields = Fields(packet[1:])
    fields.variable_integer()
    return fields


def parse_connect(packet: bytes) -> Connect:
    """Read a CONNECT packet.

    Raises:
        UnsupportedProtocolError: answer with `connack`, which then has the form of MQTT 3.
        MalformedPacketError: everything else; EMQX closes the connection without an answer.
    """
    if packet[0] != PacketType.CONNECT << 4:
        raise MalformedPacketError("the first packet is no CONNECT")
    fields = _body(packet)
    level = _protocol_level(fields)
    flags = _connect_flags(fields, level)
    keep_alive = fields.number(2)
    properties = fields.block() if level == MQTT_5 else b""
    client_id = fields.text()
    will = _will(fields, level) if flags & 0x04 else b""
    username = fields.text() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
    fields.end()
    return Connect(
        level=level,
        clean_start=bool(flags & 0x02),
        keep_alive=keep_alive,
        properties=properties,
        session_expiry=int.from_bytes(dict(Fields(properties).properties()).get(_SESSION_EXPIRY, b"\0"), "big"),
        client_id=client_id,
        will_flags=flags & 0x3C,
        will=will,
        username=username,
        password=password,
    )


def _protocol_level(fields: Fields) -> int:
    name, level = fields.text(), fields.number(1)
    if name not in PROTOCOL_NAMES.values():
        raise MalformedPacketError("protocol name")
    if PROTOCOL_NAMES.get(level) != name:
        raise UnsupportedProtocolError(f"{name} level {level}")
    return level


def _connect_flags(fields: Fields, level: int) -> int:
    flags = fields.number(1)
    will_qos = flags >> 3 & 0x03
    if flags & 0x01 or will_qos == 3 or (not flags & 0x04 and flags & 0x38):
        raise MalformedPacketError("connect flags")
    if level < MQTT_5 and flags & 0x40 and not flags & 0x80:
        raise MalformedPacketError("a password without a user name")
    return flags


def _will(fields: Fields, level: int) -> bytes:
    start = fields.position
    if level == MQTT_5:
        tuple(Fields(fields.block()).properties())
    fields.text()
    fields.binary()
    return fields.since(start)


def encode_connect(connect: Connect) -> bytes:
    """The packet that `parse_connect` would read back."""
    flags = connect.will_flags | connect.clean_start << 1
    flags |= (connect.username is not None) << 7 | (connect.password is not None) << 6
    body = binary(PROTOCOL_NAMES[connect.level].encode()) + struct.pack(
        ">BBH", connect.level, flags, connect.keep_alive
    )
    if connect.level == MQTT_5:
        body += variable_integer(len(connect.properties)) + connect.properties
    body += binary(connect.client_id.encode()) + connect.will
    body += b"" if connect.username is None else binary(connect.username.encode())
    body += b"" if connect.password is None else binary(connect.password)
    return _packet(PacketType.CONNECT << 4, body)


def _packet(first_byte: int, body: bytes) -> bytes:
    return bytes([first_byte]) + variable_integer(len(body)) + body


def connack(level: int, reason: Reason) -> bytes:
    """A CONNACK (3.2) that accepts or refuses, in the form and numbering of the protocol's `level`."""
    if level == MQTT_5:
        return _packet(PacketType.CONNACK << 4, bytes([0, reason, 0]))
    return _packet(PacketType.CONNACK << 4, bytes([0, connack_code(level, reason)]))


def connack_code(level: int, reason: Reason) -> int:
    """The number that a CONNACK of this `level` carries: MQTT 3's return code, or the reason itself."""
    return int(reason) if level == MQTT_5 else _MQTT_3_RETURN_CODES.get(reason, 3)


def with_assigned_client_id(packet: bytes, client_id: str) -> bytes:
    """An MQTT 5 CONNACK that also tells the client identifier the broker chose (3.2.2.3.7)."""
    fields = _body(packet)
    head, properties = fields.raw(2), fields.block()
    properties += bytes([_ASSIGNED_CLIENT_ID]) + binary(client_id.encode())
    return _packet(packet[0], head + variable_integer(len(properties)) + properties)


def disconnect(level: int, reason: Reason) -> bytes:
    """What a broker says before it closes (3.14): nothing before MQTT 5, where it could not."""
    return _packet(PacketType.DISCONNECT << 4, bytes([reason])) if level == MQTT_5 else b""


def parse_filters(packet: bytes, level: int) -> tuple[str, ...]:
    """The topic filters of a SUBSCRIBE (3.8) or UNSUBSCRIBE (3.10) packet.

    Raises:
        MalformedPacketError: it is none, or has no filter.
    """
    fields = _body(packet)
    fields.raw(2)
    if level == MQTT_5:
        fields.block()
    filters = []
    while fields.left:
        filters.append(fields.text())
        if packet_type(packet) == PacketType.SUBSCRIBE:
            fields.raw(1)
    if not filters:
        raise MalformedPacketError("no topic filter")
    return tuple(filters)


def encode_publish(topic: str, payload: bytes, qos: int, retain: bool, packet_id: int) -> bytes:
    """A PUBLISH packet (3.3) of MQTT 3.1.1."""
    number = struct.pack(">H", packet_id) if qos else b""
    return _packet(PacketType.PUBLISH << 4 | qos << 1 | retain, binary(topic.encode()) + number + payload)


def encode_pubrel(packet_id: int) -> bytes:
    """A PUBREL packet (3.6) of MQTT 3.1.1."""
    return _packet(PacketType.PUBREL << 4 | 0x02, struct.pack(">H", packet_id))


def encode_disconnect() -> bytes:
    """A client's DISCONNECT packet (3.14) without anything to say."""
    return _packet(PacketType.DISCONNECT << 4, b"")
