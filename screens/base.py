"""What all screens share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.worker import WorkerState

from screens.widgets.bars import KeyBar, TopBar

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget
    from textual.worker import Worker

T = TypeVar("T")

WIDE: Final = 110  # columns from which all panes are shown
BREAKPOINTS: Final = [(0, "-narrow"), (WIDE, "-wide")]


def _has_action(screen: Widget, action: str) -> bool:
    return hasattr(screen, f"action_{action}") or hasattr(screen, f"_action_{action}")


class WizardScreen(Screen[T]):
    """A screen of the wizard: knows whether it is narrow or wide, and offers only the commands that it has."""

    HORIZONTAL_BREAKPOINTS = BREAKPOINTS

    @dataclass
    class Unforeseen(Message):
        """A worker of this screen ended in what nobody foresaw."""

        error: BaseException

    async def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed is told of, and takes nothing else with it."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.post_message(self.Unforeseen(event.worker.error))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """A command of the table that this screen does not have is neither shown nor done."""
        return _has_action(self, action) and self.allows(action)

    def allows(self, action: str) -> bool:  # noqa: ARG002 - for those that know more
        """Tell whether `action` can be done now."""
        return True

    async def reword(self) -> None:
        """Say everything again, in the language that is used now."""
        await self.recompose()

    def reshow(self) -> None:
        """Bring the lines above and below up to date."""
        for bar in self.query(TopBar):
            bar.refresh()
        for keys in self.query(KeyBar):
            keys.refresh()


class Dialog(ModalScreen[T]):
    """A question before everything else; Escape is the way out, and so is a click beside it."""

    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    DEFAULT_CLASSES = "dialog"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """A dialog has its own actions only."""
        return _has_action(self, action)

    async def on_click(self, event: events.Click) -> None:
        """Leave, where the click was beside the dialog."""
        if not self.query_one(".dialog-box").region.contains(event.screen_x, event.screen_y):
            await self.run_action("leave")
