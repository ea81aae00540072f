"""The scenes that are pictured, in the order in which one program walks through them.

What they show was said by a true walk (`recording`), and is fed to the screens as the driver feeds it.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import chdir, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from textual._compositor import Compositor
from textual.widgets import Input

from app.opening import Start
from app.settings import Settings
from app.wizard import Wizard
from screens.certificate_words import details
from screens.chain_model import Part
from screens.diagnosis import DiagnosisScreen
from screens.diagnosis_asked import Asked
from screens.diagnosis_work import Examined
from screens.dialogs.changes import ChangesDialog
from screens.dialogs.entry import Entry
from screens.dialogs.faults import FaultsDialog
from screens.dialogs.question import Question
from screens.guide import GuideScreen
from screens.shown import shown
from screens.status import StatusScreen
from screens.viewer import ViewerScreen
from screens.walk import StepRun, Walk
from screens.welcome import Resumable, WelcomeScreen
from screens.widgets.chain_pane import ChainPane
from screens.widgets.form import Form
from screens.widgets.log_pane import LogLines
from services import session as sessions
from services.events import Failed, Progress
from services.explain import explain
from services.guide.runner import Guide
from services.guide.step import SECTIONS, Standing, State
from services.renewal.status import Health, Kind, Row, Status, client_item, server_item, timing_of
from services.renewal.survey import Place, survey
from services.renewal.timing import Validity
from services.secrets import SecretName, SecretStore
from services.text import guide_text, message, text, use_language
from services.tls import repair
from services.tls.diagnose import diagnose
from services.workspace import Workspace
from tests.looks.picture import picture
from tests.looks.recording import FAULTS, WORKSPACE, Recording

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator

    from textual.app import App
    from textual.pilot import Pilot
    from textual.screen import Screen

WIDE, NARROW = (120, 36), (80, 24)
PYTHON = "/usr/bin/python3"  # what commands name, wherever the tests run
_STEADY_LOOKS, _MOST_LOOKS = 3, 300
_KNOWN = (
    SecretName.MQTT_PASSWORD,
    SecretName.PLATFORM_KEY,
    SecretName.PLATFORM_SECRET,
    SecretName.API_KEY,
    SecretName.API_SECRET,
)
_LEFT = {  # by each step, in the workspace
    "client_certificates": ("client",),
    "server_certificate": ("letsencrypt",),
    "deployment": ("emqx",),
    "connection": ("mqtt",),
    "next_steps": ("report.md",),
}


class _Control:
    """The control of a practice world in which nothing is broken, or what `active` names."""

    def __init__(self, active: Iterable[str] = ()) -> None:
        self.active = frozenset(active)

    def inject(self, fault_id: str) -> None:
        """Nothing is there to be broken."""

    def heal(self, fault_id: str) -> None:
        """Nothing is there to be healed."""


class _Still(StepRun):
    """A run for which the clock stands still."""

    @property
    def elapsed(self) -> float:
        return 3.0


@contextmanager
def wizard(folder: Path, *, theme: str, language: str) -> Iterator[Wizard]:
    """A wizard with nothing of anybody's own in it, in `folder`, in UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    use_language(language)
    try:
        with chdir(folder):
            app = Wizard(Start(WORKSPACE), settings_file=Path("settings.json"))
            app.settings = replace(Settings(), theme=theme, language=language)
            app.animation_level = "none"
            with (
                patch.object(Compositor, "render_update", _unpainted),
                patch.object(Path, "absolute", _as_it_is),
                patch.object(sys, "executable", PYTHON),
            ):
                yield app
    finally:
        use_language("en")
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def _as_it_is(path: Path) -> Path:
    """Leave a relative path relative, so that no folder of this machine is ever shown."""
    return path


_paint = Compositor.render_update


def _unpainted(compositor: Compositor, full: bool = False, **others: Any) -> Any:
    """Paint only what is asked for in full: there is no terminal, and a third of the time would go there."""
    if full:
        return _paint(compositor, full=True, **others)
    compositor._dirty_regions.clear()
    return None


