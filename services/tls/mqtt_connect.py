"""One MQTT CONNECT and its answer, in bytes (MQTT 3.1.1 and 5.0, sections 3.1 and 3.2). Pure.

Only to ask a broker whether it lets a client in; the guide's own connections are `services.mqtt`'s, by paho.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.secrets import Secret
from services.tls.observed import Answer

if TYPE_CHECKING:
    from services.tls.observed import MqttVersion

_LEVEL: Final = {"3.1.1": 4, "5.0": 5}
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_CONNECT, _CONNACK = 0x10, 0x20
_KEEPALIVE: Final = 60


@dataclass(frozen=True, slots=True)
class Login:
    """The user name and password to show; `client_id` "" lets the broker choose one."""

    user: str
    password: Secret | None = field(default=None, repr=False)
    client_id: str = ""


def connect_packet(version: MqttVersion, login: Login | None = None) -> bytes:
    """Return a CONNECT packet that starts a clean session."""
    flags = _CLEAN
    payload = _text(login.client_id if login else "")
    if login is not None and login.user:
        flags |= _USER
        payload += _text(login.user)
        if login.password is not None:
            flags |= _PASSWORD
            payload += _text(login.password.reveal())
    properties = b"\x00" if version == "5.0" else b""
    body = _text("MQTT") + struct.pack("!BBH", _LEVEL[version], flags, _KEEPALIVE) + properties + payload
    return bytes([_CONNECT]) + _length(len(body)) + body


def disconnect_packet() -> bytes:
    """Return a DISCONNECT packet: a normal end, in both versions."""
    return b"\xe0\x00"


def read_answer(version: MqttVersion, data: bytes, user: str = "") -> Answer:
    """Return what `data`, the first piece that came back, says."""
    if not data:
        return Answer(version, "nothing", user=user)
    if data.startswith(b"HTTP/"):
        return Answer(version, "http", user=user)
    if data[0] != _CONNACK or len(data) < 4:
        return Answer(version, "other", user=user)
    return Answer(version, "connack", data[3], user)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _length(size: int) -> bytes:
    """The variable byte integer of MQTT (5.0: 1.5.5)."""
    encoded = bytearray()
    while True:
        size, digit = divmod(size, 128)
        encoded.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(encoded)
