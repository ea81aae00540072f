"""The menu of what can be broken in the practice world, and healed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll

from screens.base import Dialog
from screens.widgets.menu import Item, Menu
from screens.widgets.words import Words
from services.faults import CATALOGUE
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.world import PracticeControl


class FaultsDialog(Dialog[None]):
    """Enter breaks what is whole and heals what is broken; Escape closes the menu."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,f7", "leave", "dialog-no", id="dialog-no"),
    ]

    def __init__(self, control: PracticeControl) -> None:
        super().__init__()
        self._control = control

    def compose(self) -> ComposeResult:
        """Lay the list below its title."""
        with Vertical(classes="dialog-box -tall"):
            yield Words(text("wizard.faults.title"), classes="dialog-title")
            yield Words(text("wizard.faults.note"), classes="dialog-words")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Menu(self._items())

    def _items(self) -> tuple[Item, ...]:
        """Return the faults of the world; the user's own mistakes are made in the forms."""
        active = self._control.active
        return tuple(
            Item(fault.id, text(f"fault.{fault.id}"), mark="[✗]" if fault.id in active else "[ ]")
            for fault in CATALOGUE.values()
            if fault.part != "user"
        )

    def on_mount(self) -> None:
        """Put the focus on the list."""
        self.query_one(Menu).focus()

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        if event.item in self._control.active:
            self._control.heal(event.item)
        else:
            self._control.inject(event.item)
        event.menu.items = self._items()

    def action_leave(self) -> None:
        """Close the menu."""
        self.dismiss(None)
