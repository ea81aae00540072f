"""The whole guide in practice, by keyboard only, at both sizes; and the guide's own mistake, made and healed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.opening import Start
from services.guide.step import SECTIONS
from services.text import text
from tests.ui.user import NARROW, WIDE, User, at_the_keyboard

if TYPE_CHECKING:
    from pathlib import Path


async def walk(user: User, section: str) -> None:
    """Run the step that is shown with Enter, agree with Enter, and see it done."""
    assert user.guide.section == section
    await user.press("enter")
    await user.agree()


@pytest.mark.parametrize(("size", "language"), [(NARROW, "en"), (WIDE, "ja")], ids=["80x24", "120x36-ja"])
async def test_enter_alone_leads_from_nothing_to_the_proven_connection(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    async with at_the_keyboard(tmp_path, size, Start(tmp_path / "workspace", language=language)) as user:
        await user.press("enter")
        await user.until_open()
        assert text("wizard.badge.practice") in user.screen
        for section in SECTIONS:
            if section == "connection":
                break
            await walk(user, section)
            await user.until_done(section)
            await user.press("enter")
        await make_the_guides_mistake(user)
        await heal_it(user)
        await user.press("enter")
        await walk(user, "next_steps")
        await user.until_done("next_steps")
        assert (tmp_path / "workspace" / "report.md").is_file()
        assert all(standing.state == "done" for standing in user.guide.walk.standings.values())


@pytest.mark.parametrize(("size", "language"), [(NARROW, "ja"), (WIDE, "en")], ids=["80x24-ja", "120x36"])
async def test_run_everything_goes_to_the_end(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    start = Start(tmp_path / "workspace", practice=True, language=language)
    async with at_the_keyboard(tmp_path, size, start) as user:
        await user.until_open()
        await user.press("ctrl+r")
        await user.agree()
        assert {standing.state for standing in user.guide.walk.standings.values()} == {"done"}
        assert user.guide.section == "next_steps"
        await user.until_done("next_steps")
        await user.press("alt+left")
        await user.sees(f"✓ {text('wizard.state.done')}")


async def make_the_guides_mistake(user: User) -> None:
    """Choose the last certificate of fullchain.pem for root.pem, as the guide has it, and meet the real error."""
    user.app.screen.query_one("#field-ca_file").focus()
    await user.press("right")
    user.app.screen.query_one("#run").focus()
    await user.press("enter")
    await user.agree()
    await user.sees(text("wizard.remedy.ca-file-not-root"))
    error = user.guide.walk.runs["connection"].error
    assert error is not None
    assert error.id == "ca-file-not-root"
    user.app.screen.query_one("FindingPanel").scroll_visible(animate=False)
    await user.sees("unable to get issuer certificate")


async def heal_it(user: User) -> None:
    """One key."""
    await user.press("enter")
    await user.agree()
    await user.until_done("connection")
    proofs = user.guide.walk.result("connection")["proofs"]
    assert len(proofs) >= 4
