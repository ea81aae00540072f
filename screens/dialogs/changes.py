"""Shows exactly what a run would change outside the workspace, before and after, and asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from screens.base import Dialog
from screens.shown import shown, shown_lines
from screens.widgets.words import Words
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.guide.step import Change


class ChangesDialog(Dialog[bool]):
    """Dismissed with True where the changes may be made."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape", "leave", "dialog-no", id="dialog-no"),
    ]

    def __init__(self, section: str, changes: tuple[Change, ...]) -> None:
        super().__init__()
        self._section = section
        self._changes = changes

    def compose(self) -> ComposeResult:
        """Lay the changes above the answers; where something is replaced, "no" is the answer at hand."""
        replaces = any(change.overwrites for change in self._changes)
        with Vertical(classes="dialog-box"):
            title = text("wizard.changes.title", section=text(f"wizard.section.{self._section}"))
            yield Words(title, classes="dialog-title")
            with VerticalScroll(classes="dialog-body"):
                for change in self._changes:
                    yield from self._change(change)
            with Horizontal(classes="dialog-actions"):
                yes = text("wizard.changes.replace" if replaces else "wizard.changes.yes")
                yield Button(Content(yes), id="yes", compact=True, variant="primary")
                yield Button(Content(text("wizard.changes.no")), id="no", compact=True)

    @staticmethod
    def _change(change: Change) -> ComposeResult:
        """Lay out one change: the thing, what stands there now, and what would."""
        nothing = Content.styled(text("wizard.changes.nothing"), "$text-muted")
        yield Words(shown(change.what, "bold"), classes="change")
        for sign, when, words in (("−", "before", change.before), ("+", "after", change.after)):
            with Horizontal(classes=f"change-{when}"):
                yield Static(f"{sign} {text(f'wizard.changes.{when}')}", classes="change-when", markup=False)
                yield Words(shown_lines(words) if words else nothing, classes="change-what")
        if change.notes:
            notes = Content("\n").join(shown(note, "$text-muted") for note in change.notes)
            yield Words(notes, classes="change-note")
        if change.overwrites:
            warning = Content.styled(f"! {text('wizard.changes.overwrites')}", "$warning")
            yield Words(warning, classes="change-warning")

    def on_mount(self) -> None:
        """Put the focus on the safe answer; there is none where the program ends at this very moment."""
        self.query("#no" if any(change.overwrites for change in self._changes) else "#yes").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the answer."""
        self.dismiss(event.button.id == "yes")

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(False)
