"""The diagnosis, by keyboard: of a text, of files, of a server, of evidence, of the guide's own failure."""

from __future__ import annotations

import json
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from screens.diagnosis import DiagnosisScreen
from screens.viewer import ViewerScreen
from screens.walk import Walk
from screens.widgets.form import Form
from services.errors import ServiceError
from services.guide.runner import Guide
from services.session import Session
from services.text import text, use_language
from services.workspace import Workspace
from services.world import World
from tests import chains as make
from tests.tls_servers import listener, tls_server
from tests.ui.user import NARROW, WIDE, User, at_the_keyboard

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncGenerator
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
ERROR = "unable to get issuer certificate"


@asynccontextmanager
async def at_the_diagnosis(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = WIDE
) -> AsyncGenerator[User, None]:
    """The diagnosis, reached from the first screen, of somebody who works in `folder`."""
    monkeypatch.chdir(folder)
    async with at_the_keyboard(folder, size) as user:
        await user.press("f8")
        await user.sees("What do you have?")
        yield user


def screen(user: User) -> DiagnosisScreen:
    shown = user.app.screen
    assert isinstance(shown, DiagnosisScreen)
    return shown


async def fill(user: User, **values: object) -> None:
    """Put the values where they would be pasted."""
    for name, value in values.items():
        field = screen(user).query_one(f"#field-{name}", Input)
        field.focus()
        await user.press("home", "shift+end", "delete")
        field.post_message(events.Paste(str(value)))
        await user.until(lambda field=field: field.value, "the paste")  # type: ignore[misc]


async def answered(user: User) -> None:
    """Press F5, and wait for the answer."""
    before = screen(user)._examined
    await user.press("f5")
    await user.until(lambda: screen(user)._examined not in (None, before), "an answer")


async def reads(user: User, *words: str) -> None:
    """Page down, as somebody who reads would, until all `words` have come."""
    await user.press(*["pageup"] * 4)
    left = set(words)
    for _ in range(9):
        left = {each for each in left if each not in user.screen}
        if not left:
            return
        await user.press("pagedown")
    raise AssertionError(f"no {left} in\n{user.screen}")


async def choose(user: User, name: str) -> None:
    """Go to a button with Tab, and press it."""
    for _ in range(16):
        await user.press("tab")
        focused = user.app.screen.focused
        if focused is not None and focused.id == name:
            await user.press("enter")
            return
    raise AssertionError(f"Tab does not lead to {name}")


