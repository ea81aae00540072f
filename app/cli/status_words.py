"""A Status in words: table and time line for a terminal, and the JSON document."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import click
import msgspec

from services.renewal import timeline, words
from services.renewal.status import Health, Item, Kind, Row, Status
from services.renewal.timing import Era, eras_from
from services.text import text

_COLORS: Final = {Health.FINE: "green", Health.UNKNOWN: "yellow", Health.SOON: "yellow", Health.WRONG: "red"}
_WIDEST: Final = 120
_NARROWEST: Final = 60


def print_status(status: Status, *, color: bool) -> None:
    """Print each set-up's table and time line, and the legend."""
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    line = _Lines(status, width, None if color else False)
    for row in status.rows:
        line.row(row)
    line.legend()


class _Lines:
    """Prints; every line is told apart by its symbol first, and coloured after."""

    def __init__(self, status: Status, width: int, color: bool | None) -> None:
        self._status = status
        self._color = color
        self._days = timeline.horizon(status)
        self._width = width - words.LABEL - 6

    def row(self, row: Row) -> None:
        """Print one set-up."""
        self._say(f"{words.SYMBOLS[row.health]} {click.style(words.heading(row), bold=True)}", row.health)
        for item in row.items:
            self._say(f"  {words.SYMBOLS[item.health]} {words.line(item)}", item.health)
        for said in words.about(row, self._status.at):
            click.echo(f"    {said}", color=self._color)
        for health, note in row.notes:
            self._say(f"  {words.SYMBOLS[health]} {note}", health)
        if any(item.validity for item in row.items):
            self._timeline(row)
        click.echo()

    def _timeline(self, row: Row) -> None:
        axis = timeline.axis(self._status.at, self._days, self._width)
        click.echo(f"    {'':<{words.LABEL}} {axis}")
        for item in row.items:
            bar = timeline.bar(item, self._status.at, self._days, self._width)
            self._say(f"    {words.label(item)} {bar.cells}".rstrip(), item.health)

    def legend(self) -> None:
        """Print what the signs mean, and what the CA's lifetimes mean from now on."""
        click.echo(text("status.legend"), color=self._color)
        click.echo()
        for era in words.eras(self._status.at):
            click.echo(era, color=self._color)

    def _say(self, said: str, health: Health) -> None:
        styled = said if health is Health.FINE else click.style(said, fg=_COLORS[health])
        click.echo(styled, color=self._color)


@dataclass(frozen=True, slots=True)
class ItemDocument:
    """A certificate in the document; dates in ISO 8601, UTC."""

    kind: Kind
    health: Health
    subject: str
    sha256: str
    not_before: datetime | None
    not_after: datetime | None
    days_left: int | None
    note: str


@dataclass(frozen=True, slots=True)
class RowDocument:
    """A set-up in the document.

    Attributes:
        upload_window_days: how many days of its life EMQX Cloud takes the certificate, by its documents; None for none
            known.
        upload_until: until when.
    """

    workspace: str
    world: str
    domain: str
    health: Health
    certificates: tuple[ItemDocument, ...]
    renewal_due: datetime | None
    upload_window_days: int | None
    upload_until: datetime | None
    last_run: datetime | None
    rotation: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusDocument:
    """What `--json` prints; `eras` are the CA's lifetimes, the one that holds now first, and what each means."""

    at: datetime
    health: Health
    setups: tuple[RowDocument, ...]
    eras: tuple[Era, ...]


def as_document(status: Status) -> str:
    """Return `status` as JSON, indented, ending in a line feed."""
    document = StatusDocument(status.at, status.health, tuple(map(_row_document, status.rows)), eras_from(status.at))
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def _row_document(row: Row) -> RowDocument:
    window = row.window
    return RowDocument(
        workspace=str(row.workspace),
        world=row.world,
        domain=row.domain,
        health=row.health,
        certificates=tuple(map(_item_document, row.items)),
        renewal_due=row.due,
        upload_window_days=window.days if window else None,
        upload_until=window.closes if window and window.exists else None,
        last_run=row.last_run,
        rotation=row.rotation,
        notes=tuple(str(note) for _, note in row.notes),
    )


def _item_document(item: Item) -> ItemDocument:
    validity = item.validity
    return ItemDocument(
        kind=item.kind,
        health=item.health,
        subject=item.subject,
        sha256=item.sha256,
        not_before=validity.not_before if validity else None,
        not_after=validity.not_after if validity else None,
        days_left=item.days_left,
        note=str(item.note or ""),
    )
