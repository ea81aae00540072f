"""A section's form: labels and inputs in rows, checked as they are typed, with one line of help or complaint below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from screens.fields import Field, Kind, Rows, fields_of
from screens.shown import shown
from screens.widgets.choice import Choice, Switch
from screens.widgets.line_input import LineInput
from screens.widgets.words import Words
from services.text import has, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from services.errors import InputError
    from services.secrets import SecretStore


def _input(field: Field, value: str, *, held: bool) -> Widget:
    """Return the input of `field`; `held` tells that the secret it stands for is known already."""
    name = f"field-{field.name}"
    if field.kind is Kind.CHOICE:
        return Choice(field.choices, value, id=name)
    if field.kind is Kind.SWITCH:
        return Switch(value, id=name)
    secret = field.kind is Kind.SECRET
    return LineInput(
        "" if secret else value,
        path=field.kind is Kind.PATH,
        lines=field.kind is Kind.LINES,
        password=secret,
        placeholder=text("form.held") if held else "",
        id=name,
    )


def _show(widget: Widget, shown_now: bool) -> None:
    """Show or hide `widget`; where nothing changes nothing is laid out again."""
    if widget.display is not shown_now:
        widget.display = shown_now


class Form(Vertical):
    """The form of one section."""

    @dataclass
    class Changed(Message):
        """Something was typed or chosen."""

        form: Form

    @dataclass
    class Submitted(Message):
        """Enter was pressed in a field."""

        form: Form

    def __init__(self, section: str, rows: Rows, values: dict[str, str], secrets: SecretStore) -> None:
        super().__init__(classes="form")
        self.section = section
        self.rows = rows
        self.values = dict(values)
        self._secrets = secrets
        self.error: InputError | None = None
        self._help = ""
        self._touched: set[str] = set()
        self._pairs: dict[str, tuple[Static, Widget]] = {}  # label and input, by field

    def compose(self) -> ComposeResult:
        """Lay the rows above the line of help."""
        for row in self.rows:
            with Horizontal(classes="form-row"):
                for place, field in enumerate(row):
                    yield from self._pair(field, first=not place)
        yield Words(classes="form-help")

    def _pair(self, field: Field, *, first: bool) -> ComposeResult:
        """Lay the input of `field` beside its label. No container holds the two: every widget costs time."""
        label = Static(shown(text(f"form.{self.section}.{field.name}")), classes="form-label", markup=False)
        label.set_class(not first, "-beside")
        held = field.secret is not None and self._secrets.get(field.secret) is not None
        widget = _input(field, self.values.get(field.name, ""), held=held)
        self._pairs[field.name] = (label, widget)
        yield label
        yield widget

    def on_mount(self) -> None:
        """Show the fields that belong to the values."""
        self._reveal()

    def _reveal(self) -> None:
        """Show each field, and each row, only while it matters."""
        for row, fields in zip(self.query(".form-row"), self.rows, strict=True):
            seen = [not field.when or self.values.get(field.when[0]) in field.when[1:] for field in fields]
            _show(row, any(seen))
            for field, matters in zip(fields, seen, strict=True):
                for widget in self._pairs[field.name]:
                    _show(widget, matters)

    def complain(self, error: InputError | None, *, typing: bool = False) -> None:
        """Mark the field that cannot be used and say why; None: all is well.

        While the user is `typing`, a field that they have not come to yet is not held against them.
        """
        if typing and error is not None and error.field not in self._touched:
            error = None
        self.error = error
        for name, (label, _) in self._pairs.items():
            label.set_class(error is not None and name == error.field, "-wrong")
        self._tell()

    def set_value(self, name: str, value: str) -> None:
        """Put `value` into the field `name`, as if it had been typed."""
        self.values[name] = value
        for widget in self.query(f"#field-{name}"):
            if isinstance(widget, Input | Choice):
                widget.value = value

    def set_values(self, values: dict[str, str]) -> None:
        """Put each value into its field, without touching those that hold it already."""
        for name, value in values.items():
            if self.values.get(name) != value:
                self.set_value(name, value)

    def tell_known(self) -> None:
        """Say which secrets are known by now: another step may have been given them meanwhile."""
        for field in fields_of(self.rows):
            if field.secret is not None:
                held = self._secrets.get(field.secret) is not None
                self.query_one(f"#field-{field.name}", Input).placeholder = text("form.held") if held else ""

    def inputs(self) -> Iterator[Widget]:
        """Yield the inputs, in order."""
        for field in fields_of(self.rows):
            yield from self.query(f"#field-{field.name}")

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self, event: Input.Changed | Choice.Changed) -> None:
        event.stop()
        widget = event.control
        field = self._field(widget)
        if field is None:
            return
        if field.secret is not None:
            if event.value:
                self._secrets.put(field.secret, event.value)
        elif self.values.get(field.name) == event.value:
            return
        else:
            self.values[field.name] = event.value
            self._touched.add(field.name)
            self._reveal()
        self.post_message(self.Changed(self))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the help of the field that is being filled in."""
        field = self._field(event.widget)
        message_id = f"form.{self.section}.{field.name}.help" if field else ""
        self._help = text(message_id) if message_id and has(message_id) else ""
        self._tell()

    def on_descendant_blur(self) -> None:
        """Without a field in focus there is nothing to help with."""
        self._help = ""
        self._tell()

    def _tell(self) -> None:
        line = self.query_one(".form-help", Words)
        if self.error is not None:
            line.update(shown(f"! {self.error.what} {self.error.fix}", "$error"))
        else:
            line.update(shown(self._help, "$text-muted"))

    def _field(self, widget: Widget | None) -> Field | None:
        name = (widget.id or "") if widget is not None else ""
        return next((field for field in fields_of(self.rows) if name == f"field-{field.name}"), None)
