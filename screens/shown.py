"""Text on the screen.

`shown` is how text that is not our own markup reaches a widget: as content, which is never read as markup, and with
nothing in it that a terminal would obey. Services make outside text safe where it enters; this is the second lock on
the same door, so that no widget depends on the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from services.outside import safe, safe_lines
from services.text import text

if TYPE_CHECKING:
    from datetime import timedelta

    from textual.style import Style


_UNITS: Final = {"years": 365.25 * 86400, "days": 86400, "hours": 3600}  # in seconds
_LEAST: Final = {"years": 1.01, "days": 2, "hours": 1}  # of each unit that is said in it


def shown(words: object, style: str | Style = "") -> Content:
    """Return one line of text as content; line breaks in it are shown, not obeyed."""
    return Content.styled(safe(str(words)), style)


def shown_lines(words: object, style: str | Style = "") -> Content:
    """Return text of several lines as content."""
    return Content.styled("\n".join(safe_lines(str(words))), style)


def tail(path: str, width: int) -> str:
    """Return `path` in at most `width` columns: of one that is longer its end, from a folder on where there is room."""
    if cell_len(path) <= width:
        return path
    kept = path[-1:]
    while cell_len(longer := path[-len(kept) - 1 :]) < width:
        kept = longer
    folder = kept.find("/")
    return f"…{kept[folder:] if 0 <= folder < len(kept) // 2 else kept}"


def left(span: timedelta) -> str:
    """Return how long something still lasts, or for how long it has been over, in the unit that tells most."""
    seconds = span.total_seconds()
    for unit, length in _UNITS.items():
        amount = abs(seconds) / length
        if amount >= _LEAST[unit]:
            number = f"{amount:.1f}" if unit == "years" else f"{amount:.0f}"
            break
    else:
        unit, number = "minutes", f"{abs(seconds) / 60:.0f}"
    return text(f"wizard.{'left' if seconds >= 0 else 'past'}.{unit}", number=number)


def clock(seconds: float) -> str:
    """Return how long something has waited, as a clock has it: "0:07", "15:00"."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
