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
        self._wrapped: tuple[int, tuple[Item, ...], list[list[Content]]] | None = None
        self.set_reactive(Menu.items, items)

    # -- its rows

    def _notes(self, width: int) -> list[list[Content]]:
        """Return the lines of each item's note; they are wrapped once for a width."""
        if self._wrapped is None or self._wrapped[:2] != (width, self.items):
            notes = [self._note(item, width) for item in self.items]
            self._wrapped = (width, self.items, notes)
        return self._wrapped[2]

    def _note(self, item: Item, width: int) -> list[Content]:
        indent = " " * (2 + (len(item.mark) + 1 if item.mark else 0))
        lines = shown(item.note, "$text-muted").wrap(max(8, width - len(indent))) if item.note else []
        return [Content.assemble(indent, line) for line in lines]

    def _heights(self) -> list[int]:
        """Return how many rows each item takes."""
        gap = 1 if self._spaced else 0
        return [1 + len(note) + gap for note in self._notes(max(10, self.size.width))]

    def _place(self, row: int) -> tuple[int, int]:
        """Return the item at `row`, and which of its rows it is; (-1, 0) below the last one."""
        for place, height in enumerate(self._heights()):
            if row < height:
                return place, row
            row -= height
        return -1, 0

    def _title(self, place: int, width: int) -> Content:
        item, marked = self.items[place], place == self.cursor
        mark = f"{item.mark} " if item.mark else ""
        style = "bold $accent" if marked and self.has_focus else ("bold" if marked else "")
        title = Content.assemble((f"{'▸' if marked else ' '} {mark}", style), shown(item.title, style))
        return title.truncate(width, ellipsis=True, pad=True)

    def render_line(self, y: int) -> Strip:
        """Return one row; the others are not made again for it."""
        width = self.size.width
        place, row = self._place(y)
        note = self._notes(max(10, width))[place] if place >= 0 else []
        if place < 0 or row > len(note):
            return Strip.blank(width, self.rich_style)
        content = self._title(place, width) if row == 0 else note[row - 1]
        return Visual.to_strips(self, content, width, 1, self.visual_style)[0]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many rows all items take."""
        notes = self._notes(max(10, width))
        return sum(1 + len(note) for note in notes) + (max(0, len(notes) - 1) if self._spaced else 0)

    # -- the cursor

    def watch_items(self, items: tuple[Item, ...]) -> None:
        """The cursor stays where there is something."""
        self.cursor = min(self.cursor, max(0, len(items) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the two titles that change, and bring the new one into sight."""
        regions = [self._region(place) for place in (old, new) if place < len(self.items)]
        self.refresh(*(Region(0, region.y, region.width, 1) for region in regions))
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
