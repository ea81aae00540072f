"""A question with a few answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from screens.base import Dialog
from screens.shown import shown, shown_lines
from screens.widgets.words import Words

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Question(Dialog[str]):
    """Dismissed with the id of the answer; with "" on Escape.

    Args:
        title: what is asked, in a few words.
        body: what is to be known before answering.
        answers: (id, words) of each; the first has the focus.
    """

    BINDINGS: ClassVar[list[Binding]] = [Binding("escape", "leave", "dialog-no", id="dialog-no")]  # type: ignore[assignment]

    def __init__(self, title: str, body: str, answers: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._title = title
        self._body = body
        self._answers = answers

    def compose(self) -> ComposeResult:
        """Lay the question above its answers."""
        with Vertical(classes="dialog-box"):
            yield Words(shown(self._title), classes="dialog-title")
            yield Words(shown_lines(self._body), classes="dialog-words")
            with Horizontal(classes="dialog-actions"):
                for name, words in self._answers:
                    yield Button(shown(words), id=f"answer-{name}", compact=True)

    def on_mount(self) -> None:
        """Put the focus on the first answer; there is none where the program ends at this very moment."""
        self.query(Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the answer."""
        self.dismiss((event.button.id or "").removeprefix("answer-"))

    def action_leave(self) -> None:
        """Give no answer."""
        self.dismiss("")
