"""The program is killed in the middle of any step: the next start is clean, and goes on there with everything kept."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from app.opening import Start
from services import session as sessions
from services.guide.step import SECTIONS
from services.text import text, use_language
from services.workspace import Workspace
from tests.ui.user import NARROW, WIDE, at_the_keyboard, at_work_in

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_name("killed_wizard.py")
PATIENCE = 60.0
ENTER, RUN_EVERYTHING = b"\r", b"\x12"

MIDDLE: Final = {
    "prerequisites": "aws-certbot",
    "client_certificates": "client-ca-key",
    "subdomain": "subdomain.looking",  # the record is written, and not seen yet
    "server_certificate": "Requesting a certificate",  # certbot is at work
    "understanding": "link-1",
    "deployment": "deployment.brought",  # uploaded, and not proven yet
    "connection": "mutual-tls-3.1.1",
    "next_steps": "role='report'",
}
"""What each step says somewhere in its middle."""


class Terminal:
    """The program in a terminal of its own: what it paints is read, keys are written."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid = pid
        self._descriptor = descriptor
        self._painted = b""

    def read(self) -> None:
        ready, _, _ = select.select([self._descriptor], [], [], 0.05)
        if ready:
            with suppress(OSError):  # nobody is there any more
                self._painted += os.read(self._descriptor, 1 << 16)

    def until(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while words.encode() not in self._painted:
            assert time.monotonic() < end, f"waited for {words!r}: {self._painted[-2000:]!r}"
            self.read()

    def press(self, keys: bytes) -> None:
        self._painted = b""
        os.write(self._descriptor, keys)

    def until_ended(self) -> int:
        """Agree to whatever is asked, until the program is dead; return how it ended, as `os.waitpid` has it."""
        end = time.monotonic() + PATIENCE
        while (ended := os.waitpid(self._pid, os.WNOHANG)) == (0, 0):
            assert time.monotonic() < end, self._painted[-2000:]
            self.read()
            if text("wizard.changes.yes").encode() in self._painted:
                self.press(ENTER)
        return ended[1]


@contextmanager
def program(home: Path, size: tuple[int, int], *arguments: str) -> Iterator[Terminal]:
    """Run the wizard in a pseudo-terminal; `arguments` as for `killed_wizard.py`."""
    pid, descriptor = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.chdir(home)
        environment = os.environ | {"HOME": str(home), "TERM": "xterm-256color", "LANG": "C"}
        os.execve(sys.executable, [sys.executable, str(PROGRAM), *arguments], environment)  # noqa: S606
    width, height = size
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    try:
        yield Terminal(pid, descriptor)
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(descriptor)


@pytest.mark.timeout(300)  # eight starts of the whole program
async def test_killed_in_each_step_it_goes_on_there_and_comes_to_the_end(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    for place, section in enumerate(SECTIONS):
        language, size = (("en", WIDE), ("ja", NARROW))[place % 2]
        use_language(language)
        go_on(tmp_path, workspace, section, language, size)
        end = time.monotonic() + PATIENCE
        while left := at_work_in(workspace.root):
            assert time.monotonic() < end, left
        session = sessions.load(workspace)
        recorded = {name for name in SECTIONS if session and session.record(name).result is not None}
        assert recorded == set(SECTIONS[:place])
    async with at_the_keyboard(tmp_path, NARROW, Start(workspace.root, language="ja")) as user:
        await user.press("enter")
        await user.until_open()
        assert user.guide.section == "next_steps"
        states = {name: standing.state for name, standing in user.guide.walk.standings.items()}
        assert states == dict.fromkeys(SECTIONS, "done") | {"next_steps": "ready"}
        await user.press("ctrl+r")
        await user.agree()
        await user.until_done("next_steps")


def go_on(home: Path, workspace: Workspace, section: str, language: str, size: tuple[int, int]) -> None:
    """Start, be offered to go on, see the step that is not done, and run everything; be killed in `section`."""
    done = max(0, SECTIONS.index(section) - 1)
    with program(home, size, section, MIDDLE[section], "--workspace", str(workspace.root), "--lang", language) as there:
        if done:
            there.until(text("wizard.welcome.resume", world=text("wizard.badge.practice"), done=done, total=8))
        else:
            there.until(text("wizard.welcome.practice"))
        there.press(ENTER)
        there.until(text(f"wizard.title.{SECTIONS[done]}"))
        there.press(RUN_EVERYTHING)
        assert os.WTERMSIG(there.until_ended()) == signal.SIGKILL
