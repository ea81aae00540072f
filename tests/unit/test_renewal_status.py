"""How a set-up is judged and drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.renewal import timeline
from services.renewal.status import (
    Health,
    Item,
    Kind,
    Row,
    Status,
    client_item,
    comparison,
    server_item,
)
from services.renewal.timing import DAY, Validity

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def ending_in(days: float, *, lifetime: float = 90) -> Validity:
    return Validity(NOW + (days - lifetime) * DAY, NOW + days * DAY)


@pytest.mark.parametrize(
    ("days", "health"),
    [(80, Health.FINE), (29, Health.FINE), (27, Health.SOON), (3, Health.SOON), (-0.5, Health.WRONG)],
)
def test_a_server_certificate_is_soon_once_a_timer_should_have_renewed_it(days: float, health: Health) -> None:
    assert server_item(Kind.SERVED, "mqtt.example.test", "ab", ending_in(days), NOW).health is health


@pytest.mark.parametrize(("days", "health"), [(31, Health.FINE), (29, Health.SOON), (-1, Health.WRONG)])
def test_a_client_certificate_is_soon_in_its_last_month(days: float, health: Health) -> None:
    assert client_item(Kind.CLIENT_CA, "Test CA", "ab", ending_in(days, lifetime=365), NOW).health is health


def test_serving_another_certificate_than_the_one_at_hand_is_wrong() -> None:
    served = server_item(Kind.SERVED, "a", "old", ending_in(20), NOW)
    files = server_item(Kind.FILES, "a", "new", ending_in(80), NOW)
    assert [health for health, _ in comparison(served, files)] == [Health.WRONG]
    assert comparison(served, served) == ()
    assert comparison(Item(Kind.SERVED), files) == ()  # what was not seen cannot differ


def test_the_worst_of_all_is_told() -> None:
    fine = server_item(Kind.FILES, "a", "ab", ending_in(80), NOW)
    unseen = Item(Kind.SERVED)
    gone = client_item(Kind.CLIENT, "a", "ab", ending_in(-1), NOW)
    assert Row(Path(), "live", "a", (fine, unseen)).health is Health.UNKNOWN
    assert Row(Path(), "live", "a", (fine, unseen, gone)).health is Health.WRONG
    assert Status(NOW, ()).health is Health.FINE


def test_a_bar_shows_when_it_is_due_until_when_it_can_be_imported_and_its_end() -> None:
    item = server_item(Kind.FILES, "a", "ab", Validity(NOW, NOW + 90 * DAY), NOW)
    cells = timeline.bar(item, NOW, 100, 100).cells
    assert len(cells) == 100
    assert (cells.index("U"), cells.index("R"), cells.index("┤")) == (30, 60, 90)
    assert set(cells[:30]) == {"━"}
    assert set(cells[61:90]) == {"╌"}
    assert cells[91:].strip() == ""


def test_what_ends_beyond_the_line_goes_on_and_what_has_ended_is_not_drawn() -> None:
    beyond = client_item(Kind.CLIENT_CA, "a", "ab", ending_in(3000, lifetime=3650), NOW)
    assert timeline.bar(beyond, NOW, 400, 50).cells == "━" * 49 + "▶"
    gone = server_item(Kind.SERVED, "a", "ab", ending_in(-3), NOW)
    assert timeline.bar(gone, NOW, 400, 50).cells.strip() == ""


@pytest.mark.parametrize("width", [20, 60, 110])
def test_the_axis_begins_now_and_names_months_without_overlap(width: int) -> None:
    axis = timeline.axis(NOW + timedelta(days=10), 365, width)
    assert axis.startswith("now ")
    assert len(axis) <= width
    assert all(len(word) in {3, 7} for word in axis.split())
