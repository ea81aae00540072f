"""A line to type in that never holds what a terminal would obey, also when it is pasted or proposed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widgets import Input

from screens.shown import tail
from services.outside import LINE_LIMIT, safe

if TYPE_CHECKING:
    from textual import events

_LINES_LIMIT: Final = 50_000  # characters that are kept of what is pasted with its line ends
_LINE_FEED, _RETURN = "\u240a", "\u240d"  # as the door shows them


class LineInput(Input):
    """Textual's Input, one row high; what is shown of it has passed the door. A password is masked and kept.

    Of a path that is too long its end is shown, until it is edited.
    Of a paste Textual takes the first line; with `lines` all of it is taken, each line end shown by its picture.
    """

    def __init__(
        self,
        value: str = "",
        *,
        path: bool = False,
        lines: bool = False,
        password: bool = False,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        self._lines = lines
        super().__init__(
            value if password else self._harmless(value),
            compact=True,
            password=password,
            placeholder=placeholder,
            suggester=PathSuggester() if path else None,
            id=id,
        )
        self._path = path

    def validate_value(self, value: str) -> str:
        """Return `value` as it may be shown."""
        return value if self.password else self._harmless(value)

    def _harmless(self, words: str) -> str:
        return safe(words, limit=_LINES_LIMIT if self._lines else LINE_LIMIT)

    def _on_paste(self, event: events.Paste) -> None:
        """Take what was pasted; all its lines, where they are wanted."""
        if self._lines:
            event.prevent_default()
            event.stop()
            self.replace(self._harmless(event.text.strip()), *self.selection)

    def render_line(self, y: int) -> Strip:
        """Return the row; what does not fit is seen not to, while nobody edits it."""
        width = self.scrollable_content_region.width
        if y or self.has_focus or self.password or cell_len(self.value) <= width:
            return super().render_line(y)
        words = tail(self.value, width) if self._path else f"{set_cell_size(self.value, width - 1)}…"
        return Strip([Segment(words)]).extend_cell_length(width).apply_style(self.rich_style)


def with_line_ends(words: str) -> str:
    """Return what was typed or pasted into a field with `lines`, its line ends as they were."""
    return words.replace(_RETURN, "").replace(_LINE_FEED, "\n")


class PathSuggester(Suggester):
    """Completes the last part of a path from what is on the disk; the right arrow takes it."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first path that begins as `value` does; None where there is none, or its name is not harmless."""
        folder, slash, begin = value.rpartition("/")
        if not begin:
            return None
        try:
            names = _names_in(folder or slash or ".", begin)
        except (OSError, ValueError):
            return None
        return next((f"{folder}{slash}{name}" for name in names if name == safe(name)), None)


def _names_in(folder: str, begin: str) -> list[str]:
    """Return the names in `folder` that begin as `begin`, in order; those of folders end in a slash."""
    with os.scandir(Path(folder).expanduser()) as entries:
        return sorted(entry.name + "/" * entry.is_dir() for entry in entries if entry.name.startswith(begin))
