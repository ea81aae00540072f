"""Two of the four parts of every step: the equivalent commands, and what the step left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.shown import shown, shown_lines, tail
from screens.wrapping import NARROWEST, wrap
from services.text import text

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size

    from services.guide.step import Command


_SHELL_HANG: Final = 4  # columns by which what goes on of a shell line is moved in


def script(commands: tuple[Command, ...]) -> str:
    """Return `commands` as a shell script: each below a comment that says what it does."""
    return "\n\n".join(f"# {command.what}\n{command.shell}" for command in commands) + "\n"


class CommandsPanel(Widget, can_focus=True):
    """The shell commands that do the same, with the form's values."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("enter", "ask('open')", "commands-open", id="commands-open"),
        Binding("c", "ask('copy')", "commands-copy", id="commands-copy"),
        Binding("s", "ask('save')", "commands-save", id="commands-save"),
    ]
    commands: reactive[tuple[Command, ...]] = reactive((), layout=True)
    _wrapped: tuple[int, tuple[Command, ...], list[Content]] = (0, (), [])

    @dataclass
    class Asked(Message):
        """The commands are wanted: opened, copied or saved (`how`)."""

        how: str
        script: str

    def render(self) -> Content:
        """Return each command below what it does."""
        return Content("\n").join(self._rows(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many rows they take."""
        return len(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        if self._wrapped[:2] != (width, self.commands):
            self._wrapped = (width, self.commands, self._wrap(max(NARROWEST, width)))
        return self._wrapped[2]

    def _wrap(self, width: int) -> list[Content]:
        """Return the rows; what goes on of a command stands further in."""
        rows = wrap(Content.styled(text("wizard.part.commands"), "bold $text-muted"), width)
        for command in self.commands:
            rows += wrap(shown(f"# {command.what}", "$text-muted"), width)
            rows += wrap(shown_lines(command.shell), width, _SHELL_HANG)
        if not self.commands:
            rows += wrap(Content.styled(text("wizard.commands.none"), "$text-muted"), width)
        return rows

    def action_ask(self, how: str) -> None:
        """Ask for the commands to be opened, copied or saved."""
        if self.commands:
            self.post_message(self.Asked(how, script(self.commands)))


class ArtifactsPanel(Widget, can_focus=True):
    """The files that the step left; Enter or a click opens one."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up", "move(-1)", "artifacts-up", id="artifacts-up", show=False),
        Binding("down", "move(1)", "artifacts-down", id="artifacts-down", show=False),
        Binding("enter", "open", "artifacts-open", id="artifacts-open"),
        Binding("c", "copy(-1)", "artifacts-copy", id="artifacts-copy"),
        *(
            Binding(str(n), f"copy({n - 1})", "artifacts-copy-one", id=f"artifacts-copy-{n}", show=False)
            for n in range(1, 10)
        ),
    ]
    artifacts: reactive[tuple[tuple[str, Path], ...]] = reactive((), layout=True)
    done: reactive[bool] = reactive(False)  # nothing more is to come
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Opened(Message):
        """The user wants to see the file at `path`."""

        role: str
        path: Path

    @dataclass
    class CopyAsked(Message):
        """The user wants the content of the file at `path` on the clipboard."""

        path: Path

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def render(self) -> Content:
        """Return one row for each file: what it is, and where it lies in the workspace, its end where it is long."""
        rows = [Content.styled(text("wizard.part.files"), "bold $text-muted")]
        names = [shown(text(f"artifact.{role}")) for role, _ in self.artifacts]
        width = max((name.cell_length for name in names), default=0)
        for place, (name, (_, path)) in enumerate(zip(names, self.artifacts, strict=True)):
            gap = " " * (width - name.cell_length + 2)
            room = max(NARROWEST, self.size.width - width - 4)
            where = shown(tail(self._within(path), room), "$text-muted")
            row = Content.assemble((f"{place + 1} ", "$text-muted"), name, gap, where)
            rows.append(row.stylize("reverse" if self.has_focus and place == self.cursor else ""))
        if not names:
            none = text("wizard.files.needless" if self.done else "wizard.files.none")
            rows.append(Content.styled(none, "$text-muted"))
        elif self.has_focus:
            rows.append(Content.styled(text("wizard.files.keys"), "$text-muted"))
        return Content("\n").join(rows)

    def _within(self, path: Path) -> str:
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)

    def watch_artifacts(self, artifacts: tuple[tuple[str, Path], ...]) -> None:
        """The cursor stays where there is something."""
        self.cursor = min(self.cursor, max(0, len(artifacts) - 1))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        if self.artifacts:
            self.cursor = (self.cursor + by) % len(self.artifacts)

    def action_open(self) -> None:
        """Open the file under the cursor."""
        if self.artifacts:
            self.post_message(self.Opened(*self.artifacts[self.cursor]))

    def action_copy(self, place: int) -> None:
        """Copy the content of the file at `place` of the list; of the one under the cursor where it is -1."""
        if place < len(self.artifacts):
            self.post_message(self.CopyAsked(self.artifacts[self.cursor if place < 0 else place][1]))

    def on_click(self, event: events.Click) -> None:
        """Open the file that was clicked."""
        place = event.y - 1
        if 0 <= place < len(self.artifacts):
            self.cursor = place
            self.action_open()
