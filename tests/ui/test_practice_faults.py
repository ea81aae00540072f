"""The practice world is broken from its menu; the error shows as a user would meet it, and one key heals it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.opening import Start
from screens.dialogs.faults import FaultsDialog
from tests.ui.user import NARROW, at_the_keyboard

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_fault_is_chosen_met_and_healed(tmp_path: Path) -> None:
    start = Start(tmp_path / "workspace", practice=True)
    async with at_the_keyboard(tmp_path, NARROW, start) as user:
        await user.until_open()
        control = user.guide.walk.guide.world.practice
        assert control is not None
        await user.press("f7")
        assert isinstance(user.app.screen, FaultsDialog)
        await user.press("down", "down", "down", "enter")
        await user.sees("[✗] AWS does not know the access key.")
        assert control.active == {"aws-bad-credentials"}
        await user.press("escape")
        await user.guide.show_section("subdomain")
        await user.press("f5")
        await user.until(lambda: user.still, "the end")
        error = user.guide.walk.runs["subdomain"].error
        assert error is not None
        assert error.id == "aws-bad-credentials"
        await user.sees("Take back what was broken")
        await user.press("enter")
        await user.until(lambda: user.asked, "the question")
        assert not control.active
        await user.sees("CNAME mqtt.example.test")
        await user.agree()
        await user.until_done("subdomain")


async def test_no_is_an_answer_and_nothing_is_changed(tmp_path: Path) -> None:
    start = Start(tmp_path / "workspace", practice=True)
    async with at_the_keyboard(tmp_path, start=start) as user:
        await user.until_open()
        await user.guide.show_section("subdomain")
        await user.press("f5")
        await user.until(lambda: user.asked, "the question")
        await user.press("escape")
        await user.until(lambda: user.guide.walk.running is None, "the end")
        await user.sees("○ ready")
        assert user.guide.walk.guide.session.record("subdomain").result is None
