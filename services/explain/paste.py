"""A pasted text, made comparable.

What people paste is wrapped, coloured, quoted, escaped and stamped with times; and every library writes the same thing
its own way (`UNKNOWN_CA`, `unknown_ca`, `UnknownCA`, `unknown ca`; `self-signed`, `self signed`). So texts are compared
as words alone: letters and digits in lower case, everything between them one space.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

KEPT = 128 * 1024  # characters kept of each end of a longer text; logs have what matters at an end

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?")
_ESCAPED_TERMINAL = re.compile(r"\\(?:u001b|x1b|033|e)\[[0-?]{0,16}[ -/]{0,4}[@-~]", re.IGNORECASE)
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}|\\[nrt]|&(?:quot|apos|amp|lt|gt|#39|#34);")
_INVISIBLE = re.compile("[\x00\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BETWEEN = (" ", "\n")
_NO_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Paste:
    """A text as lines, and as one string of words.

    Attributes:
        lines: the lines, without escapes and invisible characters; at most about 2 * KEPT characters in all.
        words: all lines folded, each word between single spaces, beginning and ending with one.
        starts: where each line begins in `words`, ascending.
    """

    lines: tuple[str, ...]
    words: str
    starts: tuple[int, ...]

    def line_at(self, position: int) -> int:
        """Return the index of the line that holds `position` of `words`."""
        return max(0, bisect_right(self.starts, position) - 1)


def read(text: str | bytes) -> Paste:
    """Return `text` made comparable. Any input will do: huge, binary, hostile; the time is linear in what is kept."""
    lines = tuple(map(_clean, _shortened(_decoded(text)).splitlines()))
    folded = [fold(line) for line in lines]
    starts = tuple(accumulate((len(line) + 1 if line else 0 for line in folded), initial=0))[:-1]
    return Paste(lines, f" {' '.join(filter(None, folded))} ", starts)


def fold(text: str) -> str:
    """Return the words of `text`: lower case, CamelCase split, single spaces, nothing at the ends."""
    return _NO_WORD.sub(" ", _CAMEL.sub(" ", text).lower()).strip()


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):  # what PowerShell's > writes
        return text[: 4 * KEPT].decode("utf-16", "replace")
    return text.decode("utf-8", "replace")


def _shortened(text: str) -> str:
    """Return `text`, or both its ends, cut between words so that no number changes."""
    if len(text) <= 2 * KEPT:
        return text
    head, tail = text[:KEPT], text[-KEPT:]
    last, first = max(map(head.rfind, _BETWEEN)), min((at for at in map(tail.find, _BETWEEN) if at >= 0), default=-1)
    return f"{head[:last] if last > 0 else head}\n{tail[first + 1 :]}"


def _clean(line: str) -> str:
    """Return `line` without colours, escapes and invisible characters."""
    if "\x1b" in line:
        line = _TERMINAL.sub("", line)
    line = _INVISIBLE.sub("", line)
    if "\\" in line or "&" in line:
        line = _ESCAPED.sub(" ", _ESCAPED_TERMINAL.sub("", line))
    return line
