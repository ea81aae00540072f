"""Text in lines that are broken as its language wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.wrapping import NARROWEST, wrap

if TYPE_CHECKING:
    from textual.geometry import Size


class Words(Widget):
    """Some lines of text, as high as they need; a plain text is never read as markup.

    Args:
        content: the text.
        hang: by how many columns what goes on of a line is moved in.
    """

    DEFAULT_CSS = "Words { height: auto; }"
    content: reactive[Content] = reactive(Content(""), layout=True)

    def __init__(
        self,
        content: Content | str = "",
        *,
        hang: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._hang = hang
        self._wrapped: tuple[int, Content, list[Content]] | None = None
        self.set_reactive(Words.content, _content(content))

    def update(self, content: Content | str) -> None:
        """Show `content` from now on."""
        self.content = _content(content)

    def render(self) -> Content:
        """Return the text in the width there is."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many lines it takes."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        """Return its lines; they are broken once for a width."""
        if self._wrapped is None or self._wrapped[0] != width or self._wrapped[1] is not self.content:
            self._wrapped = (width, self.content, wrap(self.content, max(NARROWEST, width), self._hang))
        return self._wrapped[2]


def _content(words: Content | str) -> Content:
    return words if isinstance(words, Content) else Content(words)
