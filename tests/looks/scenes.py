"""The scenes that are pictured: the snapshots of the suite and the README's pictures are both made of them."""

from __future__ import annotations

import shutil
from contextlib import chdir, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.opening import Start
from app.settings import Settings, save
from app.wizard import Wizard
from screens.chain_model import Link, Node, Part, Tree
from screens.guide import GuideScreen
from screens.walk import Walk
from screens.widgets.chain_pane import ChainPane
from services.errors import ServiceError
from services.events import Answer, Check, Source
from services.guide.runner import Guide
from services.guide.step import SECTIONS, Standing, State
from services.session import Session
from services.text import message, use_language
from services.workspace import Workspace
from services.world import Aws, Emqx, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

WIDE, NARROW = (120, 36), (80, 24)
_ROOM = Path("/tmp/emqx-mtls-looks")  # noqa: S108 - paths stand on the screen, so the folder must be the same everywhere
_STEADY_LOOKS, _MOST_LOOKS = 8, 200
_ADDRESS = "d1234.ala.practice.example"

DONE = (
    Check("name", Answer.YES, message("connection.name", host="mqtt.example.test", addresses="127.0.0.1")),
    Check(
        "mutual-tls",
        Answer.YES,
        message("connection.proof.mutual-tls.yes", version="5.0", evidence="TLSv1.3", milliseconds="1.3"),
    ),
    Check(
        "no-client-certificate",
        Answer.YES,
        message("connection.proof.no-client-certificate.yes", evidence="alert 116 (certificate required)"),
    ),
    Check("other-ca", Answer.YES, message("connection.proof.other-ca.yes", evidence="alert 48 (unknown ca)")),
)
"""What a connection step that went well has proven."""


_AT = datetime(2026, 11, 23, 12, 41, 7)  # noqa: DTZ001 - the log shows local time, and the picture is the same everywhere

_LOG = (
    (Source.MQTT, "CONNECT v5 client emqx-mtls-7f3a user device-1"),
    (Source.MQTT, "CONNACK 0 success"),
    (Source.MQTT, "published and received on emqx-mtls/test"),
    (Source.TLS, "without a certificate: alert 116, certificate required"),
    (Source.TLS, "certificate of another CA: alert 48, unknown ca"),
)


def _node(part: Part, name: str, left: str, *notes: str, link: Link = Link.PROVEN, key: str = "") -> Node:
    kind = "leaf" if part is Part.LEAF else "authority"
    first = message(f"chain.note.{kind}", part=message(f"chain.part.{part.value}"), left=left, key=key)
    return Node(part, name, (first, *(message(f"chain.note.{note}") for note in notes)), link, "PEM")


def _chain(*, root: bool) -> tuple[Tree, ...]:
    """Both chains, as they stand when the guide is done; without `root`, root.pem is the guide's own mistake."""
    top = _node(Part.ROOT, "ISRG Root X1", "8.5 y", "in-root-pem", link=Link.NONE)
    missing = Node(Part.MISSING, "ISRG Root X1", wrong=message("chain.note.missing-from-root-pem"))
    below = Link.PROVEN if root else Link.BROKEN
    served = ("served",) if root else ("in-root-pem", "served")
    server = (
        top if root else missing,
        _node(Part.CROSS, "ISRG Root X2", "5.8 y", *served, link=below),
        _node(Part.CROSS, "Root YE", "5.8 y", "served"),
        _node(Part.INTERMEDIATE, "YE1", "1.8 y", "served"),
        _node(Part.LEAF, "mqtt.example.test", "89 days", "served", key="P-256"),
    )
    accepted = ("accepted",) if root else ()
    client = (
        _node(Part.ROOT, "Test CA", "364 days", "client-ca", link=Link.NONE),
        _node(Part.LEAF, "Client", "364 days", *accepted, key="RSA 2048"),
    )
    return (Tree(message("chain.server"), server), Tree(message("chain.client"), client))


@contextmanager
def wizard(name: str, *, theme: str = "mtls-dark", language: str = "en") -> Iterator[Wizard]:
    """A wizard with nothing of anybody's own in it, in a folder that is gone afterwards."""
    room = _ROOM / name
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    save(Settings(theme=theme, language=language), room / "settings.json")
    use_language(language)
    try:
        with chdir(room):  # an empty path stands for the current folder, and is shown as such
            yield Wizard(Start(room / "w"), settings_file=room / "settings.json")
    finally:
        shutil.rmtree(room, ignore_errors=True)


async def show(pilot: Pilot[int], scene: str) -> None:
    """Bring the wizard of `pilot` to `scene`: a screen's name, a section, or `<section>:done` or `:failed`."""
    app = pilot.app
    assert isinstance(app, Wizard)
    await pilot.pause()
    if scene in {"help", "settings", "diagnose"}:
        await app.run_action(scene)
    elif scene != "welcome":
        section, _, state = scene.partition(":")
        walk = Walk(Guide(_world(), Workspace(_workspace(app)), Session()))
        walk.refresh()
        _put(walk, section, state)
        app.walk = walk
        await app.push_screen(GuideScreen(walk))
        await pilot.pause()
        assert app.guide is not None
        await app.guide.show_section(section)
        while section not in app.guide._views:
            await pilot.pause()
        if state:
            await app.guide.workers.wait_for_complete()
            app.guide.query_one(ChainPane).trees.trees = _chain(root=state == "done")
    if app.focused is not None and hasattr(app.focused, "cursor_blink"):
        app.focused.cursor_blink = False
    await _settled(pilot)


async def _settled(pilot: Pilot[int]) -> None:
    """Wait until the picture has stayed the same for a while: some parts come after the first paint."""
    same, before = 0, ""
    for _ in range(_MOST_LOOKS):
        await pilot.pause(0.05)
        now = str([list(strip) for strip in pilot.app.screen._compositor.render_strips()])
        same = same + 1 if now == before else 0
        if same == _STEADY_LOOKS:
            return
        before = now
    pytest.fail("the screen never comes to rest")


def _world() -> World:
    return World("practice", Aws(isolated=True), emqx=Emqx(_ADDRESS), domain="mqtt.example.test")


def _workspace(app: Wizard) -> Path:
    workspace = app.start.workspace
    assert workspace is not None
    return workspace


def _put(walk: Walk, section: str, state: str) -> None:
    """Let `section` look as after a run."""
    run = walk.runs[section]
    if state:
        for source, line in _LOG:
            walk.log.add(source, (line,), _AT.astimezone())
        before = SECTIONS[: SECTIONS.index(section)]
        here = State.DONE if state == "done" else State.FAILED
        walk.standings |= dict.fromkeys(before, Standing(State.DONE)) | {section: Standing(here)}
    if state == "done":
        run.checks = {check.id: check for check in DONE}
        run.seconds = 0.4
    elif state == "failed":
        run.checks = {DONE[0].id: DONE[0]}
        run.seconds = 0.3
        run.error = ServiceError(
            "ca-file-not-root",
            path=Path("root.pem"),
            subject="ISRG Root X2",
            issuer="ISRG Root X1",
            depth=3,
            host="mqtt.example.test",
            port=8883,
            details="unable to get issuer certificate",
        )
