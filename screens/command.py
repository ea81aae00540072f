"""A command as the screens show it; the table itself belongs to the program (`app.commands`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the help: the heading it stands under, its key, its name, and what it does."""

    group: str
    key: str
    name: str
    tip: str


_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "space": "Space",
    "slash": "/",
}


def key_label(key: str) -> str:
    """Return `key` (as Textual writes it) as people read it: "ctrl+p" as "^P", "alt+left" as "Alt+←"."""
    *modifiers, last = key.split("+")
    label = _NAMES.get(last) or (last.upper() if last[0] == "f" and last[1:].isdecimal() else last.capitalize())
    if not modifiers:
        return last if len(last) == 1 else label
    if modifiers == ["ctrl"]:
        return f"^{label}"
    return "+".join([*(modifier.capitalize() for modifier in modifiers), label])
