"""A picture of the screen as text, for git and for people: its rows, and below them how each part of them looks.

rows of text
---
a  #d5dbe1 on #12161b            what each letter stands for
---
a3 b20 c97                       each row's looks, and for how many columns
"""

from __future__ import annotations

import html
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual._context import visible_screen_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.style import Style
    from textual.app import App
    from textual.strip import Strip

_RULE = "---"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FLAGS = ("bold", "dim", "italic", "underline", "reverse", "strike")
_CSS = {
    "bold": "font-weight:bold",
    "dim": "opacity:.7",
    "italic": "font-style:italic",
    "underline": "text-decoration:underline",
    "strike": "text-decoration:line-through",
}


def picture(app: App[int]) -> str:
    """Return what `app` shows now."""
    visible_screen_stack.set(app._background_screens)  # a dialog lets what is behind it shine through
    strips = app.screen._compositor.render_strips()
    letters: dict[str, str] = {}
    looks = [" ".join(_runs(strip, letters)) for strip in strips]
    rows = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    legend = [f"{letter}  {look}" for look, letter in letters.items()]
    return "\n".join([*rows, _RULE, *legend, _RULE, *looks, ""])


def _runs(strip: Strip, letters: dict[str, str]) -> Iterator[str]:
    """Yield the looks of one row; a look that is new gets the next letter."""
    cells = [(_look(segment.style), cell_len(segment.text)) for segment in strip]
    for look, group in groupby(cells, key=lambda cell: cell[0]):
        if width := sum(columns for _, columns in group):
            letter = letters.setdefault(look, _LETTERS[len(letters)] if look not in letters else "")
            yield f"{letter}{width}"


def _look(style: Style | None) -> str:
    if style is None:
        return "plain"
    flags = [flag for flag in _FLAGS if getattr(style, flag)]
    colours = [style.color.name if style.color else "", f"on {style.bgcolor.name}" if style.bgcolor else ""]
    return " ".join(word for word in (*flags, *colours) if word) or "plain"


def as_html(words: str) -> str:
    """Return a picture as HTML, for the report of what has changed."""
    rows, legend, looks = (part.strip("\n").split("\n") for part in words.split(f"{_RULE}\n"))
    styles = {line[0]: _css(line[3:].split()) for line in legend}
    rows = words.split(f"\n{_RULE}\n", maxsplit=1)[0].split("\n")
    return "<pre>" + "\n".join(_row(row, line, styles) for row, line in zip(rows, looks, strict=True)) + "</pre>"


def _row(row: str, looks: str, styles: dict[str, str]) -> str:
    spans = []
    for run in looks.split():
        part, columns = "", int(run[1:])
        while row and cell_len(part + row[0]) <= columns:
            part, row = part + row[0], row[1:]
        part += " " * (columns - cell_len(part))
        spans.append(f'<span style="{styles[run[0]]}">{html.escape(part)}</span>')
    return "".join(spans)


def _css(look: list[str]) -> str:
    found = [_CSS[word] for word in look if word in _CSS]
    back = look[look.index("on") + 1] if "on" in look else "inherit"
    fore = next((word for word in look if word.startswith("#") and word != back), "inherit")
    if "reverse" in look:
        fore, back = back, fore
    return ";".join([*found, f"color:{fore}", f"background:{back}"])
