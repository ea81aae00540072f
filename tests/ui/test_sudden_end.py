"""The program is killed at any moment: the next start is clean, offers to go on, and nothing of the old run is left."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.opening import Start
from services import session as sessions
from services.workspace import Workspace
from tests.ui.user import at_the_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Terminal:
    """The program in a terminal of its own: what it paints is read, keys are written."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._painted = b""

    def read(self) -> None:
        ready, _, _ = select.select([self._descriptor], [], [], 0.05)
        if ready:
            self._painted += os.read(self._descriptor, 1 << 16)

    def until(self, words: bytes) -> None:
        end = time.monotonic() + PATIENCE
        while words not in self._painted:
            assert time.monotonic() < end, f"waited for {words!r}: {self._painted[-2000:]!r}"
            self.read()

    def press(self, keys: bytes) -> None:
        self._painted = b""
        os.write(self._descriptor, keys)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@contextmanager
def program(home: Path, *arguments: str) -> Iterator[Terminal]:
    """Run `python -m app` with `arguments` in a pseudo-terminal of 120 by 36."""
    pid, descriptor = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.chdir(home)
        environment = os.environ | {"HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "LANG": "C"}
        os.execve(sys.executable, [sys.executable, "-m", "app", *arguments], environment)  # noqa: S606
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    try:
        yield Terminal(pid, descriptor)
    finally:
        os.close(descriptor)


def children_of_certbot(workspace: Path) -> list[str]:
    """The command lines of the programs that still work in `workspace`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(workspace) in line and "certbot" in line:
                found.append(line)
    return found


@pytest.mark.parametrize("done", ["prerequisites", "client_certificates", "subdomain"])
async def test_after_kill_9_the_next_start_goes_on_where_it_was(tmp_path: Path, done: str) -> None:
    workspace = Workspace(tmp_path / "workspace")
    with program(tmp_path, "practice", "--workspace", str(workspace.root)) as terminal:
        terminal.until(b"What you need")
        terminal.press(b"\x12")  # Ctrl+R: run everything
        _run_until(terminal, workspace, done)
        terminal.kill()
    session = sessions.load(workspace)
    assert session is not None
    assert session.record(done).result is not None
    async with at_the_keyboard(tmp_path, start=Start(workspace.root)) as user:
        await user.sees("Go on (PRACTICE")
        await user.press("enter")
        await user.until_open()
        assert user.guide.walk.standings[done].state == "done"
        assert user.guide.walk.standings[user.guide.section].state != "done"
    end = time.monotonic() + PATIENCE
    while left := children_of_certbot(workspace.root):
        assert time.monotonic() < end, left


def _run_until(terminal: Terminal, workspace: Workspace, section: str) -> None:
    """Agree to everything until `section` is in the session's file."""
    end = time.monotonic() + PATIENCE
    while True:
        terminal.read()
        session = sessions.load(workspace)
        if session is not None and session.record(section).result is not None:
            return
        assert time.monotonic() < end, section
        if b"Do it" in terminal._painted:
            terminal.press(b"\r")
