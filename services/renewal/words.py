"""A Status in words that a terminal's table and the wizard's screen share. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.columns import padded
from services.renewal.status import Health, Item, Row
from services.renewal.timing import eras_from
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SYMBOLS: Final = {Health.FINE: "✓", Health.UNKNOWN: "?", Health.SOON: "!", Health.WRONG: "✗"}
LABEL: Final = 14  # columns of a certificate's label: "クライアントCA"


def heading(row: Row) -> str:
    """Return which set-up `row` is: its name, its world, its folder."""
    return f"{row.domain or row.workspace.name}  ({row.world or '?'})  {row.workspace}"


def label(item: Item) -> str:
    """Return which certificate `item` is, filled up to LABEL columns."""
    return padded(text(f"status.kind.{item.kind.value}"), LABEL)


def line(item: Item) -> str:
    """Return `item` in one line, after its symbol."""
    if item.validity is None:
        return f"{label(item)} {item.note or ''}"
    ends = f"{item.validity.not_after:%Y-%m-%d}"
    days = padded(text("status.days", count=item.days_left or 0), -10)
    note = f"  {item.note}" if item.note else ""
    return f"{label(item)} {days}  {ends}  {item.sha256[:8]}  {item.subject}{note}"


def about(row: Row, at: datetime) -> Iterator[str]:
    """Yield when `row` is to be renewed, and what EMQX Cloud's 60-day rule means for it at `at`."""
    if row.due is not None:
        ran = f"{row.last_run:%Y-%m-%d %H:%M} UTC" if row.last_run else text("status.never")
        yield text("status.due", date=f"{row.due:%Y-%m-%d}", ran=ran)
    if row.window is None or row.era is None:
        return
    facts: dict[str, str | int] = {
        "date": f"{row.window.closes:%Y-%m-%d}",
        "days": row.window.days,
        "lifetime": row.era.days,
    }
    state = "none" if not row.window.exists else "open" if row.window.is_open(at) else "closed"
    yield text(f"status.window.{state}", **facts)


def eras(at: datetime) -> Iterator[str]:
    """Yield what the CA's lifetimes mean from `at` on, one sentence each."""
    for era in eras_from(at):
        start, days, every = f"{era.start}", era.window_days, era.renewed_after
        yield text(f"status.era.{'open' if days else 'none'}", start=start, lifetime=era.days, days=days, every=every)
