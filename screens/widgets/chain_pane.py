"""The chain pane: the certificates as they come to be, from root to leaf, for the server's side and the client's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.chain_model import LINKS, MARKS, Link, Node, Part, Tree
from screens.shown import shown
from screens.wrapping import NARROWEST, wrap
from services.text import text

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Size

_STYLES = {
    Part.ROOT: "$accent",
    Part.CROSS: "",
    Part.INTERMEDIATE: "",
    Part.LEAF: "",
    Part.MISSING: "$error",
}


class ChainTrees(Widget, can_focus=True):
    """The trees; up and down walk over the certificates, Enter opens one."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up", "move(-1)", "chain-up", id="chain-up", show=False),
        Binding("down", "move(1)", "chain-down", id="chain-down", show=False),
        Binding("enter", "open", "chain-open", id="chain-open"),
    ]
    trees: reactive[tuple[Tree, ...]] = reactive((), layout=True)
    cursor: reactive[int] = reactive(0)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of all trees, in order."""
        return tuple(node for tree in self.trees for node in tree.nodes)

    def render(self) -> Content:
        """Return the trees, one below the other."""
        return Content("\n").join(self._rows(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return how many rows they take."""
        return len(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        if not self.trees:
            return wrap(Content.styled(text("chain.empty"), "$text-muted"), max(NARROWEST, width))
        rows: list[Content] = []
        place = 0
        for tree in self.trees:
            if rows:
                rows.append(Content(""))
            rows.append(shown(tree.title, "bold $text-muted"))
            for index, node in enumerate(tree.nodes):
                below = tree.nodes[index + 1].link if index + 1 < len(tree.nodes) else Link.NONE
                rows += self._node_rows(node, below, width, marked=self.has_focus and place == self.cursor)
                place += 1
        return rows

    def _node_rows(self, node: Node, below: Link, width: int, *, marked: bool) -> list[Content]:
        """Return the rows of one certificate; the line at its left leads to the one below, whole or broken."""
        width = max(NARROWEST + 2, width)
        style = _STYLES[node.part]
        name = shown(node.name, "bold" if node.part is Part.LEAF else "").truncate(width - 2, ellipsis=True)
        first = Content.assemble((f"{MARKS[node.part]} ", style), name)
        rows = [first.stylize("reverse" if marked else "")]
        line = (f"{LINKS[below]} ", "$error" if below is Link.BROKEN else "$text-muted")
        notes = [shown(note, "$text-muted") for note in node.notes]
        if node.wrong is not None:
            notes.append(shown(node.wrong, "$error"))
        if below is Link.BROKEN:
            notes.append(Content.styled(text("chain.link.broken"), "$error"))
        rows += [Content.assemble(line, part) for note in notes for part in wrap(note, width - 2)]
        return rows

    def watch_trees(self) -> None:
        """The cursor stays where there is something."""
        self.cursor = min(self.cursor, max(0, len(self.nodes) - 1))

    def action_move(self, by: int) -> None:
        """Move to another certificate."""
        if self.nodes:
            self.cursor = (self.cursor + by) % len(self.nodes)

    def action_open(self) -> None:
        """Open the certificate under the cursor."""
        if self.nodes and self.nodes[self.cursor].pem:
            self.post_message(ChainPane.Opened(self.nodes[self.cursor]))

    def on_click(self, event: events.Click) -> None:
        """Open the certificate that was clicked."""
        place, row = 0, 0
        for number, tree in enumerate(self.trees):
            row += 1 + (number > 0)
            for index, node in enumerate(tree.nodes):
                below = tree.nodes[index + 1].link if index + 1 < len(tree.nodes) else Link.NONE
                height = len(self._node_rows(node, below, self.size.width, marked=False))
                if row <= event.y < row + height:
                    self.cursor = place
                    self.action_open()
                    return
                row, place = row + height, place + 1


class ChainPane(VerticalScroll, can_focus=False):
    """The pane around the trees; scrolls where they are long."""

    @dataclass
    class Opened(Message):
        """The user wants to see a certificate."""

        node: Node

    def compose(self) -> ComposeResult:
        """Hold the trees."""
        yield ChainTrees()

    @property
    def trees(self) -> ChainTrees:
        """The trees themselves."""
        return self.query_one(ChainTrees)
