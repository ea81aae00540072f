"""Takes back what the guide made: each piece is looked for, shown, and asked for."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from screens.base import WizardScreen
from screens.dialogs.question import Question
from screens.shown import shown
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.menu import Item, Menu
from services.errors import ServiceError
from services.events import Answer
from services.text import text
from services.undo.pieces import Entry, PieceName

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.walk import Walk

_GROUP = "take-back"


class UndoScreen(WizardScreen[bool]):
    """All pieces, in the order in which they are taken back; dismissed with whether the files are gone."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("r", "look_again", "status-refresh", id="status-refresh"),
        Binding("escape,q", "leave", "viewer-close", id="viewer-close"),
    ]

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk
        self._entries: dict[PieceName, Entry] = {}
        self._files_gone = False
        self._taking = False

    def compose(self) -> ComposeResult:
        """Lay the pieces below what this is."""
        yield TopBar(self.walk)
        yield Static(text("wizard.undo.title"), classes="viewer-title", markup=False)
        yield Static("", id="undo-note", classes="viewer-title", markup=False)
        with VerticalScroll(classes="viewer-body", can_focus=False):
            yield Static(shown(text("wizard.undo.lead"), "$text-muted"), id="undo-lead", markup=False)
            yield Menu(self._items(), spaced=True)
        yield KeyBar()

    def on_mount(self) -> None:
        """Look at once."""
        self.query_one("#undo-note").display = False
        self.query_one(Menu).focus(scroll_visible=False)
        self.action_look_again()

    async def reword(self) -> None:
        """Say everything again."""
        await self.recompose()
        self.query_one(Menu).focus(scroll_visible=False)

    # -- what is there

    def action_look_again(self) -> None:
        """Look for every piece again."""
        if not self._busy:
            self._entries.clear()
            self._show()
            self._survey()

    @property
    def _busy(self) -> bool:
        return any(worker.group == _GROUP and worker.is_running for worker in self.workers)

    @work(group=_GROUP, exclusive=True, exit_on_error=False, description="look for what can be taken back")
    async def _survey(self) -> None:
        undo = await asyncio.to_thread(importlib.import_module, "services.undo.undo")  # brings what the pieces need
        async for entry in undo.survey(self.walk.guide.here):
            self._entries[entry.name] = entry
            self._show()

    def _show(self) -> None:
        self.query_one(Menu).items = self._items()

    def _items(self) -> tuple[Item, ...]:
        return tuple(self._item(name) for name in PieceName)

    def _item(self, name: PieceName) -> Item:
        entry, title = self._entries.get(name), text(f"undo.piece.{name}")
        if entry is None:
            return Item(name, title, text("wizard.undo.looking"), "●")
        if entry.trouble is not None:
            return Item(name, f"{title}: {text('undo.unknown')}", f"{entry.trouble.what} {entry.trouble.fix}", "?")
        if entry.found is None:
            return Item(name, title, text("undo.nothing"), "–")
        return Item(name, str(entry.found.what), _consequence(entry), "✓" if entry.found.ours is Answer.YES else "!")

    # -- taking back

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        entry = self._entries.get(PieceName(event.item))
        if entry is not None and entry.found is not None and not self._busy:
            self._ask(entry)

    @work(group=_GROUP, exclusive=True, exit_on_error=False, description="take a piece back")
    async def _ask(self, entry: Entry) -> None:
        """Ask whether `entry` is to be taken back, and do it."""
        assert entry.found is not None  # noqa: S101 - the caller has looked
        by_hand = entry.found.by_hand is not None
        answers = [("keep", text("wizard.undo.close" if by_hand else "wizard.undo.keep"))]
        if not by_hand:
            answers.append(("take", text("wizard.undo.take")))
        question = Question(str(entry.found.what), "\n".join(self._warnings(entry)), tuple(answers))
        if await self.app.push_screen_wait(question) == "take":
            await self._take_back(entry.name)

    def _warnings(self, entry: Entry) -> list[str]:
        assert entry.found is not None  # noqa: S101 - the caller has looked
        found = [str(entry.found.by_hand)] if entry.found.by_hand else [_consequence(entry)]
        others = (each for name, each in self._entries.items() if name is not PieceName.FILES)
        if entry.name is PieceName.FILES and any(each.found or each.trouble for each in others):
            found.append(text("wizard.undo.files-first"))
        return found

    async def _take_back(self, name: PieceName) -> None:
        undo: Any = importlib.import_module("services.undo.undo")  # it is there already
        self._tell(text("wizard.undo.taking", piece=text(f"undo.piece.{name}")))
        self._taking = True
        try:
            await undo.take_back(name, self.walk.guide)
        except ServiceError as error:
            self._tell(f"✗ {error.what} {error.why} {error.fix}", "$error")
            return
        finally:
            self._taking = False
        self._tell(f"✓ {text(f'undo.piece.{name}')}: {text('undo.taken-back')}", "$success")
        self._entries[name] = await undo.look(name, self.walk.guide.here)
        self._files_gone = self._files_gone or name is PieceName.FILES
        self._show()

    def _tell(self, words: str, style: str = "$accent") -> None:
        note = self.query_one("#undo-note", Static)
        note.display = True
        note.update(shown(words, style))

    def action_leave(self) -> None:
        """Go back; what is being taken back is not left half done."""
        if self._taking:
            self.notify(text("wizard.busy"), markup=False)
        else:
            self.dismiss(self._files_gone)


def _consequence(entry: Entry) -> str:
    """Return what follows from taking it back, and whether it is still what the guide made."""
    assert entry.found is not None  # noqa: S101 - the caller has looked
    words = str(entry.found.consequence)
    if entry.found.ours is not Answer.YES:
        words += f" {text(f'wizard.undo.ours-{entry.found.ours}')}"
    return words
