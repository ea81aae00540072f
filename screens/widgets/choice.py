"""Two small inputs in one row of the screen: one of a few words, and yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.shown import shown
from services.text import has, text

if TYPE_CHECKING:
    from textual import events


class Choice(Widget, can_focus=True):
    """One of a few words; left, right, space or a click change it."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("right,space", "step(1)", "choice-next", id="choice-next"),
        Binding("left", "step(-1)", "choice-previous", id="choice-previous", show=False),
    ]
    value: reactive[str] = reactive("", init=False)

    @dataclass
    class Changed(Message):
        """Another word was chosen."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            """The widget it happened to."""
            return self.choice

    def __init__(self, choices: tuple[str, ...], value: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.choices = choices
        self.set_reactive(Choice.value, value or choices[0])

    def render(self) -> Content:
        """Return the word between the arrows that change it."""
        label = f"form.choice.{self.value}"
        word = shown(text(label) if has(label) else self.value)
        return Content.assemble(("◂ ", "$text-muted"), word, (" ▸", "$text-muted"))

    def watch_value(self, value: str) -> None:
        """Tell the form."""
        self.post_message(self.Changed(self, value))

    def action_step(self, by: int) -> None:
        """Choose the next word, or the one before."""
        place = self.choices.index(self.value) if self.value in self.choices else 0
        self.value = self.choices[(place + by) % len(self.choices)]

    def on_click(self, event: events.Click) -> None:
        """A click on the left arrow goes back, anywhere else on."""
        self.action_step(-1 if event.x < 2 else 1)


class Switch(Choice):
    """Yes or no."""

    def __init__(self, value: str = "false", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(("true", "false"), value or "false", id=id)

    def render(self) -> Content:
        """Return the box and the word."""
        on = self.value == "true"
        return Content.assemble(
            ("[✓] " if on else "[ ] ", "$accent" if on else "$text-muted"), shown(text(f"wizard.switch.{self.value}"))
        )
