"""What is said to the terminal beside the screen: its title, and that something long has ended.

Sequences as xterm's ctlseqs document has them. Everything here is a courtesy: a terminal that does not know one of
them ignores it, and where that is not sure nothing is sent.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PUSH_TITLE: Final = "\x1b[22;2t"
POP_TITLE: Final = "\x1b[23;2t"
_NO_TITLE: Final = ("linux", "dumb", "vt100")
_NOTIFIERS: Final = ("iTerm.app", "WezTerm", "ghostty")


class Terminal:
    """Speaks through `write`; says nothing where `environment` does not promise that it is understood."""

    def __init__(self, write: Callable[[str], object], environment: Mapping[str, str] = os.environ) -> None:
        self._write = write
        self._titles = environment.get("TERM", "dumb") not in _NO_TITLE
        self._notifies = environment.get("TERM_PROGRAM") in _NOTIFIERS or "KITTY_WINDOW_ID" in environment

    def title(self, words: str) -> None:
        """Set the window's title (OSC 2)."""
        if self._titles:
            self._write(f"\x1b]2;{safe(words, limit=120)}\x07")

    def keep_title(self) -> None:
        """Remember the title that was there before."""
        if self._titles:
            self._write(PUSH_TITLE)

    def restore_title(self) -> None:
        """Put back the title that was there before."""
        if self._titles:
            self._write(POP_TITLE)

    def notify(self, words: str) -> None:
        """Show a desktop notification (OSC 9), where the terminal is known to have them."""
        if self._notifies:
            self._write(f"\x1b]9;{safe(words, limit=200)}\x07")
