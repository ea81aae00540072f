"""When a certificate is due, and what EMQX Cloud's 60-day rule leaves of each lifetime."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.renewal import timing
from services.renewal.rotation.rotate import next_name
from services.renewal.timing import DAY, Validity, eras, upload_window

START = datetime(2027, 1, 1, tzinfo=UTC)


def lasting(days: float) -> Validity:
    return Validity(START, START + days * DAY)


@pytest.mark.parametrize(("days", "due_after"), [(90, 60), (64, 128 / 3), (45, 30), (160 / 24, 80 / 24)])
def test_a_renewal_is_due_with_a_third_left_and_half_of_a_short_life(days: float, due_after: float) -> None:
    assert abs(lasting(days).due - (START + due_after * DAY)) < timedelta(seconds=1)


def test_days_left_are_whole_and_negative_once_it_has_expired() -> None:
    assert lasting(90).days_left(START + 89.5 * DAY) == 0
    assert lasting(90).days_left(START + 90.5 * DAY) == -1


@pytest.mark.parametrize(("days", "window"), [(90, 30), (64, 4), (61, 1), (60, 0), (45, 0)])
def test_emqx_cloud_takes_a_certificate_until_sixty_days_before_its_end(days: int, window: int) -> None:
    found = upload_window(lasting(days))
    assert (found.days, found.exists) == (window, window > 0)
    assert found.is_open(START) is (window > 0)
    assert not found.is_open(START + window * DAY)


def test_each_announced_lifetime_is_reported_with_what_it_means() -> None:
    told = {era.start: (era.days, era.renewed_after, era.window_days, era.way_back) for era in eras()}
    assert told == {
        date(2015, 12, 3): (90, 60, 30, False),
        date(2027, 2, 10): (64, 43, 4, False),
        date(2028, 2, 16): (45, 30, 0, False),
    }


@pytest.mark.parametrize(("year", "days"), [(2026, [90, 64, 45]), (2028, [64, 45]), (2030, [45])])
def test_only_what_holds_now_and_what_comes_is_told(year: int, days: list[int]) -> None:
    assert [era.days for era in timing.eras_from(datetime(year, 1, 2, tzinfo=UTC))] == days


def test_a_longer_certificate_leaves_a_way_back_at_its_renewal() -> None:
    assert timing.era_of(398 * DAY).way_back


LONGEST = "x" * 64


@pytest.mark.parametrize(
    ("name", "after"),
    [("Test CA", "Test CA 2"), ("Test CA 2", "Test CA 3"), ("CA 99", "CA 100"), (LONGEST, LONGEST[:62] + " 2")],
)
def test_the_next_ca_has_the_next_number(name: str, after: str) -> None:
    assert next_name(name) == after
