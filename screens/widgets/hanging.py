"""Rows that hang: what does not fit into a row goes on below its words, not below its mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.wrapping import NARROWEST, wrap

if TYPE_CHECKING:
    from textual.geometry import Size


@dataclass(frozen=True)
class Hang:
    """One row: `mark` stands first, `words` hang behind it; `rest` stands before each of the lines that follow.

    `rest` is as wide as `mark` where it is left out. `hang` moves what goes on of a line further in: commands, paths.
    """

    mark: Content
    words: Content
    rest: Content | None = None
    hang: int = 0

    def lines(self, width: int) -> list[Content]:
        """Return its lines in `width` columns."""
        rest = Content(" " * self.mark.cell_length) if self.rest is None else self.rest
        indent = max(self.mark.cell_length, rest.cell_length)
        wrapped = wrap(self.words, max(NARROWEST, width - indent), self.hang)
        return [Content.assemble(self.mark if place == 0 else rest, line) for place, line in enumerate(wrapped)]


class HangingRows(Widget):
    """Some rows."""

    rows: reactive[tuple[Hang, ...]] = reactive((), layout=True)

    def __init__(self, rows: tuple[Hang, ...] = (), *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.set_reactive(HangingRows.rows, rows)

    def _lines(self, width: int) -> list[Content]:
        return [line for row in self.rows for line in row.lines(width)]

    def render(self) -> Content:
        """Return the rows in the width there is."""
        return Content("\n").join(self._lines(max(NARROWEST, self.size.width)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many lines they take."""
        return len(self._lines(width))
