"""Help as click lays it out, its lines broken as the user's language wants it: click breaks at spaces only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from rich.cells import cell_len

from screens.line_breaks import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDEST_TERM: Final = 30  # columns; what is longer has a line of its own, as click has it
_GAP: Final = 2
_NARROWEST: Final = 20


class HelpLines(click.HelpFormatter):
    """click's formatter, but for where lines end, and for the two columns that a wide character takes."""

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        indent = " " * self.current_indent
        paragraphs = ("\n".join(folded(" ".join(each.split()), self.width, indent)) for each in text.split("\n\n"))
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST_TERM, col_spacing: int = _GAP) -> None:
        """Write terms, and beside them what they are."""
        listed = list(rows)
        column = min(max((cell_len(term) for term, _ in listed), default=0), col_max) + col_spacing
        margin = " " * self.current_indent
        for term, meaning in listed:
            lines = folded(" ".join(meaning.split()), max(self.width - column - self.current_indent, _NARROWEST))
            gap = column - cell_len(term)
            first = margin + term + (" " * gap if gap >= col_spacing else "\n" + margin + " " * column)
            self.write((first + f"\n{margin}{' ' * column}".join(lines)).rstrip() + "\n")
