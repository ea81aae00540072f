"""Looks at one text: a file of the workspace, a certificate, commands, the report. Copies it, or saves it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from screens import deliver
from screens.base import WizardScreen
from screens.prose import prose
from screens.shown import shown, shown_lines
from screens.widgets.bars import KeyBar
from screens.widgets.words import Words
from services.errors import ServiceError
from services.files import read_file
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult

_SHOWN_CHARACTERS = 200_000


class ViewerScreen(WizardScreen[None]):
    """One text, to be scrolled through.

    Args:
        title: what it is.
        words: the text, as it is copied and saved.
        content: how it is shown; None: as it is.
        path: the file it was read from.
    """

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q", "leave", "viewer-close", id="viewer-close"),
        Binding("c", "copy", "viewer-copy", id="viewer-copy"),
        Binding("s", "save", "viewer-save", id="viewer-save"),
    ]

    def __init__(self, title: str, words: str, content: Content | None = None, path: Path | None = None) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._content = content
        self._path = path

    @classmethod
    def of_markdown(cls, title: str, markdown: str) -> ViewerScreen:
        """Return a viewer of a short Markdown text of our own."""
        return cls(title, markdown, prose(markdown))

    @classmethod
    def of_file(cls, title: str, path: Path) -> ViewerScreen:
        """Return a viewer of the file at `path`; of why it cannot be shown, where it cannot.

        A private key is not put on the screen: its path and its permissions are what one needs to know of it.
        """
        try:
            words = read_file(path).decode("utf-8", "replace")
        except ServiceError as error:
            return cls(title, "", shown(str(error)), path)
        if "PRIVATE KEY-----" in words:
            mode = f"{path.stat().st_mode & 0o777:o}"
            return cls(title, "", shown(text("wizard.viewer.key", mode=mode)), path)
        return cls(title, words, None, path)

    def compose(self) -> ComposeResult:
        """Lay the text between its title and the keys."""
        title = shown(self._title, "bold")
        if self._path is not None:
            title = Content.assemble(title, ("   ", ""), shown(self._path, "$text-muted"))
        yield Words(title, classes="viewer-title")
        with VerticalScroll(classes="viewer-body"):
            content = self._content or shown_lines(self._words[:_SHOWN_CHARACTERS])
            yield Words(content)
        yield KeyBar()

    def allows(self, action: str) -> bool:
        """What is not to be shown is not to be copied."""
        return bool(self._words) or action not in {"copy", "save"}

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the text."""
        deliver.copy(self, self._words)

    def action_save(self) -> None:
        """Save the text."""
        deliver.save(self, self._words, Path(self._path.name if self._path else "emqx-mtls.txt").absolute())
