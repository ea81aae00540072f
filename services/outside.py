"""The one door for text from outside.

A certificate's subject, a DNS answer, a broker's words, a program's output, an API's answer: any of them may be
hostile. What passes here holds no control character, no bidirectional override and nothing invisible, so it cannot
drive a terminal, hide or reorder what is shown, or break a line. It may still hold square brackets: markup is the
screens' affair, and they show such text as content, never as markup.
"""

from __future__ import annotations

import re
import unicodedata

LINE_LIMIT = 4_000  # characters shown of one line; a terminal row has some hundred

# Everything but printable text: C0 and C1 controls, soft hyphen, Arabic letter mark, zero-width characters,
# bidirectional marks, embeddings, overrides and isolates (Unicode TR 9), line and paragraph separators, invisible
# operators, variation selectors supplement and tag characters, byte order mark, interlinear marks, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_PICTURES = {9: " ", 0x7F: "\u2421", 0xAD: ""} | {code: chr(0x2400 + code) for code in range(0x20) if code != 9}


def safe(outside: str | bytes, *, limit: int = LINE_LIMIT) -> str:
    """Return `outside` as one harmless line of text of at most about `limit` characters.

    Bytes are read as UTF-8, and what is not UTF-8 is shown as U+FFFD. A tab becomes a space; other controls are shown
    by their picture (ESC as U+241B), other invisible characters as `<U+202E>`. What is over the limit is left out, and
    the number of characters left out is said.
    """
    line = outside.decode("utf-8", "replace") if isinstance(outside, bytes) else outside
    left_out = len(line) - limit
    if left_out > 0:
        line = line[:limit]
    if _UNSAFE.search(line):
        line = _UNSAFE.sub(_picture, line)
    line = _tame_marks(line)
    return f"{line}… (+{left_out:,})" if left_out > 0 else line


def safe_lines(outside: str | bytes, *, limit: int = LINE_LIMIT) -> tuple[str, ...]:
    """Return the lines of `outside`, each made safe; only line feed (with or without carriage return) ends a line."""
    whole = outside.decode("utf-8", "replace") if isinstance(outside, bytes) else outside
    return tuple(safe(line.removesuffix("\r"), limit=limit) for line in whole.removesuffix("\n").split("\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _PICTURES.get(code, f"<U+{code:04X}>")


_MARKS_IN_A_ROW = 4  # more combining marks on one character than any script needs overflow the row above


def _tame_marks(line: str) -> str:
    """Return `line` with no more than a few combining marks on any one character."""
    if line.isascii() or not any(map(unicodedata.combining, line)):
        return line
    kept: list[str] = []
    row = 0
    for char in line:
        row = row + 1 if unicodedata.combining(char) else 0
        if row <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)
