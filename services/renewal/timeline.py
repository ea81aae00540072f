"""A time line of certificates in plain text: where each ends, when it is due, until when EMQX Cloud takes it. Pure.

Letters and line styles tell everything; colour may be added, and nothing depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from services.renewal.status import Health, Item, Kind, Status
from services.renewal.timing import DAY, upload_window

if TYPE_CHECKING:
    from collections.abc import Iterator

LASTS, DUE, ENDS, RENEW, UPLOAD, NOW = "━", "╌", "┤", "R", "U", "│"
_LONGEST_DAYS: Final = 400
_SHORTEST_DAYS: Final = 30
_ARROW: Final = "▶"  # it ends beyond the line's right end


@dataclass(frozen=True, slots=True)
class Bar:
    """One certificate's line.

    Attributes:
        kind: which certificate.
        cells: the line's characters, all of one width.
        health: how it stands.
    """

    kind: Kind
    cells: str
    health: Health


def horizon(status: Status) -> int:
    """Return how many days the line shows: to the last end, 400 at most."""
    ends = [item.days_left or 0 for row in status.rows for item in row.items]
    return min(max([*ends, _SHORTEST_DAYS]) + 1, _LONGEST_DAYS)


def axis(at: datetime, days: int, width: int) -> str:
    """Return the axis: "now" and the names of the months at their first day, where there is room for them."""
    cells = list(" " * width)
    for text, column in [("now", 0), *_months(at, days, width)]:
        end = column + len(text)
        if end <= width and all(cell == " " for cell in cells[max(column - 1, 0) : end + 1]):
            cells[column:end] = text
    return "".join(cells).rstrip()


def bar(item: Item, at: datetime, days: int, width: int) -> Bar:
    """Return the line of `item`, `width` characters for `days` days from `at`."""
    if item.validity is None or at >= item.validity.not_after:
        return Bar(item.kind, " " * width, item.health)
    validity = item.validity
    cells = [" "] * width
    end = _column(validity.not_after, at, days, width)
    due = _column(validity.due, at, days, width) if item.kind in {Kind.SERVED, Kind.FILES} else end
    for column in range(min(end, width)):
        cells[column] = LASTS if column < due else DUE
    if end < width:
        cells[end] = ENDS
    else:
        cells[-1] = _ARROW
    if item.kind in {Kind.SERVED, Kind.FILES} and 0 <= due < min(end, width):
        cells[due] = RENEW
    window = upload_window(validity)
    closes = _column(window.closes, at, days, width)
    if item.kind is Kind.FILES and window.exists and 0 <= closes < width and cells[closes] == LASTS:
        cells[closes] = UPLOAD
    return Bar(item.kind, "".join(cells), item.health)


def _column(moment: datetime, at: datetime, days: int, width: int) -> int:
    return int((moment - at) / DAY * width / days)


def _months(at: datetime, days: int, width: int) -> Iterator[tuple[str, int]]:
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while (first := (first + timedelta(days=32)).replace(day=1)) < at + timedelta(days=days):
        yield f"{first:%Y-%m}", _column(first, at, days, width)
