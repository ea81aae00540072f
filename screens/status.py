"""How every set-up stands: days left, what is served, when renewal is due, until when it can be uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from screens.base import WizardScreen
from screens.shown import shown
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.hanging import Hang, HangingRows
from screens.widgets.words import Words
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult

    from screens.walk import Walk
    from services.renewal.status import Status


class StatusScreen(WizardScreen[None]):
    """The table and the time line of all set-ups.

    `look` finds out how they stand: it reads files and asks the deployments, each with a deadline, and changes nothing.
    """

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("r", "look_again", "status-refresh", id="status-refresh"),
        Binding("escape,q", "leave", "viewer-close", id="viewer-close"),
    ]

    def __init__(self, look: Callable[[], Awaitable[Status]], walk: Walk | None = None) -> None:
        super().__init__()
        self.walk = walk
        self._look = look
        self._status: Status | None = None
        self._looking = False

    def compose(self) -> ComposeResult:
        """Lay the answer below its title."""
        yield TopBar(self.walk)
        with VerticalScroll(classes="viewer-body", id="status"):
            yield Words(Content.styled(text("status.title"), "bold"), classes="part")
            yield Words(id="status-note", classes="part")
            yield HangingRows(id="status-words", classes="part")
        yield KeyBar()

    def on_mount(self) -> None:
        """Look at once."""
        self.query_one("#status").focus()
        self.action_look_again()

    def on_resize(self) -> None:
        """The time line fills the width there is."""
        self._show()

    async def reword(self) -> None:
        """Say everything again."""
        await self.recompose()
        self.query_one("#status").focus()
        self._show()

    def action_look_again(self) -> None:
        """Look again; what was found before stays in sight until then."""
        if not self._looking:
            self._looking = True
            self._show()
            self._survey()

    @work(group="status", exclusive=True, exit_on_error=False, description="look at every set-up")
    async def _survey(self) -> None:
        try:
            self._status = await self._look()
        finally:
            self._looking = False
            if self.is_mounted:
                self._show()

    def _show(self) -> None:
        """Show what was found, as far as there is anything."""
        note = self.query_one("#status-note", Words)
        note.display = self._looking or (self._status is not None and not self._status.rows)
        note.update(shown(text("status.looking" if self._looking else "status.none-yet"), "$accent"))
        rows: tuple[Hang, ...] = ()
        if self._status is not None and self._status.rows:
            from screens import status_words  # noqa: PLC0415 - only with an answer

            rows = tuple(status_words.rows(self._status, self.query_one("#status").scrollable_content_region.width))
        self.query_one("#status-words", HangingRows).rows = rows

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
