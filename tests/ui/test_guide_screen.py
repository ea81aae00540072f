"""The guide's screen: steps, panes, commands, files, and what goes wrong in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from app import crash
from screens import chain_view
from screens.viewer import ViewerScreen
from screens.widgets.chain_pane import ChainPane
from screens.widgets.log_pane import LogPane
from screens.widgets.panels import ArtifactsPanel, CommandsPanel
from services.events import Source
from services.guide import client_certificates
from services.secrets import SecretName
from tests.ui.user import NARROW, WIDE, User, in_the_guide

if TYPE_CHECKING:
    from pathlib import Path


async def make_client_certificates(user: User) -> None:
    """Go to the step that needs no world, and run it."""
    await user.guide.show_section("client_certificates")
    await user.press("f5")
    await user.until_done("client_certificates")


async def test_the_four_parts_stand_in_the_same_order_in_every_step(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        order = []
        for _ in range(8):
            view = user.guide.view
            parts = ("step-purpose", "form", "step-actions")
            tops = [view.query_one(f".{name}").virtual_region.y for name in parts]
            tops += [view.query_one(kind).virtual_region.y for kind in (CommandsPanel, ArtifactsPanel)]
            order.append(tops == sorted(tops))
            await user.press("alt+right")
        assert order == [True] * 8
        assert user.guide.section == "next_steps"
        await user.press("alt+left")
        assert user.guide.section == "connection"


async def test_the_commands_follow_what_is_typed(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("client_certificates")
        field = user.guide.view.query_one("#field-client_common_name", Input)
        field.focus()
        await user.type("Device 7")
        shell = "\n".join(command.shell for command in user.guide.view.query_one(CommandsPanel).commands)
        assert "/CN=Device 7" in shell


async def test_a_value_that_cannot_be_used_is_marked_and_nothing_runs(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("client_certificates")
        user.guide.view.query_one("#field-ca_country").focus()
        await user.type("Japan")
        await user.sees("! ")
        assert [str(label.render()) for label in user.guide.view.query(".-wrong")] == ["Country"]
        await user.press("f5")
        assert user.guide.walk.running is None
        assert not (tmp_path / "workspace" / "client").exists()
        await user.type("JP")
        assert not user.guide.view.query(".-wrong")


async def test_what_was_typed_is_there_after_going_away_and_after_another_language(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("client_certificates")
        user.guide.view.query_one("#field-ca_common_name").focus()
        await user.type("My CA")
        await user.press("alt+right", "alt+left")
        assert user.guide.view.form.values["ca_common_name"] == "My CA"
        await user.guide.reword()
        assert user.guide.view.query_one("#field-ca_common_name", Input).value == "My CA"


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
async def test_a_step_shows_its_files_and_the_chain(tmp_path: Path, size: tuple[int, int]) -> None:
    async with in_the_guide(tmp_path, size) as user:
        await make_client_certificates(user)
        await user.press("f6")
        await user.sees("client/client-ca.crt")
        await user.press("enter")
        await user.sees("CN=Test CA,O=Test Org,C=US")
        await user.press("escape", "f3")
        await user.until(lambda: user.guide.query_one(ChainPane).trees.nodes, "the chain")
        await user.sees("■ Client")
        assert "leaf · 365 days · RSA 2048" in user.screen
        await user.press("down", "enter")
        assert isinstance(user.app.screen, ViewerScreen)
        await user.sees("CN=Client")


async def test_a_private_key_is_never_shown(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await make_client_certificates(user)
        for place, (role, path) in enumerate(user.guide.view.query_one(ArtifactsPanel).artifacts):
            if not path.name.endswith(".key"):
                continue
            await user.press("f6", *["down"] * place, "enter")
            assert isinstance(user.app.screen, ViewerScreen), role
            assert "600" in user.screen
            assert "PRIVATE KEY" not in user.screen
            return
        pytest.fail("the step left no key")


async def test_a_file_is_copied_by_its_number(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await make_client_certificates(user)
        await user.press("f6", "1")
        assert user.app.clipboard == (tmp_path / "workspace" / "client" / "client-ca.crt").read_text()


async def test_commands_are_opened_copied_and_saved(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("client_certificates")
        await user.press("f4", "c")
        assert "openssl req" in user.app.clipboard
        await user.press("enter")
        assert isinstance(user.app.screen, ViewerScreen)
        await user.press("escape", "f4", "s")
        await user.sees("Save as")
        await user.press("enter")
        saved = tmp_path / "workspace" / "client_certificates.sh"
        await user.until(saved.exists, "the file")
        assert "openssl req" in saved.read_text()
        await user.sees("Saved as")


async def test_the_log_is_searched_filtered_frozen_and_saved(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        log, now = user.guide.walk.log, user.guide.walk.guide.world.clock()
        log.add(Source.MQTT, [f"line {number}" for number in range(500)], now)
        log.add(Source.DNS, ["needle here", "last of dns"], now)
        lines = user.guide.query_one(LogPane).lines
        await user.press("f2")
        await user.sees("last of dns")
        await user.press("slash")
        await user.sees("Look for")
        await user.press(*"LINE 77", "enter")
        await user.sees("found “LINE 77”")
        assert lines.found is not None
        assert log[lines.found].text == "line 77"
        assert "frozen" in user.screen
        log.add(Source.MQTT, ["newest"], now)
        await user.pilot.pause(0.2)
        assert "newest" not in user.screen
        await user.press("f")
        await user.sees("newest")
        await user.press("o")
        await user.sees("needle here")
        assert "line 499" not in user.screen
        await user.press("s", "enter")
        saved = tmp_path / "workspace" / "log.txt"
        await user.until(saved.exists, "the file")
        assert [row.split(" ", 2)[1] for row in saved.read_text().splitlines()] == ["dns", "dns"]


async def test_scrolling_up_freezes_the_log_and_its_end_lets_it_follow(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        log, now = user.guide.walk.log, user.guide.walk.guide.world.clock()
        log.add(Source.MQTT, [f"line {number}" for number in range(500)], now)
        await user.press("f2")
        await user.sees("line 499")
        lines = user.guide.query_one(LogPane).lines
        await user.press("pageup")
        await user.until(lambda: not lines.following, "frozen")
        await user.press("end")
        await user.until(lambda: lines.following, "following")


async def test_a_password_is_nowhere_but_in_memory(tmp_path: Path) -> None:
    secret = "correct-horse-battery"
    async with in_the_guide(tmp_path) as user:
        await make_client_certificates(user)
        await user.guide.show_section("connection")
        user.guide.view.query_one("#field-password").focus()
        await user.press(*secret)
        user.guide.walk.log.add(Source.MQTT, [f"PASS {secret}"], user.guide.walk.guide.world.clock())
        await user.sees("PASS ••••••")
        held = user.guide.walk.guide.world.secrets.get(SecretName.MQTT_PASSWORD)
        assert held is not None
        assert held.reveal() == secret
        assert secret not in user.screen
        assert secret not in user.app.export_screenshot()
        assert secret not in user.guide.walk.log.as_text()
        assert secret not in str(user.guide.walk.drafts)
    assert not any(secret.encode() in content for content in contents_of(tmp_path))


def contents_of(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_a_step_that_is_not_ready_says_what_comes_first_and_leads_there(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("deployment")
        await user.press("f5")
        await user.sees("Deployment cannot run yet.")
        assert "Server certificate" in user.screen
        await user.press("enter")
        await user.until(lambda: user.guide.section == "server_certificate", "the step that comes first")


async def test_done_elsewhere_is_noted_and_taken_back(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("subdomain")
        await user.press("ctrl+o")
        await user.sees("– done elsewhere")
        await user.press("ctrl+o")
        await user.sees("○ ready")


async def test_what_no_step_foresaw_becomes_a_finding_with_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(_: Any, __: Any) -> Any:
        raise ZeroDivisionError
        yield

    monkeypatch.setattr(client_certificates, "run", run)
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("client_certificates")
        await user.press("f5")
        await user.sees("a fault of the program")
        details = list((tmp_path / "workspace").glob("unexpected-*.txt"))
        assert len(details) == 1
        assert "ZeroDivisionError" in details[0].read_text()
        assert user.guide.walk.running is None


async def test_what_no_pane_foresaw_is_said_with_a_file_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trees_of(_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(chain_view, "trees_of", trees_of)
    monkeypatch.setattr(crash, "crash_file", lambda: tmp_path / "details.txt")
    async with in_the_guide(tmp_path) as user:
        await user.sees("details.txt")
        assert "ZeroDivisionError" in (tmp_path / "details.txt").read_text()
        await make_client_certificates(user)


@dataclass
class Endless:
    """A step's `run` that goes on until it is cancelled."""

    began: asyncio.Event
    ended: asyncio.Event

    async def run(self, _: Any, __: Any) -> Any:
        try:
            self.began.set()
            await asyncio.sleep(3600)
            yield
        finally:
            self.ended.set()