@SIZES
async def test_an_error_text_is_explained(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_the_diagnosis(tmp_path, monkeypatch, size) as user:
        screen(user).query_one("#field-error").focus()
        await user.press(*ERROR, "enter")
        await user.sees("What the error text admits")
        await reads(user, "self-signed root")


async def test_a_paste_keeps_all_its_lines_and_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_the_diagnosis(tmp_path, monkeypatch) as user:
        await fill(user, error=f"12:00 connecting\x1b[2J[red]\r\n12:01 Error: {ERROR}\r\n")
        assert not {"\x1b", "\r", "\n"} & set(screen(user).query_one("#field-error", Input).value)
        await answered(user)
        found = screen(user)._examined
        assert found is not None
        assert found.causes[0].id == "ca-file-not-root"
        await fill(user, error="all fine [/] here")
        await answered(user)
        await user.sees("[/] here")
        assert screen(user)._examined == type(found)(None, None, None, ())


@SIZES
async def test_a_server_with_the_guides_wrong_root_is_named_and_mended(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1, "localhost")
    wrong = make.write(tmp_path, "root.pem", le.x2_by_x1)
    chain = make.write(tmp_path, "chain.pem", le.x1)
    with tls_server(make.bundle(leaf, *le.intermediates()), leaf.key_pem) as port:
        async with at_the_diagnosis(tmp_path, monkeypatch, size) as user:
            await fill(user, host=f"mqtts://localhost:{port}/mqtt", ca=wrong, chain=chain)
            await answered(user)
            await reads(user, "Use the self-signed root")
            await reads(user, "Python 3.13 create_default_context", "Mended", "✗ 2", "╳", "ISRG Root X2 (imitation)")
            await choose(user, "repair")
            await user.sees("Into which folder")
            await user.press("enter")
            mended = tmp_path / "root-2.pem"
            await user.until(mended.exists, "the corrected file")
            await reads(user, "root-2.pem")
            assert mended.read_bytes() == make.bundle(le.x1)
            assert wrong.read_bytes() == le.x2_by_x1.pem
            await fill(user, ca=mended)
            await answered(user)
            await user.sees("Nothing is wrong")


async def test_what_is_handed_on_holds_no_key_and_is_judged_by_a_colleague(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    chain = make.write(tmp_path, "c.pem", leaf)
    key = make.write(tmp_path, "k.pem", make.client(None).key_pem)
    async with at_the_diagnosis(tmp_path, monkeypatch) as user:
        await fill(user, chain=chain, server_key=key)
        await answered(user)
        await user.sees("key")
        await choose(user, "report")
        await user.until(lambda: isinstance(user.app.screen, ViewerScreen), "the report")
        assert "c.pem" in user.screen
        assert "PRIVATE" not in user.screen
        await user.press("escape")
        await choose(user, "evidence")
        await user.sees("evidence.json")
        await user.press("enter")
        saved = tmp_path / "evidence.json"
        await user.until(saved.exists, "the file")
        assert "PRIVATE" not in saved.read_text()
        assert json.loads(saved.read_text())["version"]
        mine = screen(user)._examined
    chain.unlink()
    key.unlink()
    async with at_the_diagnosis(tmp_path, monkeypatch) as user:
        await fill(user, evidence=saved)
        await answered(user)
        theirs = screen(user)._examined
        assert mine is not None
        assert theirs is not None
        assert theirs.diagnosis == mine.diagnosis
        await fill(user, evidence=make.write(tmp_path, "x.json", b"{}"))
        await user.press("f5")
        await user.sees("✗ ")
        assert "evidence" in user.screen


async def test_a_hostile_subject_is_only_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make.sign("[red]root[/] \x1b]0;owned\x07 [@click=app.quit]x")
    leaf = make.sign("[/]\u202elive[b]", root, ca=False, names=("a.example",))
    async with at_the_diagnosis(tmp_path, monkeypatch) as user:
        await fill(user, chain=make.write(tmp_path, "c.pem", leaf), ca=make.write(tmp_path, "r.pem", root))
        await answered(user)
        await reads(user, "[red]root[/]", "[/]<U+202E>live[b]")
        assert not {"\x1b", "\x07", "\u202e"} & set(user.screen)


async def test_what_cannot_be_looked_at_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_the_diagnosis(tmp_path, monkeypatch, NARROW) as user:
        await user.press("f5")
        await user.sees("! There is nothing to look at.")
        await fill(user, chain=tmp_path / "nothing.pem")
        await user.press("f5")
        await user.sees("does not exist")
        assert [str(label.render()) for label in screen(user).query(".-wrong")] == ["Server chain"]
        await user.press("escape")
        await user.sees("Practise")


async def test_escape_stops_looking_and_what_was_typed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def silent(_: socket.socket) -> None:
        let_go.wait(20)

    with listener(silent) as port:
        async with at_the_diagnosis(tmp_path, monkeypatch, NARROW) as user:
            await fill(user, host="127.0.0.1", port=port)
            await user.press("f5")
            await user.sees("Looking …")
            await user.press("escape")
            await user.sees("Stopped.")
            assert screen(user).query_one(Form).values["host"] == "127.0.0.1"
            await user.press("f5")
            await user.sees("Looking …")
            await user.press("escape", "escape")
            await user.sees("Practise")
            await user.press("ctrl+q")
            await user.until(lambda: user.app.return_value == 0, "the end")
        let_go.set()


async def test_the_guides_last_failure_is_taken_over(tmp_path: Path) -> None:
    le = make.lets_encrypt_like()
    workspace = Workspace(tmp_path / "workspace")
    workspace.mqtt.mkdir(parents=True)
    root = make.write(workspace.mqtt, "root.pem", le.x2_by_x1)
    walk = Walk(Guide(World("practice", extra_roots=make.bundle(le.x1)), workspace, Session()))
    walk.runs["connection"].error = ServiceError("ca-file-not-root", details=ERROR)
    async with at_the_keyboard(tmp_path) as user:
        await user.app.push_screen(DiagnosisScreen(walk))
        await user.sees(ERROR)
        assert screen(user).query_one(Form).values["ca"] == str(root)
        await answered(user)
        await user.sees("The CA file ends short")


async def test_it_speaks_japanese_and_keeps_what_was_typed_and_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_the_diagnosis(tmp_path, monkeypatch, NARROW) as user:
        await fill(user, error=ERROR)
        await answered(user)
        use_language("ja")
        await screen(user).reword()
        await reads(user, text("diagnosis.title"), ERROR, text("diagnosis.causes"))
