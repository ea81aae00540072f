"""MQTT's data types (version 5.0, section 1.5) and properties (2.2.2), read from bytes and written to them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_BINARY = 0xFFFF
_FIXED_PROPERTIES = {1: (0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 2: (0x13, 0x21, 0x22, 0x23),
                     4: (0x02, 0x11, 0x18, 0x27)}  # fmt: skip
_PROPERTY_SIZES = {identifier: size for size, group in _FIXED_PROPERTIES.items() for identifier in group}
_TEXT_OR_BINARY_PROPERTIES = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
_SUBSCRIPTION_IDENTIFIER = 0x0B
_USER_PROPERTY = 0x26


class MalformedPacketError(ValueError):
    """The bytes are no packet that MQTT allows."""


def variable_integer(number: int) -> bytes:
    """A variable byte integer (1.5.5); `number` is below 268,435,456."""
    encoded = bytearray()
    while True:
        number, byte = number >> 7, number & 0x7F
        encoded.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(encoded)


def binary(data: bytes) -> bytes:
    """Binary data or an encoded string, with its two bytes of length (1.5.4, 1.5.6).

    Raises:
        ValueError: longer than two bytes can say.
    """
    if len(data) > _LONGEST_BINARY:
        raise ValueError(f"{len(data)} bytes do not fit into an MQTT field")
    return struct.pack(">H", len(data)) + data


class Fields:
    """Read fields from `data`, one after the other; each raises `MalformedPacketError` where the bytes do not fit."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    @property
    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self._data) - self.position

    def raw(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > self.left:
            raise MalformedPacketError("it ends too early")
        self.position += size
        return self._data[self.position - size : self.position]

    def since(self, position: int) -> bytes:
        """The bytes read since `position`."""
        return self._data[position : self.position]

    def number(self, size: int) -> int:
        """An unsigned number of `size` bytes."""
        return int.from_bytes(self.raw(size), "big")

    def variable_integer(self) -> int:
        """A variable byte integer of at most four bytes."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
        raise MalformedPacketError("variable byte integer")

    def binary(self) -> bytes:
        """Bytes behind their length of two bytes."""
        return self.raw(self.number(2))

    def text(self) -> str:
        """A UTF-8 string; U+0000 and surrogates are not allowed (1.5.4)."""
        try:
            text = self.binary().decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedPacketError("no UTF-8") from None
        if "\0" in text:
            raise MalformedPacketError("U+0000 in a string")
        return text

    def block(self) -> bytes:
        """Properties: the bytes behind a length that is a variable byte integer."""
        return self.raw(self.variable_integer())

    def properties(self) -> Iterator[tuple[int, bytes]]:
        """Each property of a block as (identifier, value as encoded), to the end of the bytes."""
        while self.left:
            identifier = self.variable_integer()
            start = self.position
            self._skip_property(identifier)
            yield identifier, self.since(start)

    def _skip_property(self, identifier: int) -> None:
        if identifier in _PROPERTY_SIZES:
            self.raw(_PROPERTY_SIZES[identifier])
        elif identifier in _TEXT_OR_BINARY_PROPERTIES:
            self.binary()
        elif identifier == _USER_PROPERTY:
            self.text()
            self.text()
        elif identifier == _SUBSCRIPTION_IDENTIFIER:
            self.variable_integer()
        else:
            raise MalformedPacketError(f"property {identifier}")

    def end(self) -> None:
        """Nothing may be left."""
        if self.left:
            raise MalformedPacketError("it goes on after its end")
