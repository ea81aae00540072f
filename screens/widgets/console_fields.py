"""What goes into which field of EMQX Cloud's console, each copied by one key; the private key is never shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.shown import shown
from services.guide.console_fields import ConsoleField
from services.text import text

if TYPE_CHECKING:
    from pathlib import Path

_KEYS = "12345"
_APART = 4  # the fields of the console's older form; after them what its newer form has in their place


class ConsoleFields(Widget, can_focus=True):
    """The fields, each with the key that copies it and the file that holds the same."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        *(Binding(key, f"copy({place})", f"console-copy-{key}", show=False) for place, key in enumerate(_KEYS)),
        Binding("c", "copy_next", "console-copy", id="console-copy"),
    ]
    fields: reactive[tuple[ConsoleField, ...]] = reactive((), layout=True)
    sent: reactive[dict[str, str]] = reactive(dict, layout=True)  # when each was copied last, by name

    @dataclass
    class CopyAsked(Message):
        """A field's content is wanted on the clipboard."""

        panel: ConsoleFields
        field: ConsoleField

    def __init__(self, root: Path) -> None:
        super().__init__(classes="console-fields")
        self._root = root
        self._told = ""
        self.display = False

    def render(self) -> Content:
        """Return one row for each field: its key, its name, its file, and when it was copied."""
        labels = [shown(field.label) for field in self.fields]
        width = max((label.cell_length for label in labels), default=0)
        rows = [Content.styled(text("wizard.console.title"), "bold")]
        for place, (field, label) in enumerate(zip(self.fields, labels, strict=True)):
            if place == _APART:
                rows.append(Content.styled(text("wizard.console.newer"), "$text-muted"))
            gap = " " * (width - label.cell_length + 2)
            rows.append(Content.assemble((f"{_KEYS[place]} ", "$accent bold"), label, gap, *self._state(field)))
        rows.append(Content.styled(self._told or self._how(), "$text-muted"))
        return Content("\n").join(rows)

    def _how(self) -> str:
        return text("wizard.console.keys" if self.has_focus else "wizard.console.keys-away")

    def _state(self, field: ConsoleField) -> tuple[Content | tuple[str, str], ...]:
        where = field.path.relative_to(self._root) if field.path.is_relative_to(self._root) else field.path
        words = f"{where}  {text('wizard.console.never-shown')}" if field.is_key else str(where)
        if field.name not in self.sent:
            return (shown(words, "$text-muted"),)
        return (
            (f"✓ {text('wizard.console.sent', time=self.sent[field.name])}  ", "$success"),
            shown(where, "$text-muted"),
        )

    def action_copy(self, place: int) -> None:
        """Copy the field at `place`."""
        if place < len(self.fields):
            self.post_message(self.CopyAsked(self, self.fields[place]))

    def action_copy_next(self) -> None:
        """Copy the first field that was not copied yet: `c` four times is all of the older form."""
        place = next((n for n, field in enumerate(self.fields[:_APART]) if field.name not in self.sent), 0)
        self.action_copy(place)

    def note_sent(self, field: ConsoleField, time: str, lines: int) -> None:
        """Note that `field` was sent to the clipboard at `time`, and where the same lies: a clipboard never answers."""
        where = shown(field.path).plain
        self._told = text("wizard.console.copied", field=str(field.label), count=lines, path=where)
        self.sent = self.sent | {field.name: time}

    def begin(self) -> None:
        """Forget what was copied for an earlier run."""
        self._told = ""
        self.sent = {}

    def watch_has_focus(self, focused: bool) -> None:
        """The last row says how the keys are reached."""
        super().watch_has_focus(focused)
        self.refresh(layout=True)
