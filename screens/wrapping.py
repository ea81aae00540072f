"""Styled content as lines, broken where `screens.line_breaks` allows; what goes on hangs below its line's beginning."""

from __future__ import annotations

import re
from typing import Final

from textual.content import Content

from screens.line_breaks import breaks

NARROWEST: Final = 10  # columns that a text is given at least
_BEGIN: Final = re.compile(r" *(?:[·#] )?")  # what stands before a line's words: what goes on hangs below these


def wrap(content: Content, width: int, hang: int = 0) -> list[Content]:
    """Return `content` as lines of at most `width` columns.

    Args:
        content: one line or several.
        width: columns there are.
        hang: by how many columns what goes on is moved in, beyond the spaces its line begins with.
    """
    return [line for part in content.split(allow_blank=True) for line in _wrapped(part, width, hang)]


def _wrapped(line: Content, width: int, hang: int) -> list[Content]:
    """Return the lines of one line."""
    if line.cell_length <= width:
        return [line]
    plain = line.plain
    begin = _BEGIN.match(plain)
    indent = (begin.end() if begin else 0) + hang
    indent = indent if width - indent >= NARROWEST else 0
    first, *rest = line.divide(list(breaks(plain, width, width - indent)))
    margin = Content(" " * indent)
    return [first.rstrip(), *(Content.assemble(margin, part.rstrip()) for part in rest)]
