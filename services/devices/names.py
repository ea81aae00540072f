"""What a device may be called: the name becomes a CN, often an MQTT client id or user name, and a file name. Pure.

Narrower than X.520, on purpose. EMQX puts a certificate's CN into topic filters of access rules (`devices/${cn}/#`): a
device called `+` or `a/b` would reach other devices' topics. A file name must not lead out of its folder, a name at the
head of a spreadsheet's cell must not be a formula, and two names must not look the same.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.outside import safe
from services.pki.lengths import LONGEST, octets
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

_PUNCTUATION: Final = frozenset("-_.:@=")
_GENERATION: Final = "~"  # is in no name


@dataclass(frozen=True, slots=True)
class Series:
    """Numbered names: prefix and number, with zeros in front up to `digits`. The same arguments give the same names."""

    prefix: str
    count: int
    first: int = 1
    digits: int = 6

    def __iter__(self) -> Iterator[str]:
        for number in range(self.first, self.first + self.count):
            yield f"{self.prefix}{number:0{self.digits}d}"


def problem(name: str) -> Message | None:
    """Return why no device can be called `name`; None where it can."""
    if not name:
        return message("devices.name-empty")
    if (count := octets(name)) > LONGEST:
        return message("devices.name-long", count=count, limit=LONGEST)
    if name.isascii() and name.replace("-", "").replace("_", "").isalnum() and name[0].isalnum():
        return None  # nearly all names; the rest takes ten times as long
    return _character_problem(name)


def _character_problem(name: str) -> Message | None:
    for char in name:
        if char not in _PUNCTUATION and unicodedata.category(char)[0] not in "LMN":
            return message("devices.name-character", char=safe(char) if char != " " else "␠")
    if unicodedata.category(name[0])[0] not in "LN":
        return message("devices.name-first", char=name[0])
    if not unicodedata.is_normalized("NFC", name) or safe(name) != name:
        return message("devices.name-form")
    return None


def fold(name: str) -> str:
    """Return what two names must not share: file systems and people take `Pump-1` and `pump-1` for the same."""
    return unicodedata.normalize("NFC", name.casefold())


def stem(name: str, generation: int = 1) -> str:
    """Return the file name of a device's files, without its extension; `generation` counts its certificates."""
    whole = name.replace(":", "%3A")  # scp and Windows read a colon as something else
    return whole if generation == 1 else f"{whole}{_GENERATION}{generation}"
