"""The two lines that frame the screen: where one is, above; which keys there are, below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from screens.command import key_label
from screens.shown import shown
from screens.symbols import RUNNING, STATES, Symbol
from services.guide.step import SECTIONS
from services.text import language, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from screens.walk import Walk

_ALWAYS = ("palette", "quit")
_GAP = 2


class TopBar(Widget):
    """Which world, which name, which deployment; where there is little room, how far the guide has come."""

    def __init__(self, walk: Walk | None = None) -> None:
        super().__init__()
        self.walk = walk
        self.section = ""

    def render(self) -> Content:
        """Return the line."""
        name = Content.styled("emqx-mtls", "bold")
        if self.walk is None:
            return self._spread(name, Content.styled(text(f"wizard.language.{language()}"), "$text-muted"))
        world = self.walk.guide.world
        badge = Content.styled(
            f" {text('wizard.badge.staging' if world.acme.staging else f'wizard.badge.{world.kind}')} ",
            f"bold $background on ${'accent' if world.practice else 'warning'}",
        )
        if self.section and self.screen.has_class("-narrow"):
            return self._spread(Content("  ").join([badge, self._place()]), shown(self._domain(), "$text-muted"))
        tongue = Content.styled(text(f"wizard.language.{language()}"), "$text-muted")
        start = Content("   ").join([name, badge, shown(self._domain())])
        address = Content.assemble(("  →  ", "$text-muted"), shown(world.emqx.address, "$text-muted"))
        if world.emqx.address and sum(part.cell_length for part in (start, address, tongue)) + _GAP <= self.size.width:
            start = Content.assemble(start, address)
        return self._spread(start, tongue)

    def _domain(self) -> str:
        if self.walk is None:
            return ""
        result = self.walk.result("subdomain")
        return (
            str(result["domain"]) if isinstance(result, dict) and "domain" in result else self.walk.guide.world.domain
        )

    def _place(self) -> Content:
        """Return the step's name, its number, and the symbol of every step."""
        if self.walk is None or self.section not in SECTIONS:
            return Content("")
        title = shown(text(f"wizard.section.{self.section}"), "bold")
        number = text("wizard.step-of", number=SECTIONS.index(self.section) + 1, total=len(SECTIONS))
        marks = Content.assemble(*((symbol.mark, symbol.style) for symbol in map(self._symbol, SECTIONS)))
        return Content("  ").join([title, Content.styled(number, "$text-muted"), marks])

    def _symbol(self, section: str) -> Symbol:
        if self.walk is not None and self.walk.running == section:
            return RUNNING
        return STATES[self.walk.standings[section].state] if self.walk else RUNNING

    def _spread(self, start: Content, end: Content) -> Content:
        room = max(2, self.size.width - start.cell_length - end.cell_length)
        return Content.assemble(start, " " * room, end).truncate(max(1, self.size.width), ellipsis=True)


class KeyBar(Widget):
    """The keys that work now, each to be pressed or clicked; as many as there is room for.

    `names` tells what a command is called here, where that is not its name everywhere.
    """

    def __init__(self, names: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self._names = names or (lambda command: text(f"wizard.command.{command}"))
        self._places: list[tuple[range, str]] = []

    def on_mount(self) -> None:
        """Follow the focus: other widgets, other keys."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def render(self) -> Content:
        """Return the line: what can be done here, and at its end what can be done everywhere."""
        keys = self._keys()
        ends = [key for name, key in keys.items() if name in _ALWAYS]
        room = self.size.width - sum(_width(key) for key in ends)
        starts = []
        for name, key in keys.items():
            if name not in _ALWAYS and room >= _width(key):
                starts.append(key)
                room -= _width(key)
        self._places = []
        parts: list[Content | str] = []
        column = 0
        for place, key in enumerate((*starts, *ends)):
            if place == len(starts):
                parts.append(" " * max(0, room))
                column += max(0, room)
            part = _part(key)
            self._places.append((range(column, column + part.cell_length - _GAP), key[2]))
            parts.append(part)
            column += part.cell_length
        return Content.assemble(*parts).truncate(max(1, self.size.width))

    async def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        column = event.get_content_offset(self)
        for place, action in self._places:
            if column is not None and column.x in place:
                await self.run_action(action)

    def _keys(self) -> dict[str, tuple[str, str, str]]:
        """Return key, name and action of each command to show, by id."""
        found: dict[str, tuple[str, str, str]] = {}
        for key, (node, binding, enabled, _) in self.screen.active_bindings.items():
            if not (binding.show and enabled and binding.id) or binding.id in found:
                continue
            action = binding.action if "." in binding.action else self._named(binding.action, node)
            found[binding.id] = (key_label(key), self._names(binding.id), action)
        return found

    def _named(self, action: str, node: object) -> str:
        return f"{'focused' if node is self.screen.focused else 'screen'}.{action}"


def _part(key: tuple[str, str, str]) -> Content:
    return Content.assemble((key[0], "$accent bold"), " ", (key[1], "$text-muted"), " " * _GAP)


def _width(key: tuple[str, str, str]) -> int:
    return _part(key).cell_length
