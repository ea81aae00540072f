"""`emqx-mtls guide`: the pages as a text, and the command line's own words, in both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from app.cli.guide import PAGES
from services.text import guide_text, use_language

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    command = [sys.executable, "-m", "app", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_whole_guide_has_every_page_below_its_heading(language: str) -> None:
    done = run("--lang", language, "guide")
    assert done.returncode == 0, done.stderr
    headings = [line for line in done.stdout.splitlines() if line.startswith("# ") and "Create" not in line]
    use_language(language)
    words = [guide_text(page).strip() for page in PAGES]
    use_language("en")
    assert len(headings) == len(PAGES)
    assert all(words)
    assert all(page in done.stdout for page in words)


def test_one_page_can_be_asked_for() -> None:
    done = run("guide", "renewal")
    assert done.stdout.startswith("# Every renewal after\n")
    assert "rotate --workspace W --finish" in done.stdout


def test_a_page_that_is_not_there_is_told_with_those_that_are() -> None:
    done = run("guide", "renewals")
    assert done.returncode == 2
    assert "'renewal'" in done.stderr


def test_what_click_says_by_itself_is_japanese_too() -> None:
    assert "使い方:" in run("--lang", "ja", "--help").stdout
    done = run("--lang", "ja", "diagnose", "--clinet", "x")
    assert done.returncode == 2
    assert "'--clinet'というオプションはありません。" in done.stderr
    assert "No such option" in run("--lang", "en", "diagnose", "--clinet", "x").stderr


def test_japanese_help_is_no_wider_than_a_terminal() -> None:
    lines = run("--lang", "ja", "diagnose", "--help").stdout.splitlines()
    assert len(lines) > 30
    assert max(map(cell_len, lines)) <= 80
    assert not [line for line in lines if line.strip().startswith(("、", "。", ")"))]
