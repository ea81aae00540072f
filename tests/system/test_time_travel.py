"""Two years of renewals by a daily timer: nothing expired is ever served, whatever the CA's certificates last.

What is simulated: the clock (the practice world's and the program's), and certbot, which knows the real time only: a
certificate is issued by the practice CA itself into certbot's folder. All else is real: when a renewal is due, what is
uploaded through the Platform API, the proof by handshake. The days between are not all run through: on a day on which
nothing is due a timer's run changes nothing (test_renew.py), so only the certificate served is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.renewal.outcome import Order, Outcome
from services.renewal.renew import renew
from services.renewal.timing import DAY, Validity, era_of, upload_window
from services.tls.certificate import Certificate, from_der
from tests.system.renewal_world import Clock, SetUp, a_world, deployed, ended

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from services.events import Event
    from services.guide.runner import Guide
    from services.renewal.outcome import Result

YEARS = 2
DAYS = YEARS * 365
LIFETIMES = (90, 64, 45)  # days; a third of the two years each
ASLEEP = (40, 47)  # of each hundred days: the machine is off, and no timer runs


@dataclass
class Year:
    """What befell."""

    renewed: dict[int, int]
    windows: dict[int, int]
    least_left: timedelta


def served(found: SetUp) -> Certificate:
    """The leaf that the next connection is sent."""
    leaf = found.stage.practice.deployment.served_chain()[0]
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - only here

    record = from_der(leaf.public_bytes(Encoding.DER))
    assert isinstance(record, Certificate)
    return record


def validity_of(found: SetUp) -> Validity:
    leaf = served(found)
    return Validity(leaf.not_before, leaf.not_after)


def start() -> datetime:
    """The last 20th of May: the practice CAs' dates begin a week before, and last for more than two years from then.

    The real time lies within the two years, so the client certificate (which the real TLS library judges) is valid.
    """
    now = datetime.now(UTC)
    this_year = datetime(now.year, 5, 20, 12, tzinfo=UTC)
    return this_year if this_year <= now else this_year.replace(year=now.year - 1)


async def lived(found: SetUp) -> Year:
    """Let two years pass, day by day."""
    told = Year(dict.fromkeys(LIFETIMES, 0), {}, timedelta.max)

    async def issue(guide: Guide, force: bool) -> AsyncGenerator[Event, None]:
        if force:
            found.stage.guide = guide
            found.new_certificate()
        return
        yield

    for day in range(DAYS):
        lifetime = LIFETIMES[day * len(LIFETIMES) // DAYS]
        found.stage.practice.hierarchy.lifetime = lifetime * DAY
        found.clock.forward(DAY)
        validity = validity_of(found)
        told.least_left = min(told.least_left, validity.not_after - found.clock())
        if ASLEEP[0] <= day % 100 < ASLEEP[1] or found.clock() < validity.due:
            continue
        result: Result = await ended(renew(found.guide, Order(), issue))
        assert result.outcome is Outcome.RENEWED, result.trouble
        assert served(found).sha256 == result.sha256
        told.renewed[lifetime] += 1
        told.windows[lifetime] = upload_window(validity_of(found)).days
    return told


async def test_two_years_pass_and_nothing_expired_is_ever_served(tmp_path: Path) -> None:
    with a_world(tmp_path, Clock(start()), lifetime=LIFETIMES[0] * DAY) as found:
        await deployed(found, days=1200, connected=False)
        told = await lived(found)
        assert told.least_left > timedelta(days=45 // 3 - (ASLEEP[1] - ASLEEP[0]) - 1)
        assert told.windows == {90: 30, 64: 4, 45: 0}  # what EMQX Cloud's 60-day rule leaves
        expected = {days: DAYS / len(LIFETIMES) / era_of(days * DAY).renewed_after for days in LIFETIMES}
        assert all(abs(told.renewed[days] - expected[days]) <= 2 for days in LIFETIMES), told.renewed
