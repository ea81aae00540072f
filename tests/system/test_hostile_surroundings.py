"""The command line where the surroundings are against it: each ends in words and the promised exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services import session as sessions
from services.workspace import Workspace

ROOT = Path(__file__).parents[2]


def program(*arguments: str, redirected: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program; `redirected` are the redirections that a shell makes for it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [("explain", "ECONNREFUSED"), ("run", "--example"), ("--help",)])
def test_an_output_that_takes_nothing_is_named(arguments: tuple[str, ...]) -> None:
    ended = program(*arguments, redirected=">/dev/full")
    assert ended.returncode == 1
    assert b"[output-refused]" in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_trouble(closed: str) -> None:
    ended = program("explain", "-", redirected=closed)
    assert ended.returncode in {2, 3}
    assert b"Traceback" not in ended.stderr + ended.stdout


def test_signs_that_the_encoding_lacks_are_written_plainly(tmp_path: Path) -> None:
    sessions.save(Workspace(tmp_path), sessions.Session())
    ended = program("status", "--workspace", str(tmp_path), PYTHONIOENCODING="latin-1")
    assert b"Traceback" not in ended.stderr
    assert b"ok fine" in ended.stdout
    assert ended.returncode in {0, 1, 3}


def test_a_path_that_is_no_text_is_named() -> None:
    ended = program("practice", "--headless", "--workspace", os.fsdecode(b"/tmp/no\xfftext"))
    assert ended.returncode == 2
    assert b"is not text" in ended.stderr


@pytest.mark.parametrize("command", ["undo", "renew", "rotate", "status"])
def test_a_folder_without_a_set_up_is_told(command: str, tmp_path: Path) -> None:
    ended = program(command, "--workspace", str(tmp_path / "nothing here"))
    assert ended.returncode in {1, 2}
    assert b"There is no set-up in" in ended.stderr + ended.stdout
    assert not (tmp_path / "nothing here").exists()