async def test_escape_cancels_and_the_step_can_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless(asyncio.Event(), asyncio.Event())
    async with in_the_guide(tmp_path) as user:
        await user.guide.show_section("client_certificates")
        with monkeypatch.context() as patched:
            patched.setattr(client_certificates, "run", endless.run)
            await user.press("f5")
            await user.until(endless.began.is_set, "the step to begin")
            await user.sees("● running")
            await user.press("escape")
            await user.until(endless.ended.is_set, "the step to end")
            await user.until(lambda: user.guide.walk.running is None, "nothing to run")
        await user.sees("○ ready")
        await user.press("f5")
        await user.until_done("client_certificates")


async def test_quitting_while_something_runs_asks_and_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless(asyncio.Event(), asyncio.Event())
    monkeypatch.setattr(client_certificates, "run", endless.run)
    async with in_the_guide(tmp_path, NARROW) as user:
        await user.guide.show_section("client_certificates")
        await user.press("f5")
        await user.until(endless.began.is_set, "the step to begin")
        await user.press("ctrl+q")
        await user.sees("A step is running")
        await user.press("enter")
        assert not endless.ended.is_set()
        await user.press("ctrl+q")
        await user.sees("A step is running")
        await user.press("tab", "enter")
        await user.until(endless.ended.is_set, "the step to end")
        await user.until(lambda: user.app.return_value == 0, "the end")


