"""EMQX Cloud's uploads an hour, counted over runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.emqx.limits import UploadLog, Uploads

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_six_uploads_fill_an_hour_and_each_comes_back_an_hour_later() -> None:
    uploads = Uploads(tuple(NOW - minutes(50) + minutes(5 * each) for each in range(6)))
    assert uploads.left(NOW) == 0
    assert uploads.next_at(NOW) == NOW + minutes(10)
    assert uploads.left(NOW + minutes(10)) == 1


def test_a_clock_that_was_set_back_does_not_make_uploads_free() -> None:
    ahead = Uploads(tuple(NOW + timedelta(days=1) for _ in range(6)))
    assert ahead.left(NOW) == 0
    assert ahead.next_at(NOW) == NOW + minutes(60)


def test_the_count_outlives_the_run_and_is_kept_for_each_deployment(tmp_path: Path) -> None:
    path = tmp_path / "emqx" / "uploads.json"
    UploadLog(path, "one").note(NOW)
    UploadLog(path, "two").note(NOW)
    UploadLog(path, "two").note(NOW + minutes(1))
    assert UploadLog(path, "one").read().left(NOW) == 5
    assert UploadLog(path, "two").read().left(NOW + minutes(1)) == 4
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_record_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "uploads.json"
    path.write_text('{"one": ["yesterday"]}')
    assert UploadLog(path, "one").read().left(NOW) == 6
    assert UploadLog(path, "one").note(NOW).left(NOW) == 5
