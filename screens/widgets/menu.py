"""A short list to choose from: one widget, whatever its length, so that the first screen is there at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.shown import shown

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to choose.

    Attributes:
        id: names it for whoever acts on it.
        title: its words.
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
    cursor: reactive[int] = reactive(0)

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
        self.set_reactive(Menu.items, items)

    def _rows(self, width: int) -> list[tuple[int, Content]]:
        """Return (item's place or -1, row) of each row."""
        rows: list[tuple[int, Content]] = []
        for place, item in enumerate(self.items):
            marked = place == self.cursor
            pointer = "▸ " if marked else "  "
            mark = f"{item.mark} " if item.mark else ""
            style = "bold $accent" if marked and self.has_focus else ("bold" if marked else "")
            title = Content.assemble((pointer + mark, style), shown(item.title, style))
            rows.append((place, title.truncate(width, ellipsis=True, pad=True)))
            if item.note:
                indent = " " * (2 + len(mark))
                lines = shown(item.note, "$text-muted").wrap(max(8, width - len(indent)))
                rows += [(place, Content.assemble(indent, line)) for line in lines]
            if self._spaced and place < len(self.items) - 1:
                rows.append((-1, Content("")))
        return rows

    def render(self) -> Content:
        """Return the rows of all items."""
        return Content("\n").join([row for _, row in self._rows(max(10, self.size.width))])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many rows all items take."""
        return len(self._rows(max(10, width)))

    def watch_items(self, items: tuple[Item, ...]) -> None:
        """The cursor stays where there is something."""
        self.cursor = min(self.cursor, max(0, len(items) - 1))

    def action_move(self, by: int) -> None:
        """Move the cursor, round the ends."""
        if self.items:
            self.cursor = (self.cursor + by) % len(self.items)
            self._show_cursor()

    def _show_cursor(self) -> None:
        """Scroll whatever holds the list so that the item under the cursor is seen."""
        rows = [row for row, (place, _) in enumerate(self._rows(max(10, self.size.width))) if place == self.cursor]
        if isinstance(self.parent, Widget):
            region = Region(0, rows[0] + self.virtual_region.y, 1, len(rows))
            self.parent.scroll_to_region(region, animate=False)

    def action_choose(self) -> None:
        """Choose what the cursor is on."""
        if self.items:
            self.post_message(self.Chosen(self, self.items[self.cursor].id))

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        rows = self._rows(max(10, self.size.width))
        if 0 <= event.y < len(rows) and rows[event.y][0] >= 0:
            self.cursor = rows[event.y][0]
            self.action_choose()
