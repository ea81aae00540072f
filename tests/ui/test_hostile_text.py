"""Whatever text comes from outside: no widget crashes, reads it as markup, makes an action of it, or lets it through.

The text is handed to the widgets directly, without the services' own door, so that the screens' own lock is tried.
"""

from __future__ import annotations

import asyncio
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll

from screens.chain_model import Link, Node, Part, Tree
from screens.dialogs.changes import ChangesDialog
from screens.dialogs.question import Question
from screens.log_model import LogModel
from screens.subdomain import VIEW
from screens.viewer import ViewerScreen
from screens.walk import StepRun, Walk
from screens.welcome import Resumable, WelcomeScreen
from screens.widgets.bars import TopBar
from screens.widgets.chain_pane import ChainPane
from screens.widgets.checks import Checks
from screens.widgets.findings import FindingPanel, Remedy
from screens.widgets.form import Form
from screens.widgets.log_pane import LogPane
from screens.widgets.menu import Item, Menu
from screens.widgets.panels import ArtifactsPanel, CommandsPanel
from services.errors import InputError, ServiceError
from services.events import Answer, Check, Progress, Source
from services.guide.runner import Guide
from services.guide.step import Change, Command
from services.secrets import SecretStore
from services.session import Session
from services.text import Message, message
from services.workspace import Workspace
from services.world import Emqx, World

if TYPE_CHECKING:
    from textual.pilot import Pilot

AT = datetime(2026, 11, 23, tzinfo=UTC)
NASTY = (
    "[/foo]", "[red]x[/red]", "[/]", "[", "[@click=app.quit]click me[/]", "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J\x1b[H",
    "\x9b31m", "a\u202eb\u2066c", "z\u200bw\u200d\ufeff", "\ud800", "é" + "\u0301" * 50, "x" * 1_000_000, "\n\n\r\n\t",
    "証明書🔒" * 30, "{path} %s $error", "\\[x]", "[link=https://evil.test]x[/link]", "\x00", "\u2028line",
)  # fmt: skip


def words(outside: str) -> Message:
    """A message of which the outside text is a fact."""
    return message("finding.file-not-found.what", path=outside)


class Everything(App[None]):
    """Every widget that shows outside text, below each other."""

    CSS_PATH = str(Path(__file__).parents[2] / "assets" / "wizard.tcss")

    def __init__(self, outside: str, folder: Path) -> None:
        super().__init__()
        self.outside = outside
        self.folder = folder

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"log-height": "8", "field": "ansi_default"}

    def compose(self) -> ComposeResult:
        outside = self.outside
        log = LogModel()
        log.add(Source.CERTBOT, (outside, outside), AT)
        world = World("live", domain=outside, emqx=Emqx(outside))
        with VerticalScroll():
            yield TopBar(Walk(Guide(world, Workspace(self.folder), Session("live"))))
            yield Menu((Item("a", outside, outside, "✗"),), spaced=True)
            yield Form("subdomain", VIEW.ROWS, {"domain": outside}, SecretStore({}))
            yield Checks()
            yield FindingPanel()
            yield CommandsPanel()
            yield ArtifactsPanel(self.folder)
            yield ChainPane()
            yield LogPane(log)

    def on_mount(self) -> None:
        outside = self.outside
        run = StepRun(running=True, progress=Progress(words(outside), 1, 2))
        run.checks = {"a": Check("a", Answer.NO, words(outside), words(outside), 0.1)}
        self.query_one(Checks).show(run)
        error = ServiceError("file-not-found", path=outside, details=outside)
        self.query_one(FindingPanel).show(error, (Remedy("again", outside),))
        self.query_one(Form).complain(InputError("domain", "file-not-found", path=outside))
        self.query_one(CommandsPanel).commands = (Command(words(outside), outside),)
        self.query_one(ArtifactsPanel).artifacts = ((outside, Path("/x") / outside.replace("\x00", "0")),)
        node = Node(Part.LEAF, outside, (words(outside),), Link.BROKEN, "", words(outside))
        self.query_one(ChainPane).trees.trees = (Tree(words(outside), (node, node)),)


def assert_harmless(app: App[None]) -> None:
    """Fail if anything on the screen could drive a terminal, or is an action that the text brought."""
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            assert not segment.control
            bad = [char for char in segment.text if unicodedata.category(char) in {"Cc", "Cf", "Cs"}]
            assert not bad, f"{bad!r} in {segment.text!r}"
            meta = segment.style.meta if segment.style else {}
            assert "@click" not in meta, segment.text
            assert not (segment.style and segment.style.link), segment.text


async def look(pilot: Pilot[None]) -> None:
    """Render what is there, then each widget alone from its top, then whole other screens."""
    app = pilot.app
    assert isinstance(app, Everything)
    await pilot.pause()
    assert_harmless(app)
    for widget in app.query("VerticalScroll > *"):
        app.screen.query_one(VerticalScroll).scroll_to_widget(widget, animate=False, top=True)
        await pilot.pause()
        assert_harmless(app)
    change = Change(words(app.outside), app.outside, app.outside, overwrites=True)
    for screen in (
        ChangesDialog("subdomain", (change,)),
        Question(app.outside, app.outside, (("a", app.outside),)),
        ViewerScreen(app.outside, app.outside, path=Path("/x")),
        WelcomeScreen((Resumable(Path("/x") / app.outside.replace("\x00", "0"), "live", 1, 8),)),
    ):
        app.push_screen(screen)
        await pilot.pause()
        assert_harmless(app)
        app.pop_screen()


def show(outside: str, folder: Path) -> None:
    async def run() -> None:
        async with Everything(outside, folder).run_test(size=(100, 40)) as pilot:
            await look(pilot)

    asyncio.run(run())


@pytest.mark.parametrize("outside", NASTY, ids=range(len(NASTY)))
def test_what_is_known_to_be_nasty(outside: str, tmp_path: Path) -> None:
    show(outside, tmp_path)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), min_size=1, max_size=200))
def test_any_text_at_all(tmp_path: Path, outside: str) -> None:
    show(outside, tmp_path)
