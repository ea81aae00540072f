"""Dialogs and viewers at 80x24 by mouse alone, and at changing sizes; their keys are tried where each is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.command import CommandPalette

from app.opening import Start
from screens.dialogs.changes import ChangesDialog
from screens.dialogs.faults import FaultsDialog
from screens.dialogs.question import Question
from screens.viewer import ViewerScreen
from services.guide.step import SECTIONS
from tests.ui.user import NARROW, WIDE, User, at_the_keyboard, walked

if TYPE_CHECKING:
    from pathlib import Path


async def click(user: User, words: str) -> None:
    """Click at the last place on the screen where `words` stand."""
    await user.sees(words)
    rows = user.screen.splitlines()
    row = max(number for number, line in enumerate(rows) if words in line)
    await user.pilot.click(offset=(rows[row].rindex(words) + 1, row))
    await user.pilot.pause()


async def until_on(user: User, kind: type) -> None:
    await user.until(lambda: isinstance(user.app.screen, kind) and user.app.screen.is_current, kind.__name__)


async def test_everything_by_mouse_alone(tmp_path: Path) -> None:
    workspace = await walked(tmp_path, *SECTIONS[:2])
    async with at_the_keyboard(tmp_path, NARROW, Start(workspace.root)) as user:
        await click(user, "Go on (PRACTICE")
        await user.until_open()
        await break_and_heal(user)
        await see_a_certificate(user)
        await refuse_then_agree(user)
        await stay_then_quit(user)


async def break_and_heal(user: User) -> None:
    """Through the palette to the menu of faults; a fault on and off again; a click beside it closes it."""
    control = user.guide.walk.guide.world.practice
    assert control is not None
    await click(user, "^P Palette")
    await until_on(user, CommandPalette)
    await user.press(*"Break")
    await click(user, "Break it")
    await until_on(user, FaultsDialog)
    await click(user, "[ ] AWS")
    await user.sees("[✗] AWS")
    assert len(control.active) == 1
    await click(user, "[✗] AWS")
    assert not control.active
    await user.pilot.click(offset=(1, 0))
    await user.until(lambda: user.app.screen is user.guide, "the guide")


async def see_a_certificate(user: User) -> None:
    await click(user, "F3 Chain")
    await click(user, "■ Client")
    await until_on(user, ViewerScreen)
    await user.sees("CN=Client")
    await click(user, "Esc Close")
    await user.until(lambda: user.app.screen is user.guide, "the guide")
    await click(user, "Esc Close")


async def refuse_then_agree(user: User) -> None:
    assert user.guide.section == "subdomain"
    for answer, state in (("No", "ready"), ("Do it", "done")):
        await click(user, "F5 Run")
        await until_on(user, ChangesDialog)
        await user.sees("CNAME mqtt.example.test")
        assert "nothing" in user.screen
        await click(user, answer)
        await user.until(lambda: user.still, "the end")
        assert user.guide.walk.standings["subdomain"].state == state


async def stay_then_quit(user: User) -> None:
    await click(user, "Next ▸")
    await user.until(lambda: user.guide.section == "server_certificate", "the next step")
    await click(user, "F5 Run")
    await click(user, "Do it")
    await user.until(lambda: "Requesting a certificate" in user.guide.walk.log.as_text(), "certbot at work")
    await click(user, "^Q Quit")
    await until_on(user, Question)
    await click(user, "Stay")
    await user.until(lambda: user.app.screen is user.guide, "the guide")
    assert user.app.return_value is None
    await click(user, "^Q Quit")
    await click(user, "Stop and quit")
    await user.until(lambda: user.app.return_value == 0, "the end")


async def test_the_terminal_may_change_its_size_at_any_moment(tmp_path: Path) -> None:
    workspace = await walked(tmp_path, *SECTIONS[:3])
    async with at_the_keyboard(tmp_path, WIDE, Start(workspace.root)) as user:
        await user.press("enter")
        await user.until_open()
        for keys in (["f7"], ["f1"], ["ctrl+t"], ["ctrl+p"], ["f9"], ["f8"], ["f2"], ["f3"]):
            await user.press(*keys)
            await through_all_sizes(user)
            await user.press("escape")
            await user.until(lambda: user.app.screen is user.guide, f"the guide after {keys}")
        await user.press("f5")
        await user.until(lambda: user.asked, "the question")
        await through_all_sizes(user)
        await user.press("enter")
        await user.until(lambda: "Requesting a certificate" in user.guide.walk.log.as_text(), "certbot at work")
        await through_all_sizes(user)
        await user.until_done("server_certificate")


async def through_all_sizes(user: User) -> None:
    for width, height in ((80, 24), (40, 10), (120, 36)):
        await user.pilot.resize_terminal(width, height)
        await user.pilot.pause()
        rows = user.screen.splitlines()
        assert len(rows) == height
        assert any(row.strip() for row in rows)
        focused = user.app.screen.focused
        assert focused is None or focused.is_attached
