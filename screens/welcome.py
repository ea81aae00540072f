"""The first screen: what this is, and where to begin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message

from screens.base import WizardScreen
from screens.shown import shown
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.menu import Item, Menu
from screens.widgets.words import Words
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult


@dataclass(frozen=True, slots=True)
class Resumable:
    """A workspace that can be gone on with: its folder, its world ("practice" or "live"), steps done of all."""

    path: Path
    world: str
    done: int
    total: int


class WelcomeScreen(WizardScreen[None]):
    """Start practice, start for real, go on with a workspace, diagnose, look how set-ups stand."""

    @dataclass
    class Chosen(Message):
        """The user begins: "practice", "live", "diagnosis", "status", or "resume" with its workspace."""

        what: str
        workspace: Path | None = None

    AUTO_FOCUS = ""  # the list takes the focus itself

    def __init__(self, resumable: tuple[Resumable, ...] = ()) -> None:
        super().__init__()
        self._resumable = resumable

    def compose(self) -> ComposeResult:
        """Lay the list below a few words."""
        yield TopBar()
        with VerticalScroll(id="welcome", can_focus=False):
            lead = Content.assemble(
                (text("wizard.welcome.title"), "bold"), "\n\n", shown(text("wizard.welcome.lead"), "$text-muted")
            )
            yield Words(lead, id="welcome-lead")
            yield Menu(self._items(), spaced=True)
            yield Words(id="welcome-note")
        yield KeyBar()

    def _items(self) -> tuple[Item, ...]:
        resume = tuple(
            Item(
                f"resume-{place}",
                text(
                    "wizard.welcome.resume", world=text(f"wizard.badge.{each.world}"), done=each.done, total=each.total
                ),
                str(each.path),
            )
            for place, each in enumerate(self._resumable)
        )
        begin = tuple(
            Item(name, text(f"wizard.welcome.{name}"), text(f"wizard.welcome.{name}.note"))
            for name in ("practice", "live", "diagnosis", "status")
        )
        return resume + begin

    def on_mount(self) -> None:
        """Put the focus on the list; where it is long, its beginning is seen."""
        self.query_one(Menu).focus(scroll_visible=False)

    async def reword(self) -> None:
        """Say everything again."""
        await self.recompose()
        self.query_one(Menu).focus()

    def tell(self, words: str, *, wrong: bool = False) -> None:
        """Say below the list what goes on, or what went wrong."""
        self.query_one("#welcome-note", Words).update(shown(words, "$error" if wrong else "$accent"))

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        what, _, place = event.item.partition("-")
        workspace = self._resumable[int(place)].path if what == "resume" else None
        self.post_message(self.Chosen(what, workspace))
