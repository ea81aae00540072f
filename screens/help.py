"""The help: what the program does, the symbols, and every command with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from screens.base import WizardScreen
from screens.chain_model import LINKS, MARKS, Link, Part
from screens.command import Entry, key_label
from screens.shown import shown
from screens.symbols import RUNNING, STATES
from screens.widgets.bars import KeyBar
from screens.widgets.hanging import Hang, HangingRows
from screens.widgets.words import Words
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

_GAP = 3  # columns between key, name and what it does
_SYMBOL_WIDTH = 22
_NOTHING = Content("")


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
        yield Words(text("wizard.help.title"), classes="viewer-title")
        with VerticalScroll(classes="viewer-body"):
            yield HangingRows((*self._commands(), *self._symbols()))
        yield KeyBar()

    def _commands(self) -> Iterator[Hang]:
        """Yield each group's commands below its heading: key, name, and what it does, in three columns."""
        yield Hang(_NOTHING, shown(text("wizard.help.lead")))
        keys = max(Content(key_label(entry.key)).cell_length for entry in self._entries) + _GAP
        names = max(Content(entry.name).cell_length for entry in self._entries) + _GAP
        for group in dict.fromkeys(entry.group for entry in self._entries):
            yield from _heading(group)
            for entry in self._entries:
                if entry.group == group:
                    key, name = Content.styled(key_label(entry.key), "bold"), Content(entry.name)
                    yield Hang(_cell(key, keys) + _cell(name, names), shown(entry.tip, "$text-muted"))

    @staticmethod
    def _symbols() -> Iterator[Hang]:
        """Yield what the symbols of steps, certificates and links mean: a row each, in columns."""
        yield from _heading(text("wizard.help.symbols"))
        steps = [
            Content.assemble((f"{each.mark} ", each.style), text(each.word)) for each in (RUNNING, *STATES.values())
        ]
        parts = [Content(f"{MARKS[part]} {text(f'chain.part.{part.value}')}") for part in Part]
        links = [Content(f"{LINKS[link]} {text(f'chain.link.{link.value}')}") for link in (Link.PROVEN, Link.BROKEN)]
        for row in (steps[:3], steps[3:6], steps[6:], parts[:3], parts[3:], links):
            yield Hang(_NOTHING, Content("").join([_cell(symbol, _SYMBOL_WIDTH) for symbol in row]))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)


def _heading(words: str) -> Iterator[Hang]:
    yield Hang(_NOTHING, _NOTHING)
    yield Hang(_NOTHING, Content.styled(words, "bold $accent"))


def _cell(words: Content, width: int) -> Content:
    return words.pad_right(max(1, width - words.cell_length))
