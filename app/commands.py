"""One table of commands: what feeds the keys, the footer, the palette and the help.

A command's words come from the catalogue: `wizard.command.<id>` is its name, `wizard.command.<id>.tip` says what it
does. Its id is also the name by which a user gives it another key (`keymap` in the settings file). What a command does
is an action of the screen that is shown (`screen.…`) or of the program (`app.…`); a command whose action the current
screen does not have, or does not allow now, is neither shown nor offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from screens.command import Entry
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator


class Group(StrEnum):
    """Under which heading the help lists a command."""

    STEP = "step"
    PANES = "panes"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        id: names its texts and its key in the user's keymap.
        key: its keys as Textual writes them, separated by commas; the first is the one shown.
        action: what Textual runs.
        group: its heading in the help.
        footer: whether the line of keys shows it.
        priority: it works whatever has the focus, in dialogs too.
    """

    id: str
    key: str
    action: str
    group: Group
    footer: bool = False
    priority: bool = False

    @property
    def name(self) -> str:
        """Its name, in the current language."""
        return text(f"wizard.command.{self.id}")

    @property
    def tip(self) -> str:
        """What it does, in one sentence."""
        return text(f"wizard.command.{self.id}.tip")

    def binding(self) -> Binding:
        """Return it as Textual's binding. Its words are looked up when they are shown, in the language of then."""
        return Binding(self.key, self.action, self.id, show=self.footer, id=self.id, priority=self.priority)


COMMANDS: Final = (
    Command("run", "f5", "screen.run_step", Group.STEP, footer=True),
    Command("cancel", "escape", "screen.cancel", Group.STEP, footer=True),
    Command("back", "alt+left,f11", "screen.previous_step", Group.STEP, footer=True),
    Command("next", "alt+right,f12", "screen.next_step", Group.STEP, footer=True),
    Command("log", "f2", "screen.show_log", Group.PANES, footer=True),
    Command("chain", "f3", "screen.show_chain", Group.PANES, footer=True),
    Command("commands", "f4", "screen.show_commands", Group.PANES, footer=True),
    Command("files", "f6", "screen.show_files", Group.PANES),
    Command("rail", "f10", "screen.show_rail", Group.PANES),
    Command("explain_step", "f9", "screen.explain_step", Group.STEP),
    Command("run_all", "ctrl+r", "screen.run_all", Group.STEP),
    Command("elsewhere", "ctrl+o", "screen.toggle_elsewhere", Group.STEP),
    Command("report", "ctrl+g", "screen.show_report", Group.STEP),
    Command("undo", "ctrl+y", "screen.show_undo", Group.STEP),
    Command("place", "ctrl+s", "app.place", Group.STEP),
    Command("faults", "f7", "screen.show_faults", Group.STEP, footer=True),
    Command("diagnose", "f8", "app.diagnose", Group.PROGRAM, footer=True),
    Command("status", "ctrl+l", "app.status", Group.PROGRAM),
    Command("welcome", "ctrl+n", "app.welcome", Group.PROGRAM),
    Command("settings", "ctrl+t", "app.settings", Group.PROGRAM),
    Command("help", "f1", "app.help", Group.PROGRAM, footer=True),
    Command("palette", "ctrl+p", "app.command_palette", Group.PROGRAM, footer=True, priority=True),
    Command("quit", "ctrl+q", "app.quit", Group.PROGRAM, footer=True, priority=True),
)


def bindings() -> list[Binding]:
    """Return every command as a binding, in the order of the table."""
    return [command.binding() for command in COMMANDS]


def entries(keymap: dict[str, str]) -> Iterator[Entry]:
    """Yield every command as the help shows it, with the user's own keys in the place of the table's."""
    for command in COMMANDS:
        key = keymap.get(command.id, command.key).partition(",")[0]
        yield Entry(text(f"wizard.group.{command.group.value}"), key, command.name, command.tip)
