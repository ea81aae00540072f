"""The console by hand, in plain lines: a key copies a file's content without showing it."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import pty
import sys
from typing import TYPE_CHECKING

import pytest

from app.by_hand import by_hand
from app.headless import Printer
from services.emqx.folder import BundleFolder
from services.events import Progress
from services.text import message
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONTENT = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"


class Terminal(io.StringIO):
    """Standard output that says it is a terminal, and tells when something was sent to its clipboard."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = asyncio.Event()

    def write(self, words: str) -> int:
        if "\033]52;c;" in words:
            self.sent.set()
        return super().write(words)

    def isatty(self) -> bool:
        return True


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path)
    for path in BundleFolder(found.emqx).files:
        path.parent.mkdir(exist_ok=True)
        path.write_text(_CONTENT if "private" in path.name else f"{path.name}\n")
    return found


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal at standard input; what is written to the descriptor is what is typed."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        yield ours
    os.close(ours)


async def test_a_number_sends_that_file_to_the_clipboard_and_shows_none_of_it(
    workspace: Workspace, keyboard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    with by_hand(workspace, Printer(to_stderr=False, color=False)):
        os.write(keyboard, b"x3")
        await asyncio.wait_for(screen.sent.wait(), 5)
    sent = screen.getvalue().partition("\033]52;c;")[2].partition("\a")[0]
    assert base64.b64decode(sent).decode() == _CONTENT
    assert "PRIVATE KEY-----" not in screen.getvalue()
    assert str(BundleFolder(workspace.emqx).private_key) in screen.getvalue()


def test_without_a_terminal_the_fields_and_their_files_are_named(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with by_hand(workspace, Printer(to_stderr=False, color=False)):
        told = capsys.readouterr().out
    for field in ("Certificate body", "Certificate chain", "Certificate private key", "Client CA certificate"):
        assert field in told
    assert all(str(path) in told for path in BundleFolder(workspace.emqx).files)


@pytest.mark.parametrize(("terminal", "lines"), [(True, 1), (False, 2)])
def test_the_wait_is_one_line_in_a_terminal_and_else_seldom_one_more(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, lines: int
) -> None:
    screen = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen)
    printer = Printer(to_stderr=False, color=False)
    for waited in range(20):
        printer.event(Progress(message("deployment.waiting.hand"), waited, 900))
    printer.event(Progress(message("deployment.preparing")))
    told = screen.getvalue()
    assert told.count("\n") == lines + (1 if terminal else 0)
    assert "0:00 of 15:00" in told
    assert ("0:19 of 15:00" in told) is terminal
