"""Forms: which fields a section's form has, and how what is typed becomes the step's Request.

A section's form is a table of fields, in rows. Their labels and help come from the catalogue: `form.<section>.<name>`
and `form.<section>.<name>.help`. A field is one of the Request's (by name), or a secret, which goes into the secret
store and nowhere else.
"""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from services import session as sessions
from services.errors import InputError
from services.secrets import SecretName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    PATH = "path"
    LINES = "lines"  # text that may be pasted with its line ends
    CHOICE = "choice"  # one of a few words
    SWITCH = "switch"  # yes or no
    SECRET = "secret"  # noqa: S105 - a kind of field


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: the Request's field; for a secret, any name of its own.
        kind: how it is filled in.
        choices: the words to choose from, in order; each has a text `form.choice.<word>` where the word needs one.
        secret: which secret it is.
        when: shown only while the field `when[0]` has one of the values `when[1:]`; empty for always.
    """

    name: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    secret: SecretName | None = None
    when: tuple[str, ...] = ()


Rows = tuple[tuple[Field, ...], ...]


def fields_of(rows: Rows) -> Iterator[Field]:
    """Yield the fields of all rows, in order."""
    for row in rows:
        yield from row


def values_of(plain: Mapping[str, Any], rows: Rows) -> dict[str, str]:
    """Return what a form of `rows` shows for a Request's plain values: the text of each field that is no secret."""
    return {field.name: _as_text(plain.get(field.name)) for field in fields_of(rows) if field.kind is not Kind.SECRET}


def defaults_of(kind: type[Any]) -> dict[str, Any]:
    """Return the plain default values of a Request class, for when it cannot propose one yet."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            found[field.name] = sessions.plain(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = sessions.plain(field.default_factory())
    return found


def build(kind: type[Any], base: Mapping[str, Any], values: Mapping[str, str]) -> Any:
    """Return the Request that `values` (field name to text) make, the rest taken from `base` (plain values).

    Raises:
        InputError: one value cannot be used; it names the field.
    """
    hints = typing.get_type_hints(kind)
    plain = dict(base)
    for name, typed in values.items():
        if name in hints:
            plain[name] = _from_text(typed.strip(), hints[name])
            if hints[name] is Path and not typed.strip():
                raise InputError(name, "bad-value", variant="empty")  # not the folder that one happens to be in
    try:
        return msgspec.convert(plain, kind, strict=False, dec_hook=sessions.decode_path)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else _missing(error)
        raise InputError(field, "bad-value", value=values.get(field, "")) from error


def _missing(error: Exception) -> str:
    """Return the field that msgspec says is missing."""
    return str(error).rpartition("missing required field `")[2].rstrip("`")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _from_text(typed: str, hint: Any) -> Any:
    """Return what msgspec can convert to `hint`; an empty text is None where None is allowed."""
    members = typing.get_args(hint)
    if not typed and type(None) in members:
        return None
    origins = {typing.get_origin(member) or member for member in (hint, *members)}
    if tuple in origins:
        return [part.strip() for part in typed.split(",") if part.strip()]
    if Path in origins:
        return str(Path(typed).expanduser())
    return typed
