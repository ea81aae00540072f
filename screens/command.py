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
    "ctrl": "^",
    "alt": "Alt",
    "shift": "Shift",
}


def key_label(key: str) -> str:
    """Return `key` (as Textual writes it) as people read it: "ctrl+p" as "^P", "alt+left" as "Alt+←"."""
    *modifiers, last = key.split("+")
    label = _NAMES.get(last, last.upper() if len(last) == 1 or last[0] == "f" else last.capitalize())
    if modifiers == ["ctrl"]:
        return f"^{label}"
    return "+".join([*(_NAMES.get(modifier, modifier.capitalize()) for modifier in modifiers), label])