async def settled(app: App[int], pilot: Pilot[int]) -> str:
    """Return the picture of `app` once it stays as it is, and the outcome of a run is in sight."""
    same, before, placed = 0, "", False
    for _ in range(_MOST_LOOKS):
        for lines in app.screen.query(LogLines):
            lines.catch_up()
        for line in app.screen.query(Input):
            line.cursor_blink = False
        await _refreshed(app, pilot)
        now = picture(app)
        busy = any(worker.is_running for worker in app.workers)
        same = same + 1 if now == before and not busy else 0
        if same == _STEADY_LOOKS:
            if placed or not _outcome_in_sight(app):
                return now
            same, placed = 0, True
        before = now
    raise AssertionError("the screen never comes to rest")


def _outcome_in_sight(app: App[int]) -> bool:
    """Scroll to the outcome of the run that is shown, as the screen does right after one; tell whether there is one."""
    screen = app.screen
    if not isinstance(screen, GuideScreen) or screen.turned or screen.busy or screen.focused is None:
        return False
    run = screen.view.run_state
    if run.seconds is None or run.error is not None or screen.focused.id not in {"run", "next"}:
        return False
    screen.view.keep_in_sight(animate=False)
    return True


async def _refreshed(app: App[int], pilot: Pilot[int]) -> None:
    """Wait until what was to be done after the next refresh is done."""
    done: list[bool] = []
    app.screen.call_after_refresh(done.append, True)
    await pilot.pause()
    while not done:
        await pilot.pause()


