"""Asks for one line of text: words to look for, a file's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical

from screens.base import Dialog
from screens.shown import shown
from screens.widgets.line_input import LineInput
from screens.widgets.words import Words

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widgets import Input


class Entry(Dialog[str]):
    """Dismissed with what was typed; with "" on Escape.

    Args:
        title: what is asked for.
        value: what stands there at first.
        path: it is a path, to be completed from the disk.
    """

    BINDINGS: ClassVar[list[Binding]] = [Binding("escape", "leave", "dialog-no", id="dialog-no")]  # type: ignore[assignment]

    def __init__(self, title: str, value: str = "", *, path: bool = False) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._path = path

    def compose(self) -> ComposeResult:
        """Lay the title above the line."""
        with Vertical(classes="dialog-box"):
            yield Words(shown(self._title), classes="dialog-title")
            yield LineInput(self._value, path=self._path)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give what was typed."""
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss("")
