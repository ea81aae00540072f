"""A Status in words: table and time line for a terminal, and the JSON document."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from unicodedata import east_asian_width

import click
import msgspec

from services.renewal import timeline
from services.renewal.status import Health, Item, Kind, Row, Status
from services.renewal.timing import Era, eras_from
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

SYMBOLS: Final = {Health.FINE: "✓", Health.UNKNOWN: "?", Health.SOON: "!", Health.WRONG: "✗"}
_COLORS: Final = {Health.FINE: "green", Health.UNKNOWN: "yellow", Health.SOON: "yellow", Health.WRONG: "red"}
_LABEL: Final = 14  # "クライアントCA"
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
        self._width = width - _LABEL - 6

    def row(self, row: Row) -> None:
        """Print one set-up."""
        title = row.domain or row.workspace.name
        place = f"{title}  ({row.world or '?'})  {row.workspace}"
        self._say(f"{SYMBOLS[row.health]} {click.style(place, bold=True)}", row.health)
        for item in row.items:
            self._item(item)
        for words in self._about(row):
            click.echo(f"    {words}", color=self._color)
        for health, note in row.notes:
            self._say(f"  {SYMBOLS[health]} {note}", health)
        if any(item.validity for item in row.items):
            self._timeline(row)
        click.echo()

    def _item(self, item: Item) -> None:
        label = text(f"status.kind.{item.kind.value}")
        if item.validity is None:
            self._say(f"  {SYMBOLS[item.health]} {_padded(label, _LABEL)} {item.note or ''}", item.health)
            return
        ends = f"{item.validity.not_after:%Y-%m-%d}"
        days = text("status.days", count=item.days_left or 0)
        note = f"  {item.note}" if item.note else ""
        words = f"{_padded(label, _LABEL)} {_padded(days, -10)}  {ends}  {item.sha256[:8]}  {item.subject}{note}"
        self._say(f"  {SYMBOLS[item.health]} {words}", item.health)

    def _about(self, row: Row) -> Iterator[str]:
        if row.due is not None:
            ran = f"{row.last_run:%Y-%m-%d %H:%M} UTC" if row.last_run else text("status.never")
            yield text("status.due", date=f"{row.due:%Y-%m-%d}", ran=ran)
        if row.window is not None and row.era is not None:
            yield text(window_words(row, self._status.at), **_window_facts(row))

    def _timeline(self, row: Row) -> None:
        axis = timeline.axis(self._status.at, self._days, self._width)
        click.echo(f"    {'':<{_LABEL}} {axis}")
        for item in row.items:
            bar = timeline.bar(item, self._status.at, self._days, self._width)
            label = text(f"status.kind.{item.kind.value}")
            self._say(f"    {_padded(label, _LABEL)} {bar.cells}".rstrip(), item.health)

    def legend(self) -> None:
        """Print what the signs mean, and what the CA's lifetimes mean from now on."""
        click.echo(text("status.legend"), color=self._color)
        click.echo()
        for era in eras_from(self._status.at):
            facts: dict[str, str | int] = {
                "start": f"{era.start}",
                "lifetime": era.days,
                "days": era.window_days,
                "every": era.renewed_after,
            }
            click.echo(text("status.era.open" if era.window_days else "status.era.none", **facts), color=self._color)

    def _say(self, words: str, health: Health) -> None:
        styled = words if health is Health.FINE else click.style(words, fg=_COLORS[health])
        click.echo(styled, color=self._color)


def _padded(words: str, width: int) -> str:
    """Return `words` filled up to `width` columns, on the left where it is negative; wide characters take two."""
    room = " " * (abs(width) - sum(2 if east_asian_width(char) in "WF" else 1 for char in words))
    return words + room if width > 0 else room + words


def window_words(row: Row, at: datetime) -> str:
    """Return the id of what EMQX Cloud's 60-day rule means for `row` at `at`."""
    if row.window is None or not row.window.exists:
        return "status.window.none"
    return "status.window.open" if row.window.is_open(at) else "status.window.closed"


def _window_facts(row: Row) -> dict[str, str | int]:
    if row.window is None or row.era is None:
        return {}
    return {"date": f"{row.window.closes:%Y-%m-%d}", "days": row.window.days, "lifetime": row.era.days}


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
