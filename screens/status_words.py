"""A Status as content: each set-up's certificates, when it is due, its time line; and the legend. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from screens.shown import shown
from services.renewal import timeline, words
from services.renewal.status import Health
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.renewal.status import Row, Status

_STYLES: Final = {Health.FINE: "", Health.UNKNOWN: "$warning", Health.SOON: "$warning", Health.WRONG: "$error"}
_NARROWEST: Final = 20  # columns of a time line
_INDENT: Final = 2


def content(status: Status, width: int) -> Content:
    """Return `status` for `width` columns. Symbols and line styles tell everything; colour comes on top."""
    lines: list[Content] = []
    for row in status.rows:
        lines += [*_row(row, status), *_timeline(row, status, width), Content("")]
    lines += [shown(line, "$text-muted") for line in text("status.legend").splitlines()]
    lines += [Content(""), *(shown(line, "$text-muted") for line in words.eras(status.at))]
    return Content("\n").join(lines)


def _row(row: Row, status: Status) -> Iterator[Content]:
    style = _STYLES[row.health]
    yield Content.assemble((f"{words.SYMBOLS[row.health]} ", style), shown(words.heading(row), "bold"))
    for item in row.items:
        yield _line(words.SYMBOLS[item.health], words.line(item), _STYLES[item.health])
    for said in words.about(row, status.at):
        yield _line(" ", said, "")
    for health, note in row.notes:
        yield _line(words.SYMBOLS[health], str(note), _STYLES[health])


def _line(symbol: str, said: str, style: str) -> Content:
    return Content.assemble(" " * _INDENT, shown(f"{symbol} {said}", style))


def _timeline(row: Row, status: Status, width: int) -> Iterator[Content]:
    if not any(item.validity for item in row.items):
        return
    room = max(_NARROWEST, width - words.LABEL - 2 * _INDENT - 2)
    days = timeline.horizon(status)
    margin = " " * (2 * _INDENT)
    axis = timeline.axis(status.at, days, room)
    yield Content.assemble(margin, " " * (words.LABEL + 1), (axis, "$text-muted"))
    for item in row.items:
        cells = timeline.bar(item, status.at, days, room).cells.rstrip()
        yield Content.assemble(margin, words.label(item), " ", (cells, _STYLES[item.health] or "$accent"))
