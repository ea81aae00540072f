"""The wizard: the Textual application around the screens."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from rich.text import Text
from textual import on, work
from textual.app import SystemCommand

from app import crash
from app import settings as preferences
from app.commands import COMMANDS, bindings, entries
from app.opening import Start, WorldKind, hold, new_workspace, resumable
from app.placing import PlacingApp
from app.terminal import Terminal
from app.themes import OFFERED, OWN
from assets import FOLDER
from screens.base import WizardScreen
from screens.shown import shown
from screens.welcome import WelcomeScreen
from services import text as catalogue
from services.errors import ServiceError
from services.text import text
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.screen import Screen

    from app.cli import Common
    from app.settings import Settings
    from screens.guide import GuideScreen
    from screens.walk import Walk
    from services.renewal.status import Status

_LONG = 5.0  # seconds after which the end of a run is worth a bell
_GRACE = 6.0  # seconds that what runs has to stop when the user quits: a child program is gone after 5 at the latest


class Wizard(PlacingApp, inherit_bindings=False):
    """The application: opens worlds, shows screens, keeps the user's preferences."""

    CSS_PATH = str(FOLDER / "wizard.tcss")
    TITLE = "emqx-mtls"
    BINDINGS: ClassVar[list[Any]] = bindings()
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True

    def __init__(self, start: Start | None = None, *, settings_file: Path | None = None) -> None:
        super().__init__()
        self.start = start or Start()
        self._file = settings_file or preferences.settings_file()
        self.settings: Settings = preferences.load(self._file)
        if chosen := self.start.language or self.settings.language:
            catalogue.use_language(chosen)
        self.walk: Walk | None = None
        self._until: asyncio.Event | None = None
        self.terminal = Terminal(self._say)

    # -- beginning and ending

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the welcome."""
        named = (self.start.workspace,) if self.start.workspace else ()
        recent = tuple(Path(path) for path in self.settings.recent)
        return WelcomeScreen(() if self.start.practice else resumable(named or recent))

    def on_load(self) -> None:
        """Apply the preferences before anything is drawn."""
        for theme in OWN:
            self.register_theme(theme)
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else OWN[0].name
        self.set_keymap(self.settings.keymap)

    def on_mount(self) -> None:
        """Begin practice at once where the command line asks for it."""
        self.terminal.keep_title()
        self.terminal.title("emqx-mtls")
        if self.start.practice:
            self.open_world("practice", new_workspace("practice", self.start.workspace))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the style sheet the variables that are not every theme's."""
        height = (
            str(self.settings.log_height) if hasattr(self, "settings") else "8"
        )  # asked for by the base class already
        return {"log-height": height, "field": "ansi_default"}

    async def action_quit(self) -> None:
        """End the program; where something runs, ask first."""
        if self.guide is not None and self.guide.busy:
            self._ask_to_quit()
        else:
            await self._leave()

    @work(group="dialog", exclusive=True, description="ask before quitting")
    async def _ask_to_quit(self) -> None:
        from screens.dialogs.question import Question  # noqa: PLC0415 - seldom

        answers = (("stay", text("wizard.quit.stay")), ("quit", text("wizard.quit.quit")))
        question = Question(text("wizard.quit.title"), text("wizard.quit.body"), answers)
        if await self.push_screen_wait(question) == "quit":
            self.run_worker(self._leave(), group="leave", description="stop and quit")

    async def _leave(self) -> None:
        """Stop what runs, and end."""
        if self.guide is not None and self.guide.busy:
            self.notify(text("wizard.quit.stopping"), markup=False)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.guide.stop(), _GRACE)
        self.terminal.restore_title()
        self.exit(0)

    # -- worlds

    @property
    def guide(self) -> GuideScreen | None:
        """The guide's screen, if a walk is open."""
        if self.walk is None:
            return None
        from screens.guide import GuideScreen  # noqa: PLC0415 - it is there already

        return next((screen for screen in self.screen_stack if isinstance(screen, GuideScreen)), None)

    @on(WelcomeScreen.Chosen)
    def _begin(self, event: WelcomeScreen.Chosen) -> None:
        if event.what == "diagnosis":
            self.action_diagnose()
        elif event.what == "status":
            self.action_status()
        elif event.what == "resume" and event.workspace is not None:
            workspace = Workspace(event.workspace)
            found = resumable((event.workspace,))
            self.open_world("practice" if found and found[0].world == "practice" else "live", workspace)
        elif event.what == "practice":
            self.open_world("practice", new_workspace("practice", self.start.workspace))
        else:
            self.ask_for_place(new_workspace("live", self.start.workspace))

    @work(group="world", exclusive=True, exit_on_error=False, description="hold the world open")
    async def open_world(self, kind: WorldKind, workspace: Workspace) -> None:
        """Open the world of `workspace`, and hold it until the walk is left."""
        self.tell(text(f"wizard.opening.{kind}"))
        self._until = asyncio.Event()
        try:
            await hold(kind, workspace, self.start, self._opened, self._until)
        except Exception as error:  # noqa: BLE001 - whatever stops a world from opening is to be said, not to end it all
            found = error if isinstance(error, ServiceError) else crash.finding(error, str(workspace.root))
            self.tell(f"{found.what} {found.why} {found.fix}", wrong=True)

    async def _opened(self, walk: Walk) -> None:
        """Show the walk that was opened."""
        from screens.guide import GuideScreen  # noqa: PLC0415 - not before it is wanted

        self.walk = walk
        self._keep(preferences.with_recent(self.settings, walk.guide.workspace.root))
        self.tell("")
        await self.push_screen(GuideScreen(walk))

    def tell(self, words: str, *, wrong: bool = False) -> None:
        """Say `words` on the first screen."""
        for screen in self.screen_stack:
            if isinstance(screen, WelcomeScreen) and screen.is_mounted:
                screen.call_after_refresh(screen.tell, words, wrong=wrong)

    async def action_welcome(self) -> None:
        """Leave the walk and go back to the first screen."""
        if self.guide is None:
            return
        if self.guide.busy:
            self.notify(text("wizard.busy"), markup=False)
            return
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.walk = None
        if self._until is not None:
            self._until.set()

    # -- other screens

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense where one is."""
        top = type(self.screen).__name__
        if action in {"settings", "help", "diagnose", "status"}:
            return top in {"WelcomeScreen", "GuideScreen"}
        if action == "welcome":
            return top == "GuideScreen"
        if action == "place":
            return self.can_move
        return super().check_action(action, parameters)

    def action_diagnose(self) -> None:
        """Open the diagnosis."""
        from screens.diagnosis import DiagnosisScreen  # noqa: PLC0415 - not before it is wanted

        self.push_screen(DiagnosisScreen(self.walk))

    def action_status(self) -> None:
        """Show how every set-up stands."""
        from screens.status import StatusScreen  # noqa: PLC0415 - not before it is wanted

        self.push_screen(StatusScreen(self._look, self.walk))

    async def _look(self) -> Status:
        """Look at every set-up that this program knows of."""
        surveying = await asyncio.to_thread(importlib.import_module, "app.surveying")  # heavy
        named = (self.start.workspace,) if self.start.workspace else ()
        walk = self.walk
        opened = (walk.guide.workspace, walk.guide.world) if walk is not None else None
        known = surveying.workspaces_known((*named, *map(Path, self.settings.recent)))
        found: Status = await surveying.survey_all(known, opened)
        return found

    def action_help(self) -> None:
        """Open the help."""
        from screens.help import HelpScreen  # noqa: PLC0415 - not before it is wanted

        self.push_screen(HelpScreen(tuple(entries(self.settings.keymap))))

    def action_settings(self) -> None:
        """Open the settings."""
        from screens.settings import Preference, SettingsScreen  # noqa: PLC0415 - not before they are wanted

        heights = tuple(map(str, preferences.LOG_HEIGHTS))
        self.push_screen(
            SettingsScreen(
                (
                    Preference("language", catalogue.LANGUAGES, catalogue.language()),
                    Preference("theme", OFFERED, self.theme),
                    Preference("log_height", heights, str(self.settings.log_height)),
                ),
                self._file,
            )
        )

    def action_help_quit(self) -> None:
        """Ctrl-C does not quit: say what does."""
        self.notify(text("wizard.quit.how"), markup=False)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Feed the palette from the one table: what the screen allows now."""
        for command in COMMANDS:
            target, _, action = command.action.partition(".")
            node = screen if target == "screen" else self
            if command.id != "palette" and node.check_action(action, ()):
                yield SystemCommand(command.name, command.tip, lambda action=command.action: self.run_action(action))

    def action_command_palette(self) -> None:
        """Open the palette, in the user's language."""
        from textual.command import CommandPalette  # noqa: PLC0415 - not before it is wanted

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=text("wizard.palette.search"), id="--command-palette"))

    # -- what nobody foresaw

    @on(WizardScreen.Unforeseen)
    def _unforeseen(self, event: WizardScreen.Unforeseen) -> None:
        """Say what a worker of a screen ended in; the program goes on."""
        found = crash.finding(event.error, type(self.screen).__name__, self._redact)
        self.notify(f"{found.what} {found.fix}", severity="error", markup=False, timeout=15)

    def _redact(self, words: str) -> str:
        return self.walk.guide.world.secrets.redact(words) if self.walk is not None else words

    def _fatal_error(self) -> None:
        """End with three lines instead of Textual's traceback, which shows the values of variables."""
        error = self._exception
        found = crash.finding(error, "wizard", self._redact) if error is not None else ServiceError("unexpected")
        self.bell()
        self._exit_renderables.append(Text(f"{found.what}\n{found.why}\n{found.fix}"))
        self._close_messages_no_wait()

    # -- preferences

    async def on_settings_screen_changed(self, event: Any) -> None:
        """Apply a preference, and keep it."""
        event.stop()
        if event.name == "language":
            catalogue.use_language(event.value)
            self._keep(replace(self.settings, language=event.value))
            for screen in self.screen_stack:
                if isinstance(screen, WizardScreen):
                    await screen.reword()
        elif event.name == "theme":
            self.theme = event.value
            self._keep(replace(self.settings, theme=event.value))
        else:
            self._keep(replace(self.settings, log_height=int(event.value)))
            self.refresh_css()

    def _keep(self, settings: Settings) -> None:
        self.settings = settings
        try:
            preferences.save(settings, self._file)
        except ServiceError as error:
            self.notify(shown(error.what).plain, markup=False, severity="warning")

    # -- what the screens ask for

    def on_guide_screen_finished(self, event: Any) -> None:
        """Say that something long has ended, also to those who look elsewhere."""
        event.stop()
        if event.seconds >= _LONG:
            self.bell()
            key = "fine" if event.fine else "failed"
            self.terminal.notify(text(f"wizard.finished.{key}", section=text(f"wizard.section.{event.section}")))

    def on_diagnosis_screen_report_asked(self, event: Any) -> None:
        """Show a diagnosis as a text to copy, save and send."""
        import click  # noqa: PLC0415 - it is there already

        from app.diagnosis_text import lines  # noqa: PLC0415 - only where a report is wanted
        from screens.viewer import ViewerScreen  # noqa: PLC0415 - as above

        event.stop()
        found = event.examined
        words = "\n".join(click.unstyle(line) for line in lines(found.evidence, found.diagnosis, verbose=True))
        self.push_screen(ViewerScreen(text("diagnosis.report"), words))

    def _say(self, sequence: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)


def run_wizard(common: Common, *, practice: bool = False, faults: tuple[str, ...] = (), port: int = 0) -> NoReturn:
    """Run the wizard, and end the process with its exit status.

    Args:
        common: the options that every command takes.
        practice: begin practice at once, without the first screen.
        faults: what is broken in practice from the start.
        port: of the practice deployment's TLS port; 0 for a free one.
    """
    if not common.color:
        os.environ["NO_COLOR"] = "1"  # Textual looks there
    app = Wizard(Start(common.workspace, practice, faults, port, common.language))
    status = app.run()
    _leave_at_once(app.return_code or status or 0)


def _leave_at_once(status: int) -> NoReturn:
    """End the process. Everything is stopped and saved by now; Python's own tidying would take longer than all of it.

    A thread that still waits for the network would hold it up even more.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
