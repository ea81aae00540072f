"""Markdown that stays what it is, whatever the values in it: for the report. Pure.

Values from outside go through `code`, where nothing is markup, a link or HTML; our own texts go through `plain`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_INLINE = re.compile(r"([\\`*_\[\]<>|~&]|:(?=//)|(?<=\bwww)\.)")  # www. and :// would become links (GFM)
_AT_START = re.compile(r"^(\d*)([#+\-=.)])")
_TICKS = re.compile(r"`+")


def plain(words: object) -> str:
    """Return words as text on one line: what Markdown would take for its own is escaped."""
    return _AT_START.sub(r"\1\\\2", _INLINE.sub(r"\\\1", safe(str(words)).strip()))


def code(value: object) -> str:
    """Return a value as a code span on one line; a dash for an empty one."""
    line = safe(str(value)).strip()
    if not line:
        return "–"
    fence = "`" * (_longest_run(line) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def cell(value: object) -> str:
    """Return a value as a code span for a table: a bar would end the cell even within code (GFM).

    Readers disagree on a bar behind two backslashes, so those are kept apart.
    """
    return code(value).replace("\\|", "\\ |").replace("|", "\\|")


def block(text: str, language: str = "sh") -> str:
    """Return lines as a fenced block that nothing in them can end."""
    lines = [safe(line) for line in text.splitlines()]
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return "\n".join((f"{fence}{language}", *lines, fence))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; `heads` are our own words, every cell is a value."""
    lines = [f"| {' | '.join(map(plain, heads))} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join(lines)


def facts(rows: Iterable[tuple[object, object]]) -> str:
    """Return a list of named values; those without a value are left out."""
    return "\n".join(f"- {plain(name)}: {code(value)}" for name, value in rows if str(value))


def link(words: object, address: str) -> str:
    """Return a link to an address of our own."""
    return f"[{plain(words)}](<{address}>)"


def _longest_run(text: str) -> int:
    return max((len(run[0]) for run in _TICKS.finditer(text)), default=0)
