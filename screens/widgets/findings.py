"""A finding: what happened, why, what to do; and where the program can do it, a button that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Static

from screens.shown import shown, shown_lines
from services.errors import ServiceError
from services.guide.step import SECTIONS
from services.text import message, text

if TYPE_CHECKING:
    from textual.app import ComposeResult


MOST_REMEDIES: Final = 4


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something the program can do about a finding.

    Attributes:
        id: names it for whoever acts on it.
        label: its words on the button.
    """

    id: str
    label: str


class FindingPanel(Vertical):
    """One finding and its remedies."""

    @dataclass
    class Asked(Message):
        """A remedy's button was pressed."""

        remedy: str

    def __init__(self) -> None:
        super().__init__(classes="finding")
        self.display = False
        self._remedies: tuple[Remedy, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay what, why, fix and details above the buttons."""
        with Horizontal(classes="finding-row"):
            yield Static("✗", classes="finding-mark", markup=False)
            yield Static(classes="finding-what", markup=False)
        for name in ("why", "fix", "details"):
            with Horizontal(classes=f"finding-row -{name}"):
                yield Static(classes="finding-name", markup=False)
                yield Static(classes="finding-words", markup=False)
        with Vertical(classes="finding-actions"):
            for place in range(MOST_REMEDIES):
                yield Button("", id=f"remedy-{place}", compact=True)

    def show(self, error: ServiceError | None, remedies: tuple[Remedy, ...] = ()) -> None:
        """Show `error` with its remedies; None: there is nothing wrong."""
        self.display = error is not None
        if error is None:
            return
        error = with_titles(error)
        self.query_one(".finding-what", Static).update(shown(error.what))
        for name, words in (("why", error.why), ("fix", error.fix), ("details", error.details)):
            row = self.query_one(f".finding-row.-{name}")
            row.display = bool(words)
            row.query_one(".finding-name", Static).update(text(f"wizard.finding.{name}"))
            row.query_one(".finding-words", Static).update(shown_lines(words))
        self._remedies = remedies[:MOST_REMEDIES]
        for place, button in enumerate(self.query(Button)):
            button.display = place < len(self._remedies)
            if button.display:
                button.label = shown(self._remedies[place].label)

    @property
    def first(self) -> Button:
        """The button of the best remedy."""
        return self.query(Button).first()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Ask for the remedy."""
        event.stop()
        place = int((event.button.id or "").removeprefix("remedy-"))
        self.post_message(self.Asked(self._remedies[place].id))


def with_titles(error: ServiceError) -> ServiceError:
    """Return `error` with the names of sections among its facts said as the wizard calls them."""
    facts = {
        name: message(f"wizard.section.{fact}") if name in {"section", "needs"} and fact in SECTIONS else fact
        for name, fact in error.facts.items()
    }
    return ServiceError(error.id, variant=error.variant, details=error.details, **facts)
