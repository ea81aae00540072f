"""Gives text to the user: on the clipboard, or in a file.

The clipboard is the terminal's (OSC 52), which never answers whether it took the text; so a file is always offered too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screens.dialogs.entry import Entry
from screens.shown import shown
from services.errors import ServiceError
from services.files import PRIVATE, write_file
from services.text import text

if TYPE_CHECKING:
    from screens.base import WizardScreen


def copy(screen: WizardScreen[None], words: str) -> None:
    """Put `words` on the clipboard, and say so as far as it is known."""
    screen.app.copy_to_clipboard(words)
    screen.notify(text("wizard.copied.lines", count=words.count("\n") or 1), markup=False)


def save(screen: WizardScreen[None], words: str, proposed: Path) -> None:
    """Ask for a file's name, `proposed` at first, and write `words` there; nothing is overwritten."""
    screen.run_worker(_save(screen, words, proposed), group="save", exclusive=True, description="save a text")


async def _save(screen: WizardScreen[None], words: str, proposed: Path) -> None:
    typed = await screen.app.push_screen_wait(Entry(text("wizard.save.title"), str(proposed), path=True))
    if not typed:
        return
    try:
        path = _write(typed, words)
    except ServiceError as error:
        screen.notify(shown(f"{error.what} {error.why}").plain, markup=False, severity="error")
    else:
        screen.notify(text("wizard.saved", path=shown(path).plain), markup=False)


def _write(typed: str, words: str) -> Path:
    path = Path(typed).expanduser().absolute()
    write_file(path, words, mode=PRIVATE)
    return path
