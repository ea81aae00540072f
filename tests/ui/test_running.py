"""A run is stopped, left, taken up again, or made out of date by a change further back: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.opening import Start
from services import session as sessions
from services.dns.resolver import Resolver
from services.guide.step import SECTIONS
from tests.ui.user import NARROW, WIDE, User, at_the_keyboard, at_work_in, walked

if TYPE_CHECKING:
    from pathlib import Path

    from services.workspace import Workspace

BEFORE = SECTIONS[:3]


async def until_certbot_works(user: User) -> None:
    """Go on at the step that is not done, agree to what it would change, and see certbot begin."""
    await user.press("enter")
    await user.until_open()
    assert user.guide.section == "server_certificate"
    await run_until_certbot_works(user)


async def run_until_certbot_works(user: User) -> None:
    await user.press("f5")
    await user.until(lambda: user.asked, "the question")
    await user.press("enter")
    await user.until(lambda: "Requesting a certificate" in user.guide.walk.log.as_text(), "certbot at work")


async def test_escape_stops_certbot_cleanly_and_the_step_can_run_again(tmp_path: Path) -> None:
    workspace = await walked(tmp_path, *BEFORE)
    async with at_the_keyboard(tmp_path, NARROW, Start(workspace.root)) as user:
        await until_certbot_works(user)
        assert at_work_in(workspace.root)
        await user.press("escape")
        await user.sees("Stopped.")
        assert user.still
        assert user.guide.walk.standings["server_certificate"].state == "ready"
        assert not at_work_in(workspace.root)
        world = user.guide.walk.guide.world
        answer = await Resolver.configured(world.dns).ask(f"_acme-challenge.{world.domain}", "TXT")
        assert not answer.values
        assert recorded(workspace) == set(BEFORE)
        await run_until_certbot_works(user)
        await user.press("alt+right")  # on to the step that waits for the certificate
        assert user.guide.section == "understanding"
        await user.until(lambda: user.guide.walk.standings["server_certificate"].state == "done", "the certificate")
        await user.until(lambda: user.guide.view.form.values["live"], "its folder in the step that is shown")
        assert (workspace.live(world.domain) / "fullchain.pem").is_file()


def recorded(workspace: Workspace) -> set[str]:
    session = sessions.load(workspace)
    assert session is not None
    return {name for name, record in session.steps.items() if record.result is not None}


async def test_quitting_while_certbot_works_asks_stops_it_and_loses_nothing(tmp_path: Path) -> None:
    workspace = await walked(tmp_path, *BEFORE)
    async with at_the_keyboard(tmp_path, WIDE, Start(workspace.root)) as user:
        await until_certbot_works(user)
        await user.press("ctrl+q")
        await user.sees("A step is running")
        await user.press("tab", "enter")
        await user.until(lambda: user.app.return_value == 0, "the end")
        assert not at_work_in(workspace.root)
    assert recorded(workspace) == set(BEFORE)
    with workspace.lock():
        pass
    async with at_the_keyboard(tmp_path, WIDE, Start(workspace.root)) as user:
        await user.sees("Go on (PRACTICE, 3 of 8 steps)")


async def test_what_depended_on_a_changed_value_says_so_and_runs_again(tmp_path: Path) -> None:
    workspace = await walked(tmp_path, *SECTIONS)
    async with at_the_keyboard(tmp_path, WIDE, Start(workspace.root)) as user:
        await user.sees("Go on (PRACTICE, 8 of 8 steps)")
        await user.press("enter")
        await user.until_open()
        assert {standing.state for standing in user.guide.walk.standings.values()} == {"done"}
        await change_the_client_ca(user)
        standings = user.guide.walk.standings
        out_of_date = {name for name in SECTIONS if standings[name].state == "attention"}
        assert out_of_date == {"deployment", "connection", "next_steps"}
        await user.press(*["alt+right"] * 4)
        await user.sees("The client CA was made anew since; the deployment")
        assert "the deployment has another" in user.screen
        assert "accepted by the broker" not in user.screen
        await user.press("ctrl+r")
        await user.until(lambda: user.asked, "the question")
        await user.sees("! ")  # something of the user's is replaced: "no" is the answer at hand
        assert user.app.screen.focused is user.app.screen.query_one("#no")
        await user.press("shift+tab", "enter")
        await user.agree()
        assert {standing.state for standing in user.guide.walk.standings.values()} == {"done"}
        await user.sees("accepted by the broker ✓")
        assert "client CA of the deployment" in user.screen


async def change_the_client_ca(user: User) -> None:
    """Go back to where it was made, name it otherwise, and replace what is there."""
    await user.press("f10", *["up"] * 6, "enter")
    await user.until(lambda: user.guide.section == "client_certificates", "the step")
    user.guide.view.query_one("#field-ca_common_name").focus()
    await user.type("Other CA")
    await user.press("enter")
    await user.sees("stands in the way")
    await user.press("enter")
    await user.until_done("client_certificates")
