"""Asks where a real set-up takes place, before its world is opened; and later, where that is to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from screens.base import WizardScreen
from screens.fields import Field, Kind, Rows, build, defaults_of, values_of
from screens.prose import prose
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.form import Form
from screens.widgets.words import Words
from services.errors import InputError
from services.secrets import SecretStore
from services.text import guide_text, text

if TYPE_CHECKING:
    from textual.app import ComposeResult

_OTHER: Final = ("server", "other")

WHAT: Final[Rows] = (
    (Field("domain"),),
    (Field("address"),),
    (Field("port"),),
)
"""What is set up: asked for at first; afterwards the steps' own forms have it."""

WHERE: Final[Rows] = (
    (Field("server", Kind.CHOICE, ("staging", "production", "other")),),
    (Field("directory", when=_OTHER),),
    (Field("roots", Kind.PATH, when=_OTHER),),
    (Field("profile"), Field("certbot_profile")),
    (Field("platform_url"),),
    (Field("deployment_id"),),
    (Field("api_url"),),
    (Field("nameserver"),),
)
"""Where the outside is."""

ROWS: Final[Rows] = (*WHAT, *WHERE)


class PlaceScreen(WizardScreen[None]):
    """The form.

    Args:
        kind: the record it makes.
        values: the plain values that it begins with; None for the record's own.
        later: the set-up has begun already, and only where the outside is can be changed here.
    """

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape", "leave", "viewer-close", id="viewer-close"),
    ]

    @dataclass
    class Ready(Message):
        """The form was filled in: `place` is a record of the kind asked for."""

        place: Any

    def __init__(self, kind: type[Any], values: dict[str, Any] | None = None, *, later: bool = False) -> None:
        super().__init__()
        self._kind = kind
        self._base = defaults_of(kind) if values is None else values
        self._later = later
        self._rows = WHERE if later else ROWS

    def compose(self) -> ComposeResult:
        """Lay the form below its explanation."""
        yield TopBar()
        with VerticalScroll(classes="step-view", can_focus=False):
            yield Words(Content.styled(text("wizard.place.title"), "bold"))
            yield Words(prose(guide_text("place-later" if self._later else "place")), classes="step-purpose")
            yield Form("place", self._rows, values_of(self._base, self._rows), SecretStore({}))
            with Horizontal(classes="step-actions"):
                label = text("wizard.button.use" if self._later else "wizard.button.next")
                yield Button(Content(label), id="next", compact=True, variant="primary")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin at the first field."""
        next(iter(self.query_one(Form).inputs())).focus()

    @on(Form.Changed)
    def _typed(self, event: Form.Changed) -> None:
        event.stop()
        self._record(typing=True)

    @on(Form.Submitted)
    @on(Button.Pressed)
    def _done(self, event: Message) -> None:
        event.stop()
        form = self.query_one(Form)
        if (place := self._record()) is not None:
            self.post_message(self.Ready(place))
        elif form.error is not None:
            for widget in self.query(f"#field-{form.error.field}"):
                widget.focus()

    def _record(self, *, typing: bool = False) -> Any | None:
        form = self.query_one(Form)
        try:
            record = build(self._kind, self._base, form.values)
        except InputError as error:
            form.complain(error, typing=typing)
            return None
        form.complain(None)
        return record

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
