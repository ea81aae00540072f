"""Words and numbers that stand below each other in columns. Pure."""

from __future__ import annotations

from unicodedata import east_asian_width


def took(seconds: float) -> str:
    """Return a duration as it stands beside a check: "1.2 ms", "12 ms", "3.4 s", "2:05 min"."""
    if seconds < 0.00995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def columns(words: str) -> int:
    """Return how many columns `words` take in a terminal; wide characters take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in words)


def padded(words: str, width: int) -> str:
    """Return `words` filled up to `width` columns, on the left where it is negative."""
    room = " " * (abs(width) - columns(words))
    return words + room if width > 0 else room + words