async def test_resizing_at_any_moment_shows_what_fits(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await make_client_certificates(user)
        for width, height in ((80, 24), (40, 10), (200, 60), (110, 24), (109, 24), (20, 5), (120, 36)):
            await user.pilot.resize_terminal(width, height)
            await user.pilot.pause()
            assert user.guide.has_class("-wide") is (width >= 110)
            assert all(len(row) <= width for row in user.screen.splitlines())
        await user.sees("Client certificates")


async def test_the_mouse_goes_where_the_keys_go(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        await user.pilot.click("StepRail", offset=(6, 4))
        await user.until(lambda: user.guide.section == "understanding", "the step that was clicked")
        row = user.screen.splitlines()[-1]
        await user.pilot.click("KeyBar", offset=(row.index("Back") + 1, 0))
        await user.until(lambda: user.guide.section == "server_certificate", "the step before")


async def test_a_failed_step_says_so_in_words_beside_its_symbol(tmp_path: Path) -> None:
    async with in_the_guide(tmp_path) as user:
        blocked = tmp_path / "workspace" / "client"
        blocked.mkdir(parents=True)
        (blocked / "client-ca.crt").write_text("something else")
        await user.guide.show_section("client_certificates")
        await user.press("f5")
        await user.sees("✗ failed")
        await user.sees("stands in the way")
        await user.press("enter")  # the remedy: replace it, keeping a copy
        await user.until_done("client_certificates")
        copies = [path for path in blocked.iterdir() if path.read_bytes() == b"something else"]
        assert len(copies) == 1
