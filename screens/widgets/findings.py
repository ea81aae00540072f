"""A finding: what happened, why, what to do; and where the program can do it, a button that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from screens.shown import shown, shown_lines
from screens.widgets.hanging import Hang, HangingRows
from services.guide.step import titled
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.errors import ServiceError


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

    def _build(self) -> None:
        """Lay the words above the buttons, when there is something to say for the first time: most steps go well."""
        if not self.query(HangingRows):
            buttons = (Button("", id=f"remedy-{place}", compact=True) for place in range(MOST_REMEDIES))
            self.mount(HangingRows(), *buttons)

    def show(self, error: ServiceError | None, remedies: tuple[Remedy, ...] = ()) -> None:
        """Show `error` with its remedies; None: there is nothing wrong."""
        self.display = error is not None
        if error is None:
            return
        self._build()
        self.query_one(HangingRows).rows = tuple(finding_rows(titled(error)))
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


def finding_rows(error: ServiceError) -> Iterator[Hang]:
    """Yield what happened, and below it why, what to do, and what the other side said, each behind its name."""
    yield Hang(Content.styled("✗ ", "bold $error"), shown(error.what, "bold $error"))
    yield Hang(Content(""), Content(""))
    parts = {"why": error.why, "fix": error.fix, "details": error.details}
    names = {name: Content(text(f"wizard.finding.{name}")) for name in parts}
    width = max(name.cell_length for name in names.values()) + 2
    for name, words in parts.items():
        if words:
            mark = Content.assemble("  ", (names[name].plain, "bold"), " " * (width - names[name].cell_length))
            yield Hang(mark, shown_lines(words, "$text-muted" if name == "details" else ""))
