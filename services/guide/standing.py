"""Where a step stands, derived from the session and the files: what every step module's `standing` shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from services.errors import ServiceError
from services.guide.step import Here, Standing, State
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

T = TypeVar("T")

EXPIRES_SOON_DAYS = 30  # Let's Encrypt's own advice for a 90-day certificate: renew with a third of it left


def derive(
    here: Here,
    section: str,
    kind: type[T],
    attention: Callable[[T], Iterable[Message]],
    *,
    needs: tuple[str, ...] = (),
) -> Standing:
    """Return where `section` stands.

    Args:
        here: world, workspace, session.
        section: its name.
        kind: its Result.
        attention: given the last result, says what is no longer as it should be; reads files only, and is quick.
        needs: sections that have to be done (or done elsewhere) before this one can run.
    """
    record = here.session.record(section)
    if record.elsewhere:
        return Standing(State.ELSEWHERE)
    if record.problem is not None:
        problem = ServiceError(record.problem.id, variant=record.problem.variant, **record.problem.facts)
        return Standing(State.FAILED, (problem.words("what"),))
    result = here.session.result(section, kind)
    if result is None:
        return Standing(State.TO_DO if _missing(here, needs) else State.READY)
    reasons = tuple(attention(result))
    return Standing(State.ATTENTION if reasons else State.DONE, reasons)


def dates(here: Here, not_after: datetime, *, days: int = EXPIRES_SOON_DAYS) -> tuple[Message, ...]:
    """Return what is to be said about a certificate that ends at `not_after`; nothing while it lasts."""
    left = (not_after - here.world.clock()).total_seconds() / 86_400
    if left <= 0:
        return (message("standing.expired", date=f"{not_after:%Y-%m-%d}"),)
    if left < days:
        return (message("standing.expires-soon", count=int(left), date=f"{not_after:%Y-%m-%d}"),)
    return ()


def missing(*paths: Path) -> tuple[Message, ...]:
    """Return which of the files are no longer there."""
    return tuple(message("standing.file-missing", path=path) for path in paths if not path.is_file())


def _missing(here: Here, needs: tuple[str, ...]) -> bool:
    records = (here.session.record(section) for section in needs)
    return any(record.result is None and not record.elsewhere for record in records)
