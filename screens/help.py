"""The help: what the program does, the symbols, and every command with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.base import WizardScreen
from screens.chain_model import LINKS, MARKS, Link, Part
from screens.command import Entry, key_label
from screens.shown import shown
from screens.symbols import RUNNING, STATES
from screens.widgets.bars import KeyBar
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult

_KEY_WIDTH = 10
_NAME_WIDTH = 22


class HelpScreen(WizardScreen[None]):
    """The help. Its commands come from the program's one table."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q", "leave", "viewer-close", id="viewer-close"),
    ]

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        super().__init__()
        self._entries = entries

    def compose(self) -> ComposeResult:
        """Lay everything below each other."""
        yield Static(text("wizard.help.title"), classes="viewer-title", markup=False)
        with VerticalScroll(classes="viewer-body"):
            yield Static(self._words(), markup=False)
        yield KeyBar()

    def _words(self) -> Content:
        rows = [shown(text("wizard.help.lead"))]
        group = ""
        for entry in self._entries:
            if entry.group != group:
                group = entry.group
                rows += [Content(""), Content.styled(group, "bold $accent")]
            name = Content(entry.name)
            rows.append(
                Content.assemble(
                    (key_label(entry.key).ljust(_KEY_WIDTH), "bold"),
                    name.pad_right(max(1, _NAME_WIDTH - name.cell_length)),
                    (entry.tip, "$text-muted"),
                )
            )
        rows += [Content(""), Content.styled(text("wizard.help.symbols"), "bold $accent"), *self._symbols()]
        return Content("\n").join(rows)

    def _symbols(self) -> list[Content]:
        steps = [
            Content.assemble((f"{each.mark} ", each.style), text(each.word)) for each in (RUNNING, *STATES.values())
        ]
        parts = [Content(f"{MARKS[part]} {text(f'chain.part.{part.value}')}") for part in Part]
        links = [Content(f"{LINKS[link]} {text(f'chain.link.{link.value}')}") for link in (Link.PROVEN, Link.BROKEN)]
        return [Content("   ").join(row) for row in (steps, parts, links)]

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
