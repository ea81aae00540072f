"""The program around the screens: welcome, settings, palette, help, keys of one's own, other languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.command import CommandPalette
from textual.filter import Monochrome
from textual.widgets import Input

from app.opening import Start
from screens.guide import GuideScreen
from screens.help import HelpScreen
from screens.place import PlaceScreen
from screens.settings import SettingsScreen
from services import session as sessions
from services import text as catalogue
from services.guide.step import SECTIONS
from services.session import Session, StepRecord
from services.text import text
from services.workspace import Workspace
from tests.ui.user import NARROW, WIDE, at_the_keyboard, in_the_guide

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_first_screen_offers_what_can_be_done(tmp_path: Path) -> None:
    async with at_the_keyboard(tmp_path, NARROW) as user:
        for words in ("Practise", "Set it up for real", "Diagnose an error"):
            assert words in user.screen


async def test_a_workspace_that_was_begun_is_offered_first(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    sessions.save(workspace, Session("practice", {"prerequisites": StepRecord(elsewhere=True)}))
    async with at_the_keyboard(tmp_path) as user:
        await user.sees("▸ Go on (PRACTICE, 1 of 8 steps)")


async def test_a_workspace_in_use_is_refused_with_the_reason(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    with workspace.lock():
        async with at_the_keyboard(tmp_path) as user:
            await user.press("enter")
            await user.until(lambda: "is in use" in " ".join(user.screen.split()), "the reason, wherever a line breaks")
            assert user.app.guide is None


async def test_a_broken_session_is_said_and_left_alone(tmp_path: Path) -> None:
    broken = tmp_path / "workspace" / "session.json"
    broken.parent.mkdir()
    broken.write_text("{")
    async with at_the_keyboard(tmp_path) as user:
        await user.press("enter")
        words = "cannot be read as a session"
        await user.until(lambda: words in " ".join(user.screen.split()), words)
    assert broken.read_text() == "{"


async def test_the_palette_offers_what_can_be_done_here_and_does_it(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.press("ctrl+p")
        await user.until(lambda: isinstance(user.app.screen, CommandPalette), "the palette")
        await user.press(*"Show the step after")
        await user.press(*["backspace"] * 20, *"Next")
        await user.until(lambda: "Show the step after." in user.screen, "the command")
        await user.press("enter")
        await user.until(lambda: user.guide.section == "client_certificates", "the next step")
        await user.press("ctrl+p", *"Back")
        await user.until(lambda: "Show the step before." in user.screen, "the command")


async def test_the_palette_of_the_first_screen_has_no_steps(tmp_path: Path) -> None:
    async with at_the_keyboard(tmp_path) as user:
        offered = {command.title for command in user.app.get_system_commands(user.app.screen)}
        assert {"Help", "Settings", "Diagnose", "Quit"} <= offered
        assert not {"Run", "Back", "Next", "Break it"} & offered


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
async def test_the_help_lists_every_command(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_the_keyboard(tmp_path, size) as user:
        await user.press("f1")
        assert isinstance(user.app.screen, HelpScreen)
        await user.sees("Run the step with the values in the form.")
        await user.press("end")
        await user.sees("proven by signature")
        await user.press("escape")
        await user.sees("Practise")


async def test_keys_of_ones_own_work_and_are_shown(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"keymap": {"next": "ctrl+j"}}))
    async with in_the_guide(tmp_path) as user:
        assert "^J Next" in user.screen
        await user.press("ctrl+j")
        assert user.guide.section == "client_certificates"
        await user.press("alt+right")
        assert user.guide.section == "client_certificates"


async def test_settings_hold_at_once_and_after_the_next_start(tmp_path: Path) -> None:
    async with at_the_keyboard(tmp_path) as user:
        await user.press("ctrl+t")
        assert isinstance(user.app.screen, SettingsScreen)
        await user.press("right")
        assert catalogue.language() == "ja"
        await user.until(lambda: "日本語" in user.screen, "the language's own name")
        await user.press("down", "right")
        assert user.app.theme == "mtls-light"
        await user.press("down", "right")
        await user.press("escape")
    kept = json.loads((tmp_path / "settings.json").read_text())
    assert (kept["language"], kept["theme"], kept["log_height"]) == ("ja", "mtls-light", 12)
    async with at_the_keyboard(tmp_path) as user:
        assert user.app.theme == "mtls-light"
    catalogue.use_language("en")


async def test_every_theme_shows_every_step(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"theme": "ansi-light"}))
    async with in_the_guide(tmp_path) as user:
        assert user.app.theme == "ansi-light"
        for turn, theme in enumerate(("ansi-light", "ansi-dark", "mtls-light", "mtls-dark")):
            user.app.theme = theme
            await user.press(*[("alt+right", "alt+left")[turn % 2]] * 7)
            assert user.guide.section == (SECTIONS[-1], SECTIONS[0])[turn % 2]
            await user.sees(text(f"wizard.title.{user.guide.section}"))


async def test_a_real_set_up_begins_with_where_it_takes_place(tmp_path: Path) -> None:
    async with at_the_keyboard(tmp_path) as user:
        await user.press("down", "enter")
        assert isinstance(user.app.screen, PlaceScreen)
        await user.press("enter")
        await user.sees("! ")
        assert user.app.guide is None
        await user.type("mqtt.example.com")
        await user.press("tab")
        await user.type("mqtts://abc.ala.eu-central-1.emqxsl.com:8883")
        await user.press("enter")
        await user.until_open()
        assert user.guide.walk.guide.world.kind == "live"
        assert "LIVE" in user.screen
        assert user.guide.view.query_one("#field-address", Input).value == "abc.ala.eu-central-1.emqxsl.com"
    plan = (tmp_path / "workspace" / "plan.toml").read_text()
    assert 'domain = "mqtt.example.com"' in plan
    async with at_the_keyboard(tmp_path) as user:
        assert "Go on (LIVE, 0 of 8" in user.screen  # nothing was run yet, and nothing need be typed again


async def test_leaving_goes_back_and_lets_go_of_the_workspace(tmp_path: Path) -> None:
    start = Start(tmp_path / "workspace", practice=True)
    async with at_the_keyboard(tmp_path, start=start) as user:
        await user.until_open()
        await user.press("ctrl+n")
        await user.sees("Practise")
        assert user.app.guide is None
        await user.until(lambda: not [w for w in user.app.workers if w.group == "world"], "the world to end")
        Workspace(tmp_path / "workspace").lock().take().release()


async def test_nothing_is_told_by_colour_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with in_the_guide(tmp_path) as user:
        await user.sees("What you need")
        assert any(isinstance(each, Monochrome) for each in user.app._filters)
        assert isinstance(user.app.screen, GuideScreen)
        assert "○ ready" in user.screen
        row = next(row for row in user.screen.splitlines() if "Prerequisites" in row)
        assert row.startswith("▌")
