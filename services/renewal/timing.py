"""When a server certificate is to be renewed, and when EMQX Cloud takes one. Pure.

Two rules meet here. Renewal: with a third of the lifetime left, as certbot does by itself and Let's Encrypt advises.
EMQX Cloud's documents: a certificate "cannot be imported within 60 days before the beginning and end of validity", so
the window to upload one closes 60 days before its end. The shorter certificates get, the shorter that window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.facts import Facts, facts

DAY: Final = timedelta(days=1)
_SHARE_LEFT: Final = 3
_SHORT_LIVED: Final = timedelta(days=10)  # certbot: of these, half is left


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when a certificate is valid; aware, UTC."""

    not_before: datetime
    not_after: datetime

    @property
    def lifetime(self) -> timedelta:
        """How long it lasts."""
        return self.not_after - self.not_before

    @property
    def due(self) -> datetime:
        """When it is to be renewed: with a third of its lifetime left, and half where it lasts ten days or less."""
        share = 2 if self.lifetime <= _SHORT_LIVED else _SHARE_LEFT
        return self.not_after - self.lifetime / share

    def days_left(self, now: datetime) -> int:
        """Return how many whole days are left at `now`; negative once it has expired."""
        return (self.not_after - now) // DAY


@dataclass(frozen=True, slots=True)
class Window:
    """When EMQX Cloud takes a certificate, by its documents.

    Attributes:
        opens: the beginning of its validity.
        closes: 60 days before its end; never after `opens` where there is no window at all.
    """

    opens: datetime
    closes: datetime

    @property
    def exists(self) -> bool:
        """Whether there is a time at which it could be uploaded."""
        return self.closes > self.opens

    @property
    def days(self) -> int:
        """How many days it is open; 0 for none."""
        return max(0, round((self.closes - self.opens) / DAY))

    def is_open(self, now: datetime) -> bool:
        """Whether a certificate could be uploaded at `now`."""
        return self.opens <= now < self.closes


def upload_window(validity: Validity, rule: timedelta | None = None) -> Window:
    """Return when EMQX Cloud takes a certificate of `validity`; `rule` is how far from its end it must be."""
    margin = facts().emqx.window if rule is None else rule
    return Window(validity.not_before, validity.not_after - margin)


@dataclass(frozen=True, slots=True)
class Era:
    """What a lifetime of Let's Encrypt's certificates means for renewing on EMQX Cloud.

    Attributes:
        start: the first day on which certificates last this long.
        days: how long.
        renewed_after: days from one renewal to the next.
        window_days: how many days EMQX Cloud's rule leaves to upload one; 0 for none.
        way_back: whether the certificate before could still be uploaded when a renewal is due, to go back to.
    """

    start: date
    days: int
    renewed_after: int
    window_days: int
    way_back: bool


def eras(known: Facts | None = None, profile: str = "classic") -> tuple[Era, ...]:
    """Return the announced lifetimes of `profile`, the oldest first, each with what it means."""
    known = known or facts()
    rows = sorted((each for each in known.lifetimes if each.profile == profile), key=lambda each: each.start)
    return tuple(_era(row.start, row.days, known.emqx.window) for row in rows)


def eras_from(now: datetime) -> tuple[Era, ...]:
    """Return the lifetime that holds at `now` and those announced after it, as `eras`."""
    known = eras()
    past = [each for each in known if each.start <= now.date()]
    return (*past[-1:], *(each for each in known if each.start > now.date()))


def era_of(lifetime: timedelta) -> Era:
    """Return what a certificate that lasts `lifetime` means, whoever issued it."""
    return _era(date.min, lifetime / DAY, facts().emqx.window)


def _era(start: date, days: float, rule: timedelta) -> Era:
    begin = datetime(2000, 1, 1)  # noqa: DTZ001 - any day: only differences count
    validity = Validity(begin, begin + days * DAY)
    window = upload_window(validity, rule)
    return Era(start, round(days), round((validity.due - begin) / DAY), window.days, window.is_open(validity.due))
