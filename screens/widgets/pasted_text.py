"""A field of a few lines to paste an error text into; what a terminal would obey never gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widgets import TextArea

from services.outside import safe_lines

if TYPE_CHECKING:
    from textual import events

_MOST: Final = 100_000  # characters of one paste that are kept


class PastedText(TextArea):
    """Textual's TextArea for plain text: Tab goes on to the next field."""

    def __init__(self, words: str, *, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(harmless(words), soft_wrap=True, tab_behavior="focus", compact=True, id=id)

    async def _on_paste(self, event: events.Paste) -> None:
        """Take what was pasted, made harmless first."""
        event.prevent_default()
        event.stop()
        self.replace(harmless(event.text), *self.selection)


def harmless(words: str) -> str:
    """Return `words` as lines that hold nothing but printable text."""
    return "\n".join(safe_lines(words[:_MOST]))