class Scenes:
    """All scenes of one program, one after the other."""

    def __init__(self, app: Wizard) -> None:
        self.app = app
        self.kept = Recording()
        secrets = SecretStore({})
        for name in _KNOWN:
            secrets.put(name, "known")
        self.control = _Control()
        world = self.kept.world(secrets=secrets, practice=self.control)
        self.walk = Walk(Guide(world, Workspace(WORKSPACE), self.kept.until(SECTIONS[0], done=False)))

    async def play(self) -> AsyncGenerator[str, None]:
        """Bring the program to one scene after the other, and yield its name."""
        yield "welcome"
        async for name in self._screens(
            ("welcome-resume", WelcomeScreen((Resumable(WORKSPACE, "practice", 5, 8),))),
            ("status-none", StatusScreen(self._no_status)),
        ):
            yield name
        self.app.walk = self.walk
        await self.app.push_screen(guide := GuideScreen(self.walk))
        guide._pause.stop()
        for section in SECTIONS:
            async for name in self._section(guide, section):
                yield name
        async for name in self._around(guide):
            yield name

    async def _screens(self, *screens: tuple[str, Screen[Any]]) -> AsyncGenerator[str, None]:
        """Show each screen above the others, and take it away again."""
        for name, screen in screens:
            await self.app.push_screen(screen)
            yield name
            await self.app.pop_screen()

    # -- the steps

    async def _section(self, guide: GuideScreen, section: str) -> AsyncGenerator[str, None]:
        """Show a step before it is run, while it runs, failed, and done."""
        walk = self.walk
        walk.standings |= {section: Standing(State.READY)}
        await guide.show_section(section)
        yield f"{section}-empty"
        if changes := self.kept.changes(section):
            async for name in self._screens((f"{section}-changes", ChangesDialog(section, changes))):
                yield name
        self._begin(section)
        events = self.kept.events(section, "done")
        last = max((number for number, event in enumerate(events) if isinstance(event, Progress)), default=0)
        for event in events[: last + 1]:
            walk.take(section, event)
        guide.told(section)
        yield f"{section}-running"
        with self._broken(guide, section):
            self._end(guide, section, "failed")
            yield f"{section}-failed"
        self._begin(section)
        walk.guide.session = self.kept.until(section, done=True)
        self.kept.lay(*_LEFT.get(section, ()))
        self._end(guide, section, "done")
        guide.look_at_chain()
        yield f"{section}-done"

    @contextmanager
    def _broken(self, guide: GuideScreen, section: str) -> Iterator[None]:
        """Let the world, or the form, be as it was when `section` failed."""
        self.control.active = frozenset({FAULTS[section]} if section in FAULTS else ())
        if section == "connection":
            guide.view.form.set_value("ca_file", "last-of-fullchain")
        yield
        self.control.active = frozenset()
        if section == "connection":
            guide.view.form.set_value("ca_file", "root")

    def _begin(self, section: str) -> None:
        self.walk.runs[section] = _Still()
        self.walk.runs[section].begin()
        self.walk.running = section

    def _end(self, guide: GuideScreen, section: str, how: str) -> None:
        """Let `section` have ended: what it had said so far is said anew."""
        run = self.walk.runs[section]
        run.begin()
        for event in self.kept.events(section, how):
            self.walk.take(section, event)
            assert not isinstance(event, Failed) or how == "failed"
        run.end()
        run.seconds = self.kept.session.steps[section].seconds
        self.walk.running = None
        self.walk.standings |= {section: Standing(State.DONE if how == "done" else State.FAILED)}
        guide.told(section)
        guide.call_after_refresh(guide._show_outcome)

    # -- what is around them

    async def _around(self, guide: GuideScreen) -> AsyncGenerator[str, None]:
        await guide.show_section("connection")
        for name, turn in (("log", guide.action_show_log), ("chain", guide.action_show_chain)):
            turn()
            yield name
            guide.turn_back()
        for name in ("commands", "files"):
            await guide.run_action(f"screen.show_{name}")
            yield name
        guide.focus_step()
        async for name in self._screens(*self._viewers(guide)):
            yield name
        for name in ("help", "settings", "command_palette"):
            await self.app.run_action(name)
            yield name.rpartition("_")[2]
            await self.app.pop_screen()
        async for name in self._diagnosis():
            yield name

    def _viewers(self, guide: GuideScreen) -> Iterator[tuple[str, Screen[Any]]]:
        trees = guide.query_one(ChainPane).trees.trees
        node = next(node for tree in trees for node in tree.nodes if node.part is Part.LEAF)
        world = self.walk.guide.world
        yield "certificate", ViewerScreen(node.name, details(node.pem.encode(), world.clock(), world.extra_roots))
        yield "explanation", ViewerScreen.of_markdown(text("wizard.title.deployment"), guide_text("deployment"))
        yield "report", ViewerScreen.of_file(text("wizard.report"), self.walk.guide.workspace.report)
        answers = (("stay", text("wizard.quit.stay")), ("quit", text("wizard.quit.quit")))
        yield "quit", Question(text("wizard.quit.title"), text("wizard.quit.body"), answers)
        yield "save", Entry(text("wizard.save.title"), str(WORKSPACE / "log.txt"), path=True)
        yield "faults", FaultsDialog(_Control(FAULTS.values()))
        yield "status", StatusScreen(self._status, self.walk)

    async def _diagnosis(self) -> AsyncGenerator[str, None]:
        await self.app.push_screen(screen := DiagnosisScreen(self.walk))
        yield "diagnosis-empty"
        screen._say(shown(text("diagnosis.looking"), "$accent"))
        yield "diagnosis-running"
        screen.query_one(Form).set_value("ca", str(WORKSPACE / "mqtt" / "last.pem"))
        screen._asked = Asked(host="mqtt.example.test", ca=WORKSPACE / "mqtt" / "last.pem")
        evidence = self.kept.evidence()
        found = diagnose(evidence)
        screen._examined = Examined(evidence, found, repair.plan(evidence, found), ())
        screen._show()
        yield "diagnosis-done"
        screen.query_one("#diagnosis").scroll_end(animate=False)
        yield "diagnosis-done-below"
        screen._examined = Examined(None, None, None, explain("Error: unable to get issuer certificate"))
        screen._show()
        screen.query_one("#diagnosis").scroll_home(animate=False)
        yield "diagnosis-explained"
        screen.query_one(Form).set_value("ca", "nowhere.pem")
        screen.action_run_step()
        yield "diagnosis-failed"
        await self.app.pop_screen()

    # -- how set-ups stand

    @staticmethod
    async def _no_status() -> Status:
        return Status(Recording().at, ())

    async def _status(self) -> Status:
        """Return how the recorded set-up stands, and one that is not as it should be."""
        at, day = self.kept.at, timedelta(days=1)
        sessions.save(Workspace(WORKSPACE), self.kept.session)
        status = await survey((Place(Workspace(WORKSPACE), ask=False),), at)
        served = server_item(Kind.SERVED, "mqtt.example.com", "ab" * 32, Validity(at - 70 * day, at + 20 * day), at)
        gone = client_item(Kind.CLIENT, "Client", "cd" * 32, Validity(at - 40 * day, at - 3 * day), at)
        due, window, era = timing_of(served)
        notes = ((Health.WRONG, message("status.not-served")),)
        other = Row(Path("plant-7"), "live", "mqtt.example.com", (served, gone), due, window, era, notes=notes)
        return replace(status, rows=(*status.rows, other))
