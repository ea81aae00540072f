"""The log pane: what certbot, AWS, DNS, EMQX and the broker say, as they say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from screens.shown import shown
from services.text import text

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import ComposeResult
    from textual.content import Content
    from textual.selection import Selection

    from screens.log_model import LogModel

_REFRESH_SECONDS: Final = 0.05
COPIED_LINES: Final = 2_000  # a terminal takes only so much through OSC 52; a file takes all
_PREFIX: Final = "hh:mm:ss source   "


class LogLines(ScrollView, can_focus=True):
    """The lines themselves. Only the rows in sight are rendered, so the number of lines does not matter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--past", "log--source", "log--line", "log--found"}
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("f", "follow", "log-follow", id="log-follow"),
        Binding("slash", "search", "log-search", id="log-search"),
        Binding("n", "again(False)", "log-next", id="log-next", show=False),
        Binding("N", "again(True)", "log-previous", id="log-previous", show=False),
        Binding("o", "source", "log-source", id="log-source"),
        Binding("c", "copy", "log-copy", id="log-copy"),
        Binding("s", "save", "log-save", id="log-save"),
    ]

    def __init__(self, model: LogModel) -> None:
        super().__init__()
        self.model = model
        self.following = True
        self.words = ""
        self.found: int | None = None
        self._seen = -1

    def on_mount(self) -> None:
        """Look for new lines twenty times a second: a burst of thousands is one repaint."""
        self.set_interval(_REFRESH_SECONDS, self.catch_up)

    def catch_up(self) -> None:
        """Show what has been added since the last look."""
        if self._seen == self.model.changes:
            return
        self._seen = self.model.changes
        self.virtual_size = Size(self.model.width + len(_PREFIX), len(self.model))
        if self.following:
            self._to_end()
        self.refresh()
        self.post_message(LogPane.Looked())

    def on_resize(self) -> None:
        """What follows the end goes on doing so."""
        if self.following:
            self._to_end()

    def _to_end(self) -> None:
        """Scroll to the end; only after the next refresh, where there was nothing to scroll before."""
        self.scroll_end(animate=False, immediate=self.show_vertical_scrollbar, x_axis=False)

    def render_line(self, y: int) -> Strip:
        """Return row `y` of what is in sight."""
        scroll_x, scroll_y = self.scroll_offset
        index, width = scroll_y + y, self.size.width
        base = self.rich_style
        if index >= len(self.model):
            return Strip.blank(width, base)
        strip = Strip(self._segments(index, base))
        return strip.crop_extend(scroll_x, scroll_x + width, base).apply_offsets(scroll_x, index)

    def _segments(self, index: int, base: Style) -> list[Segment]:
        line = self.model[index]
        name = "log--found" if index == self.found else "log--line"
        time = line.at.astimezone().strftime("%H:%M:%S ")
        style = base + self.get_component_rich_style(name, partial=True)
        segments = [
            Segment(time, base + self.get_component_rich_style("log--past", partial=True)),
            Segment(f"{line.source:<8} ", base + self.get_component_rich_style("log--source", partial=True)),
        ]
        return segments + self._marked(line.text, index, style)

    def _marked(self, words: str, index: int, style: Style) -> list[Segment]:
        """Return the line's text, what is selected in it with the screen's selection style."""
        span = self.text_selection.get_span(index) if self.text_selection is not None else None
        if span is None:
            return [Segment(words, style)]
        prefix = len(_PREFIX)
        start, end = max(0, span[0] - prefix), len(words) if span[1] == -1 else max(0, span[1] - prefix)
        selected = style + self.screen.get_component_rich_style("screen--selection")
        return [Segment(words[:start], style), Segment(words[start:end], selected), Segment(words[end:], style)]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text under the mouse's selection."""
        rows = [self.model[index] for index in range(len(self.model))]
        lines = (f"{row.at.astimezone():%H:%M:%S} {row.source:<8} {row.text}" for row in rows)
        return selection.extract("\n".join(lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's signature
        """Repaint: the selection is drawn with the lines."""
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling up freezes the log; reaching its end lets it follow again."""
        super().watch_scroll_y(old_value, new_value)
        at_end = new_value >= self.max_scroll_y
        if new_value < old_value and not at_end and self.virtual_size.height == len(self.model):
            self._follow(following=False)
        elif at_end and new_value > old_value:
            self._follow(following=True)

    def action_follow(self) -> None:
        """Follow the end, or freeze where it is."""
        self._follow(following=not self.following)
        if self.following:
            self.scroll_end(animate=False, x_axis=False)

    def _follow(self, *, following: bool) -> None:
        if following != self.following:
            self.following = following
            self.post_message(LogPane.Looked())

    def action_source(self) -> None:
        """See the next source only; after the last, all again."""
        order = [None, *self.model.sources]
        place = order.index(self.model.source) if self.model.source in order else 0
        self.model.show_only(order[(place + 1) % len(order)])
        self.found, self.following = None, True
        self.catch_up()

    def action_search(self) -> None:
        """Ask for the words to look for."""
        self.post_message(LogPane.SearchAsked())

    def search(self, words: str) -> bool:
        """Go to the last line that holds `words`; tell whether there is one."""
        self.words, self.found = words, None
        return self._go(len(self.model) - 1, backwards=True)

    def action_again(self, backwards: bool) -> None:
        """Go to the next line (or the one before) that holds the words."""
        start = 0 if self.found is None else self.found + (-1 if backwards else 1)
        self._go(start, backwards=backwards)

    def _go(self, start: int, *, backwards: bool) -> bool:
        self.found = self.model.find(self.words, start, backwards=backwards)
        if self.found is not None:
            self._follow(following=False)
            self.scroll_to(y=max(0, self.found - self.size.height // 2), animate=False)
        self.refresh()
        self.post_message(LogPane.Looked())
        return self.found is not None

    def action_copy(self) -> None:
        """Copy the lines seen through the filter, the last COPIED_LINES of them."""
        self.post_message(LogPane.CopyAsked(self.model.as_text(COPIED_LINES)))

    def action_save(self) -> None:
        """Save the lines seen through the filter."""
        self.post_message(LogPane.SaveAsked())


class LogBar(Widget):
    """The log's own line: its name, the source seen, following or frozen, and how many lines there are."""

    def __init__(self, lines: LogLines) -> None:
        super().__init__()
        self._lines = lines

    def render(self) -> Content:
        """Return the line."""
        lines, model = self._lines, self._lines.model
        source = model.source.value if model.source else text("log.all")
        state = text("log.following" if lines.following else "log.frozen")
        parts = [text("log.title"), source, state, text("log.count", count=len(model))]
        if lines.words:
            parts.append(text("log.found" if lines.found is not None else "log.not-found", words=lines.words))
        if model.dropped:
            parts.append(text("log.dropped", count=model.dropped))
        return shown(parts[0], "bold") + shown("   " + "  ·  ".join(parts[1:]), "$text-muted")

    def on_click(self) -> None:
        """A click takes the focus to the lines."""
        self._lines.focus()


class LogPane(Vertical):
    """The pane: its bar above its lines."""

    @dataclass
    class Looked(Message):
        """The lines, the filter or the place changed; many of these are as good as one."""

        def can_replace(self, message: Message) -> bool:
            """A later one takes the place of one that still waits."""
            return isinstance(message, LogPane.Looked)

    @dataclass
    class SearchAsked(Message):
        """The user wants to look for words."""

    @dataclass
    class SaveAsked(Message):
        """The user wants the lines in a file."""

    @dataclass
    class CopyAsked(Message):
        """The user wants `lines` on the clipboard."""

        lines: str

    def __init__(self, model: LogModel, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.lines = LogLines(model)

    def compose(self) -> ComposeResult:
        """Lay the bar above the lines."""
        yield LogBar(self.lines)
        yield self.lines

    def on_log_pane_looked(self, event: Looked) -> None:
        """Bring the bar up to date."""
        event.stop()
        self.query_one(LogBar).refresh()
