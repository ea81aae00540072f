"""The user's preferences, kept in one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import settings
from app.settings import Settings


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    wanted = Settings("ja", "mtls-light", 12, {"run": "f5,ctrl+j"}, ("/a", "/b"))
    settings.save(wanted, path)
    assert settings.load(path) == wanted


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"language": "xx"}', '{"log_height": 0}', '{"log_height": "tall"}', '{"keymap": 3}', "\x00\xff"],
)
def test_a_file_that_cannot_be_used_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, encoding="latin-1")
    assert settings.load(path) == Settings()


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "none.json") == Settings()


def test_the_workspace_used_last_comes_first_and_only_a_few_are_kept() -> None:
    known = Settings()
    for name in "abcdefb":
        known = settings.with_recent(known, Path("/w") / name)
    assert known.recent == ("/w/b", "/w/f", "/w/e", "/w/d", "/w/c")
