"""How soon the wizard is there, against a minimal Textual application started in turn with it.

    python tests/bench/first_frame_ratio.py [--runs 9]

Each run starts a program in a pseudo-terminal of 120 by 36 with a home of its own, and measures from just before the
fork: `frame`, when every row has been painted once; `settled`, the last change before the screen was quiet; `key`, from
a key press to the next output (the middle of several). Medians and their ratios are printed; the house's limits are
1.6 for frame, 2 for settled, 2 for key.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import statistics
import struct
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 120, 36
QUIET = 0.5  # seconds without output that count as settled
PRESSES = 7
LIMITS = {"frame": 1.6, "settled": 2.0, "key": 2.0}

MINIMAL = """
from textual.app import App
from textual.widgets import OptionList

class Minimal(App):
    def compose(self):
        yield OptionList("one", "two", "three")

Minimal().run()
"""

_MOVE = re.compile(rb"\x1b\[(\d*)(?:;\d*)?[Hf]")
_ANSWERS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62;22c", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}


@dataclass
class Watch:
    """The terminal's side of one run: which rows have been painted, and when something last came."""

    descriptor: int
    rows: set[int]
    row: int = 1
    last: float = 0.0

    def read(self, wait: float) -> bool:
        """Take what comes within `wait` seconds; tell whether something did."""
        ready, _, _ = select.select([self.descriptor], [], [], wait)
        if not ready:
            return False
        output = os.read(self.descriptor, 1 << 16)
        self.last = time.perf_counter()
        self._paint(output)
        for question, answer in _ANSWERS.items():
            if question in output:
                os.write(self.descriptor, answer)
        return True

    def _paint(self, output: bytes) -> None:
        place = 0
        for move in _MOVE.finditer(output):
            self._text(output[place : move.start()])
            self.row, place = int(move[1] or 1), move.end()
        self._text(output[place:])

    def _text(self, piece: bytes) -> None:
        for number, line in enumerate(piece.split(b"\n")):
            self.row += number > 0
            if re.sub(rb"\x1b\[[0-9;?]*[ -/]*[@-~]", b"", line).strip(b"\r"):
                self.rows.add(self.row)


def start(command: list[str], home: Path) -> tuple[int, Watch]:
    """Start `command` in a pseudo-terminal; return its process and the watch on it."""
    keep = ("PATH", "VIRTUAL_ENV")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    environment |= {"HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execve(command[0], command, environment)  # noqa: S606 - our own Python
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    return pid, Watch(descriptor, set())


def measure(command: list[str]) -> dict[str, float]:
    """Return the milliseconds of one run."""
    home = Path(tempfile.mkdtemp(prefix="first-frame-"))
    began = time.perf_counter()
    pid, watch = start(command, home)
    try:
        times = {"frame": _first_frame(watch) - began}
        while watch.read(QUIET):
            pass
        times["settled"] = watch.last - began
        times["key"] = statistics.median(_press(watch) for _ in range(PRESSES))
        return {name: seconds * 1000 for name, seconds in times.items()}
    finally:
        os.write(watch.descriptor, b"\x11")
        os.waitpid(pid, 0)
        os.close(watch.descriptor)
        shutil.rmtree(home, ignore_errors=True)


def _first_frame(watch: Watch) -> float:
    end = time.perf_counter() + 30
    while len(watch.rows & set(range(1, ROWS + 1))) < ROWS:
        if time.perf_counter() > end:
            message = f"only rows {sorted(watch.rows)} were painted"
            raise TimeoutError(message)
        watch.read(0.05)
    return watch.last


def _press(watch: Watch) -> float:
    """Press the down arrow, which moves to the next choice in both programs, and wait for the output."""
    pressed = time.perf_counter()
    os.write(watch.descriptor, b"\x1b[B")
    if not watch.read(2.0):
        message = "a key press changed nothing"
        raise TimeoutError(message)
    took = watch.last - pressed
    while watch.read(0.2):
        pass
    return took


def main() -> None:
    """Measure both programs in turn, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    programs = {"minimal": [sys.executable, "-c", MINIMAL], "wizard": [sys.executable, "-m", "app"]}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    for number in range(runs + 1):
        for name, command in programs.items():
            times = measure(command)
            if number:  # the first warms the disk's cache
                found[name].append(times)
    print(f"{'':8}{'minimal':>10}{'wizard':>10}{'ratio':>8}{'limit':>8}   median of {runs}, in ms")
    for what, limit in LIMITS.items():
        small, big = (statistics.median(run[what] for run in found[name]) for name in programs)
        print(f"{what:8}{small:>10.1f}{big:>10.1f}{big / small:>8.2f}{limit:>8.1f}")


if __name__ == "__main__":
    main()
