"""The rail: every step of the guide and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.symbols import RUNNING, STATES, Symbol
from services.guide.step import SECTIONS, State
from services.text import text

if TYPE_CHECKING:
    from textual import events

    from screens.walk import Walk


class StepRail(Widget, can_focus=True):
    """The steps, one a row; up, down and Enter, or a click, go to one."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up", "move(-1)", "rail-up", id="rail-up", show=False),
        Binding("down", "move(1)", "rail-down", id="rail-down", show=False),
        Binding("enter", "choose", "rail-choose", id="rail-choose"),
    ]
    shown_section: reactive[str] = reactive("")
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """The user wants to see `section`."""

        section: str

    def __init__(self, walk: Walk, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._walk = walk

    def watch_shown_section(self, section: str) -> None:
        """The cursor begins at the step that is shown."""
        if section in SECTIONS:
            self.cursor = SECTIONS.index(section)

    def render(self) -> Content:
        """Return one row for each step."""
        return Content("\n").join([self._row(place, section) for place, section in enumerate(SECTIONS)])

    def _row(self, place: int, section: str) -> Content:
        symbol = self._symbol(section)
        current = section == self.shown_section
        style = "bold" if current else ("$text-muted" if symbol is STATES[State.TO_DO] else "")
        edge = ("▌", "$accent") if current else (" ", "")
        row = Content.assemble(edge, (f"{symbol.mark} ", symbol.style), (text(f"wizard.section.{section}"), style))
        if symbol.mark in "✗!–":  # what is not as one hopes is said in words too
            row = Content.assemble(row, (f"  {text(symbol.word)}", "$text-muted"))
        width = max(1, self.size.width)
        row = row.truncate(width, ellipsis=True, pad=True)
        return row.stylize("reverse") if self._marked(place) else row

    def _marked(self, place: int) -> bool:
        return self.has_focus and place == self.cursor

    def _symbol(self, section: str) -> Symbol:
        if self._walk.running == section:
            return RUNNING
        return STATES[self._walk.standings[section].state]

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = (self.cursor + by) % len(SECTIONS)

    def action_choose(self) -> None:
        """Go to the step under the cursor."""
        self.post_message(self.Chosen(SECTIONS[self.cursor]))

    def on_click(self, event: events.Click) -> None:
        """Go to the step that was clicked."""
        if 0 <= event.y < len(SECTIONS):
            self.cursor = event.y
            self.action_choose()
