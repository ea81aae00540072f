"""Standard input, output and error as every command finds them: there, and able to write whatever is said."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import Final

_SIGNS: Final = (
    "✓ok",
    "✗NO",
    "●*",
    "○o",
    "–-",
    "—-",
    "…...",
    "→->",
    '“"',
    '”"',
    "━=",
    "╌-",
    "┤|",
    "▶>",
    "│|",
    "◆#",
    "◇+",
    "■=",
    "╳x",
)
_PLAIN: Final = {sign[0]: sign[1:] for sign in _SIGNS}
"""What stands for a sign that the terminal's encoding does not have."""


def prepare() -> None:
    """Put the null device where a stream is closed (else a file of ours would take its place), and let none refuse."""
    codecs.register_error("emqx-mtls", _plainly)
    for name, mode in (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            opened = os.fdopen(os.open(os.devnull, mode), "r" if mode == os.O_RDONLY else "w", encoding="utf-8")
            setattr(sys, name, opened)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="emqx-mtls")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Write what `error` is about in plain characters; see codecs.register_error."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - the streams only write
    return "".join(_PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end
