"""A short list to choose from: one widget, whatever its length, so that the first screen is there at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from screens.shown import shown
from screens.wrapping import NARROWEST, wrap

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to choose.

    Attributes:
        id: names it for whoever acts on it.
        title: its words; shown in as many rows as they need.
        note: a second, dimmer line; may be empty.
        mark: a symbol before the title; may be empty.
    """

    id: str
    title: str
    note: str = ""
    mark: str = ""


class Menu(Widget, can_focus=True):
    """The list; up and down move, Enter, space or a click choose."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up,k", "move(-1)", "menu-up", id="menu-up", show=False),
        Binding("down,j", "move(1)", "menu-down", id="menu-down", show=False),
        Binding("enter,space", "choose", "menu-choose", id="menu-choose"),
    ]
    items: reactive[tuple[Item, ...]] = reactive((), layout=True)
    cursor: reactive[int] = reactive(0, repaint=False)  # only the rows that change are painted again

    @dataclass
    class Chosen(Message):
        """Something was chosen."""

        menu: Menu
        item: str

        @property
        def control(self) -> Menu:
            """The list it was chosen from."""
            return self.menu

    def __init__(self, items: tuple[Item, ...] = (), *, spaced: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._spaced = spaced
        self._wrapped: tuple[int, tuple[Item, ...], list[tuple[list[Content], list[Content]]]] | None = None
        self.set_reactive(Menu.items, items)

    # -- its rows

    def _lines(self, width: int) -> list[tuple[list[Content], list[Content]]]:
        """Return the lines of each item's title and note, without what stands before them; wrapped once for a width."""
        if self._wrapped is None or self._wrapped[:2] != (width, self.items):
            self._wrapped = (width, self.items, [self._item_lines(item, width) for item in self.items])
        return self._wrapped[2]

    @staticmethod
    def _item_lines(item: Item, width: int) -> tuple[list[Content], list[Content]]:
        room = max(NARROWEST, width - _indent(item))
        return wrap(shown(item.title), room), wrap(shown(item.note), room) if item.note else []

    def _heights(self) -> list[int]:
        """Return how many rows each item takes."""
        gap = 1 if self._spaced else 0
        return [len(title) + len(note) + gap for title, note in self._lines(self.size.width)]

    def _place(self, row: int) -> tuple[int, int]:
        """Return the item at `row`, and which of its rows it is; (-1, 0) below the last one."""
        for place, height in enumerate(self._heights()):
            if row < height:
                return place, row
            row -= height
        return -1, 0

    def _title(self, place: int, row: int, line: Content) -> Content:
        """Return one row of a title; the marks stand before its first."""
        item, marked = self.items[place], place == self.cursor
        marks = f"{'▸' if marked else ' '} {item.mark} " if item.mark else f"{'▸' if marked else ' '} "
        style = "bold $accent" if marked and self.has_focus else ("bold" if marked else "")
        return Content.assemble(marks if row == 0 else " " * len(marks), line).stylize(style)

    def render_line(self, y: int) -> Strip:
        """Return one row; the others are not made again for it."""
        width = self.size.width
        place, row = self._place(y)
        title, note = self._lines(width)[place] if place >= 0 else ([], [])
        if row >= len(title) + len(note):
            return Strip.blank(width, self.rich_style)
        if row < len(title):
            content = self._title(place, row, title[row])
        else:
            indent = " " * _indent(self.items[place])
            content = Content.assemble(indent, note[row - len(title)].stylize("$text-muted"))
        return Visual.to_strips(self, content, width, 1, self.visual_style)[0]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many rows all items take."""
        lines = self._lines(width)
        gaps = max(0, len(lines) - 1) if self._spaced else 0
        return sum(len(title) + len(note) for title, note in lines) + gaps

    # -- the cursor

    def watch_items(self, items: tuple[Item, ...]) -> None:
        """The cursor stays where there is something."""
        self.cursor = min(self.cursor, max(0, len(items) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the two titles that change, and bring the new one into sight."""
        places = [place for place in (old, new) if place < len(self.items)]
        regions = [self._region(place) for place in places]
        titles = [len(self._lines(self.size.width)[place][0]) for place in places]
        self.refresh(*(Region(0, at.y, at.width, rows) for at, rows in zip(regions, titles, strict=True)))
        if regions and isinstance(self.parent, Widget) and self.parent.max_scroll_y:
            region = regions[-1].translate(self.virtual_region.offset)
            self.parent.scroll_to_region(region, animate=False)

    def _region(self, place: int) -> Region:
        heights = self._heights()
        return Region(0, sum(heights[:place]), max(1, self.size.width), heights[place])

    def action_move(self, by: int) -> None:
        """Move the cursor, round the ends."""
        if self.items:
            self.cursor = (self.cursor + by) % len(self.items)

    def action_choose(self) -> None:
        """Choose what the cursor is on."""
        if self.items:
            self.post_message(self.Chosen(self, self.items[self.cursor].id))

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        place, _ = self._place(event.y)
        if place >= 0:
            self.cursor = place
            self.action_choose()


def _indent(item: Item) -> int:
    """Return the columns before an item's words: for the cursor, and for its mark."""
    return 2 + (len(item.mark) + 1 if item.mark else 0)
