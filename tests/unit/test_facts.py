"""Facts that age: one dated, sourced file, read whole; and what a leaking bucket leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.events import Answer
from services.facts import Limit, age_check, allowance, facts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIVE_A_WEEK = Limit(5, 168)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def test_every_subject_has_a_source_and_the_file_has_a_date() -> None:
    known = facts()
    assert known.checked <= datetime.now(UTC).date()
    assert {"lifetimes", "chains", "limits", "emqx"} <= set(known.sources)
    assert all(address.startswith("https://") for address in known.sources.values())


@pytest.mark.parametrize(
    ("day", "days"),
    [(date(2026, 11, 24), 90), (date(2027, 2, 9), 90), (date(2027, 2, 10), 64), (date(2028, 2, 16), 45)],
)
def test_a_classic_certificate_lasts_what_the_day_says(day: date, days: int) -> None:
    assert facts().lifetime(midnight(day)).days == days


def test_old_facts_say_so_and_what_to_do() -> None:
    day = midnight(facts().checked)
    assert age_check(day + timedelta(days=facts().old_after_days)).answer is Answer.YES
    old = age_check(day + timedelta(days=facts().old_after_days + 1))
    assert old.answer is Answer.UNKNOWN
    assert str(facts().checked) in str(old.what)
    assert "upgrade" in str(old.fix)


@pytest.mark.parametrize(
    ("hours_ago", "left"),
    [((), 5), ((0,), 4), ((0,) * 5, 0), ((33,) * 5, 0), ((34,) * 5, 1), ((168,) * 5, 5), ((200, 100, 1), 4)],
)
def test_a_bucket_leaks_evenly(hours_ago: tuple[int, ...], left: int) -> None:
    times = tuple(NOW - timedelta(hours=hours) for hours in hours_ago)
    assert allowance(FIVE_A_WEEK, times, NOW).left == left


def test_the_sixth_certificate_comes_a_fifth_of_the_week_later() -> None:
    assert allowance(FIVE_A_WEEK, (NOW,) * 5, NOW).next_at == NOW + timedelta(hours=33.6)


def test_times_ahead_of_the_clock_count_as_now() -> None:
    ahead = NOW + timedelta(days=3)
    assert allowance(FIVE_A_WEEK, (ahead,) * 5, NOW) == allowance(FIVE_A_WEEK, (NOW,) * 5, NOW)
