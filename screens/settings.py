"""The settings: language, theme, height of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from screens.base import WizardScreen
from screens.shown import shown
from screens.widgets.bars import KeyBar
from screens.widgets.choice import Choice
from screens.widgets.words import Words
from services.text import text

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult


@dataclass(frozen=True, slots=True)
class Preference:
    """One thing to choose: its name, the words to choose from, and the one chosen."""

    name: str
    choices: tuple[str, ...]
    value: str


class SettingsScreen(WizardScreen[None]):
    """Each change holds at once, and is kept."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q", "leave", "viewer-close", id="viewer-close"),
        Binding("up", "app.focus_previous", "settings-up", id="settings-up", show=False),
        Binding("down", "app.focus_next", "settings-down", id="settings-down", show=False),
    ]

    @dataclass
    class Changed(Message):
        """`name` is to be `value` from now on."""

        name: str
        value: str

    def __init__(self, preferences: tuple[Preference, ...], file: Path) -> None:
        super().__init__()
        self._preferences = {preference.name: preference for preference in preferences}
        self._file = file

    def compose(self) -> ComposeResult:
        """Lay a row for each preference."""
        yield Words(text("wizard.settings.title"), classes="viewer-title")
        with Vertical(classes="settings-body"):
            for preference in self._preferences.values():
                with Horizontal(classes="form-row"):
                    label = text(f"wizard.settings.{preference.name}")
                    yield Static(label, classes="form-label", markup=False)
                    yield Choice(preference.choices, preference.value, id=f"setting-{preference.name}")
            yield Words(shown(text("wizard.settings.keys", path=self._file), "$text-muted"))
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin at the first."""
        self.query(Choice).first().focus()

    @on(Choice.Changed)
    def _chosen(self, event: Choice.Changed) -> None:
        event.stop()
        name = (event.choice.id or "").removeprefix("setting-")
        preference = self._preferences[name]
        if preference.value != event.value:
            self._preferences[name] = Preference(name, preference.choices, event.value)
            self.post_message(self.Changed(name, event.value))

    async def reword(self) -> None:
        """Say everything again, and stay where one was."""
        focused = self.focused.id if self.focused is not None else None
        await self.recompose()
        if focused:
            self.query_one(f"#{focused}").focus()

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
