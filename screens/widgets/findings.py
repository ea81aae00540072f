"""A finding: what happened, why, what to do; and where the program can do it, a button that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from screens.shown import shown, shown_lines
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.errors import ServiceError


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
        self._shown: ServiceError | None = None

    def compose(self) -> ComposeResult:
        """Lay what, why, fix and details above the buttons."""
        yield Static(classes="finding-what", markup=False)
        yield Static(classes="finding-rest", markup=False)
        yield Horizontal(classes="finding-actions")

    async def show(self, error: ServiceError | None, remedies: tuple[Remedy, ...] = ()) -> None:
        """Show `error` with its remedies; None: there is nothing wrong."""
        self.display = error is not None
        if error is None:
            return
        self.query_one(".finding-what", Static).update(Content.assemble(("✗ ", "$error bold"), shown(error.what, "bold $error")))
        self.query_one(".finding-rest", Static).update(finding_words(error))
        actions = self.query_one(".finding-actions", Horizontal)
        await actions.remove_children()
        await actions.mount(*(Button(shown(each.label), id=f"remedy-{each.id}", compact=True) for each in remedies))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Ask for the remedy."""
        event.stop()
        self.post_message(self.Asked((event.button.id or "").removeprefix("remedy-")))


def finding_words(error: ServiceError) -> Content:
    """Return why, fix and details of `error`, each behind its name."""
    parts: list[Content] = []
    for name, words in (("why", error.why), ("fix", error.fix)):
        if words:
            parts.append(Content.assemble((f"{text(f'wizard.finding.{name}')}  ", "bold"), shown_lines(words)))
    if error.details:
        parts.append(shown_lines(error.details, "$text-muted"))
    return Content("\n").join(parts)
