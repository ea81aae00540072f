"""The console by hand, in plain lines: which file goes into which field, a key for each, and how long was waited."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.emqx.folder import BundleFolder
from services.errors import ServiceError
from services.files import read_file
from services.guide.console_fields import ConsoleField, console_fields
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.headless import Printer
    from services.workspace import Workspace

_KEYS: Final = "12345"
_CLIPBOARD: Final = "\033]52;c;{}\a"  # OSC 52: the terminal's clipboard, which never answers


@contextmanager
def by_hand(workspace: Workspace, printer: Printer) -> Iterator[None]:
    """Tell what goes into which field; in a terminal its number copies it, as long as this lasts."""
    fields = console_fields(BundleFolder(workspace.emqx))
    for number, field in enumerate(fields, 1):
        printer.line(f"      {number}  {field.label}  {field.path}")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield
        return
    printer.line(f"      {text('headless.copy-keys')}", dim=True)
    with _keys(fields, printer):
        yield


@contextmanager
def _keys(fields: tuple[ConsoleField, ...], printer: Printer) -> Iterator[None]:
    """Read single keys from the terminal; Ctrl-C stays what it is."""
    import termios  # noqa: PLC0415 - only where there is a terminal
    import tty  # noqa: PLC0415 - as above

    descriptor, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)

    def pressed() -> None:
        for key in os.read(descriptor, 64).decode("ascii", "replace"):
            if key in _KEYS[: len(fields)]:
                _copy(fields[_KEYS.index(key)], printer)

    loop.add_reader(descriptor, pressed)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _copy(field: ConsoleField, printer: Printer) -> None:
    try:
        content = read_file(field.path)
    except ServiceError as error:
        printer.error(error)
        return
    sys.stdout.write(_CLIPBOARD.format(base64.b64encode(content).decode()))
    sys.stdout.flush()
    told = text("headless.copied", field=str(field.label), count=content.count(b"\n"), path=field.path)
    printer.line(f"      {told}", dim=True)


class Waiting:
    """Says how long was waited: on one line that changes in a terminal, else once a minute."""

    _EVERY: Final = 60.0  # seconds

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._said = ""
        self._at = 0.0

    def tell(self, doing: str, waited: float, most: float) -> None:
        """Tell that `doing` has taken `waited` of `most` seconds."""
        words = f"    {doing}  {text('headless.waited', waited=_clock(waited), most=_clock(most))}"
        if self._printer.in_terminal:
            self._printer.line(f"\r{words}", dim=True, end="")
        elif doing != self._said or time.monotonic() - self._at >= self._EVERY:
            self._printer.line(words, dim=True)
            self._at = time.monotonic()
        self._said = doing

    def end(self) -> None:
        """Whatever is printed next stands on a line of its own."""
        said, self._said = self._said, ""
        if said and self._printer.in_terminal:
            self._printer.line()


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
