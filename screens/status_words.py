"""A Status as rows: each set-up's certificates, when it is due, its time line; and the legend. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from screens.shown import shown
from screens.widgets.hanging import Hang
from services.renewal import timeline, words
from services.renewal.status import Health
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.renewal.status import Item, Row, Status

_STYLES: Final = {Health.FINE: "$success", Health.UNKNOWN: "$warning", Health.SOON: "$warning", Health.WRONG: "$error"}
_NARROWEST: Final = 20  # columns of a time line
_INDENT: Final = 2
_GAP: Final = "   "  # between two entries of the legend
_NOTHING: Final = Content("")
_EMPTY: Final = Hang(_NOTHING, _NOTHING)


def rows(status: Status, width: int) -> Iterator[Hang]:
    """Yield `status` for `width` columns. Symbols and line styles tell everything; colour comes on top."""
    for row in status.rows:
        yield Hang(_mark(words.SYMBOLS[row.health], row.health, 0), _heading(row))
        yield from _row(row, status)
        yield from _timeline(row, status, width)
        yield _EMPTY
    for line in (*_legend(width), "", *words.eras(status.at)):
        yield Hang(_NOTHING, shown(line, "$text-muted"))


def _legend(width: int) -> Iterator[str]:
    """Yield what the symbols and lines mean; a symbol and its words are never torn apart."""
    for line in text("status.legend").splitlines():
        row = ""
        for entry in line.split(_GAP):
            if row and cell_len(row + _GAP + entry) > width:
                yield row
                row = ""
            row = f"{row}{_GAP}{entry}" if row else entry
        yield row


def _heading(row: Row) -> Content:
    name, *rest = words.heading(row).split("  ")
    return Content("  ").join([shown(name, "bold"), *(shown(part, "$text-muted") for part in rest)])


def _row(row: Row, status: Status) -> Iterator[Hang]:
    for item in row.items:
        yield Hang(_mark(words.SYMBOLS[item.health], item.health), shown(words.line(item), _emphasis(item.health)))
    for said in words.about(row, status.at):
        yield Hang(_mark(" ", Health.FINE), shown(said, "$text-muted"))
    for health, note in row.notes:
        yield Hang(_mark(words.SYMBOLS[health], health), shown(str(note), _emphasis(health)))


def _mark(symbol: str, health: Health, indent: int = _INDENT) -> Content:
    return Content.assemble(" " * indent, (f"{symbol} ", _STYLES[health]))


def _emphasis(health: Health) -> str:
    """Return the style of words: only what is not fine is coloured."""
    return "" if health is Health.FINE else _STYLES[health]


def _timeline(row: Row, status: Status, width: int) -> Iterator[Hang]:
    """Yield the axis and each certificate's line, a free row above them."""
    if not any(item.validity for item in row.items):
        return
    room = max(_NARROWEST, width - words.LABEL - 2 * _INDENT - 2)
    days = timeline.horizon(status)
    axis = timeline.axis(status.at, days, room)
    yield _EMPTY
    yield Hang(_NOTHING, Content.assemble(" " * (2 * _INDENT + words.LABEL + 1), (axis, "$text-muted")))
    for item in row.items:
        yield Hang(_NOTHING, _bar(item, status, days, room))


def _bar(item: Item, status: Status, days: int, room: int) -> Content:
    """Return one certificate's line behind its name."""
    cells = timeline.bar(item, status.at, days, room).cells.rstrip()
    label = shown(words.label(item), "$text-muted")
    return Content.assemble(" " * (2 * _INDENT), label, " ", (cells, _emphasis(item.health) or "$accent"))
