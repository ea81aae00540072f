"""The status screen, as somebody at the keyboard sees it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.opening import Start
from screens.status import StatusScreen
from services.renewal.status import Health, Item, Kind, Row, Status, client_item, server_item, timing_of
from services.renewal.timing import DAY, Validity
from services.session import Session, save
from services.text import message
from services.workspace import Workspace
from tests.ui.user import at_the_keyboard, in_the_guide

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def setup(folder: Path, name: str) -> Workspace:
    workspace = Workspace(folder / name)
    workspace.root.mkdir(parents=True)
    save(workspace, Session(world="practice"))
    return workspace


def status(folder: Path) -> Status:
    """One that is fine, and one that serves another certificate, whose client's is gone."""
    ends = Validity(NOW - 20 * DAY, NOW + 70 * DAY)
    files = server_item(Kind.FILES, "mqtt.example.test", "ab" * 32, ends, NOW)
    due, window, era = timing_of(files)
    fine = Row(folder / "one", "live", "mqtt.example.test", (files,), due, window, era)
    gone = client_item(Kind.CLIENT, "Client", "cd" * 32, Validity(NOW - 40 * DAY, NOW - 3 * DAY), NOW)
    notes = ((Health.WRONG, message("status.not-served")),)
    return Status(
        NOW, (fine, Row(folder / "two", "live", "other.example.test", (gone, Item(Kind.SERVED)), notes=notes))
    )


async def test_from_the_first_screen_every_set_up_is_listed(tmp_path: Path) -> None:
    setup(tmp_path / "data" / "emqx-mtls" / "workspaces", "practice-1")
    setup(tmp_path, "elsewhere")
    async with at_the_keyboard(tmp_path, start=Start(tmp_path / "elsewhere")) as user:
        await user.press("ctrl+l")
        await user.sees("practice-1")
        await user.sees("elsewhere")
        await user.sees("Nothing was brought to the deployment yet.")
        await user.press("escape")
        await user.sees("See how every set-up stands")


async def test_with_no_set_up_it_says_so_and_r_looks_again(tmp_path: Path) -> None:
    async with at_the_keyboard(tmp_path) as user:
        await user.press("ctrl+l")
        await user.sees("No set-up yet")
        setup(tmp_path / "data" / "emqx-mtls" / "workspaces", "practice-7")
        await user.press("r")
        await user.sees("practice-7")


@pytest.mark.parametrize("size", [(120, 50), (80, 50)])
async def test_days_due_window_and_time_line_are_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    async def look() -> Status:
        return status(tmp_path)

    async with at_the_keyboard(tmp_path, size) as user:
        await user.app.push_screen(StatusScreen(look))
        await user.sees("70 days")
        await user.sees("renewal due 2027-04-10; renew ran last: never")
        await user.sees("60-day rule")
        await user.sees("━R╌")
        await user.sees("expired 3 days")
        await user.sees("✗ The deployment serves another certificate")


async def test_while_it_looks_the_screen_answers(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def look() -> Status:
        await asked.wait()
        return status(tmp_path)

    async with at_the_keyboard(tmp_path) as user:
        await user.app.push_screen(StatusScreen(look))
        await user.sees("Looking: ")
        asked.set()
        await user.sees("mqtt.example.test")
        assert "Looking: " not in user.screen


async def test_it_is_one_key_away_in_the_guide(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.press("ctrl+l")
        await user.until(lambda: isinstance(user.app.screen, StatusScreen), "the status")
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.guide, "the guide")
