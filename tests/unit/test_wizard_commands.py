"""The one table of commands."""

from __future__ import annotations

from app.commands import COMMANDS, entries
from screens.command import key_label
from services.text import has


def test_every_command_has_words_in_the_catalogue() -> None:
    for command in COMMANDS:
        assert has(f"wizard.command.{command.id}"), command.id
        assert has(f"wizard.command.{command.id}.tip"), command.id


def test_no_key_and_no_id_is_given_twice() -> None:
    keys = [key for command in COMMANDS for key in command.key.split(",")]
    assert len(keys) == len(set(keys))
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


def test_the_help_lists_every_command_with_the_users_own_key() -> None:
    listed = {entry.name: entry.key for entry in entries({"run": "ctrl+j,f5"})}
    assert len(listed) == len(COMMANDS)
    assert listed["Run"] == "ctrl+j"
    assert listed["Quit"] == "ctrl+q"


def test_keys_are_shown_as_people_read_them() -> None:
    assert key_label("ctrl+p") == "^P"
    assert key_label("alt+left") == "Alt+←"
    assert key_label("escape") == "Esc"
    assert key_label("f5") == "F5"
    assert key_label("slash") == "/"
    assert key_label("n") == "n"
    assert key_label("N") == "N"
    assert key_label("ctrl+shift+a") == "Ctrl+Shift+A"
