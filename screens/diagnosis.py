"""The diagnosis."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from screens.base import WizardScreen
from screens.widgets.bars import KeyBar, TopBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.walk import Walk


class DiagnosisScreen(WizardScreen[None]):
    """What is wrong between a client and a server."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape", "leave", "viewer-close", id="viewer-close"),
    ]

    def __init__(self, walk: Walk | None = None) -> None:
        super().__init__()
        self.walk = walk

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield TopBar(self.walk)
        yield KeyBar()

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
