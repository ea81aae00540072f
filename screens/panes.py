"""The screen around the steps: its panes, and looking at, copying and saving what stands in them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.containers import Horizontal, Vertical

from screens import deliver
from screens.base import WizardScreen
from screens.dialogs.entry import Entry
from screens.shown import shown
from screens.viewer import ViewerScreen
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.chain_pane import ChainPane
from screens.widgets.log_pane import LogPane
from screens.widgets.step_rail import StepRail
from services.errors import ServiceError
from services.files import read_file
from services.text import text

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from screens.walk import Walk
    from screens.widgets.console_fields import ConsoleFields
    from screens.widgets.panels import ArtifactsPanel, CommandsPanel

SHOW_LOG, SHOW_CHAIN = "-show-log", "-show-chain"


class PanesScreen(WizardScreen[None]):
    """Wide: rail, step and chain side by side, the log below. Narrow: the step, chain and log one key away."""

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk
        self.section = ""

    def compose(self) -> ComposeResult:
        """Lay out the panes; the centre is empty yet."""
        yield TopBar(self.walk)
        with Horizontal(id="middle"):
            yield StepRail(self.walk, id="rail")
            yield Vertical(id="centre")
            yield ChainPane(id="chain")
        yield LogPane(self.walk.log, id="log")
        yield KeyBar(self.command_name)

    # -- which pane is shown

    @property
    def turned(self) -> bool:
        """Whether log or chain are shown in the step's place, or larger."""
        return self.has_class(SHOW_LOG) or self.has_class(SHOW_CHAIN)

    def command_name(self, command: str) -> str:
        """Escape closes the log or the chain before it cancels anything."""
        return text(f"wizard.command.{'viewer-close' if command == 'cancel' and self.turned else command}")

    def turn_back(self) -> None:
        """Show the step again."""
        self.remove_class(SHOW_LOG, SHOW_CHAIN)
        self.focus_step()
        self.refresh_bindings()

    def focus_step(self) -> None:
        """Put the focus where the step wants it."""

    def _turn_to(self, name: str, widget: Widget) -> None:
        if self.has_class(name):
            self.turn_back()
            return
        self.remove_class(SHOW_LOG, SHOW_CHAIN)
        self.add_class(name)
        widget.focus()
        self.refresh_bindings()

    def action_show_log(self) -> None:
        """Go to the log, or back from it."""
        self._turn_to(SHOW_LOG, self.query_one(LogPane).lines)

    def action_show_chain(self) -> None:
        """Go to the chain, or back from it."""
        self._turn_to(SHOW_CHAIN, self.query_one(ChainPane).trees)

    def action_show_rail(self) -> None:
        """Go to the rail."""
        self.query_one(StepRail).focus()

    # -- the log

    def on_log_pane_copy_asked(self, event: LogPane.CopyAsked) -> None:
        """Copy lines of the log."""
        deliver.copy(self, event.lines)

    def on_log_pane_save_asked(self) -> None:
        """Save the log as it is seen."""
        deliver.save(self, self.walk.log.as_text(), self.walk.guide.workspace.root / "log.txt")

    @work(group="search", exclusive=True, description="ask what to look for")
    async def on_log_pane_search_asked(self) -> None:
        """Ask what to look for in the log."""
        lines = self.query_one(LogPane).lines
        if words := await self.app.push_screen_wait(Entry(text("wizard.log.search"), lines.words)):
            lines.search(words)

    # -- the chain

    @work(group="chain", exclusive=True, exit_on_error=False, description="read the certificates")
    async def look_at_chain(self) -> None:
        """Read the certificates again and show them."""
        from asyncio import to_thread  # noqa: PLC0415 - only once there is a guide

        from screens.chain_view import trees_of  # noqa: PLC0415 - brings cryptography

        trees = await to_thread(trees_of, self.walk.guide.here)
        self.query_one(ChainPane).trees.trees = trees
        self.refresh_bindings()

    def on_chain_pane_opened(self, event: ChainPane.Opened) -> None:
        """Show a certificate's details."""
        from screens.certificate_words import details  # noqa: PLC0415 - brings cryptography, which is there by now

        world = self.walk.guide.world
        words = details(event.node.pem.encode(), world.clock(), world.extra_roots)
        self.app.push_screen(ViewerScreen(event.node.name, words))

    # -- commands, files, explanations

    def on_commands_panel_asked(self, event: CommandsPanel.Asked) -> None:
        """Open, copy or save the commands."""
        if event.how == "copy":
            deliver.copy(self, event.script)
        elif event.how == "save":
            deliver.save(self, event.script, self.walk.guide.workspace.root / f"{self.section}.sh")
        else:
            self.app.push_screen(ViewerScreen(text("wizard.part.commands"), event.script))

    def on_artifacts_panel_opened(self, event: ArtifactsPanel.Opened) -> None:
        """Open a file; a certificate with its details."""
        title = text(f"artifact.{event.role}")
        if event.path.suffix in {".crt", ".pem"} and (words := _certificate_words(event, self.walk)):
            self.app.push_screen(ViewerScreen(title, words, path=event.path))
        else:
            self.app.push_screen(ViewerScreen.of_file(title, event.path))

    def on_artifacts_panel_copy_asked(self, event: ArtifactsPanel.CopyAsked) -> None:
        """Copy a file's content: what goes into a field of the console."""
        try:
            deliver.copy(self, read_file(event.path).decode("utf-8", "replace"))
        except ServiceError as error:
            self.notify(shown(error.what).plain, markup=False, severity="error")

    def on_console_fields_copy_asked(self, event: ConsoleFields.CopyAsked) -> None:
        """Copy what goes into one field of the console, and say where the same lies: a clipboard never answers."""
        field = event.field
        try:
            words = read_file(field.path).decode("utf-8", "replace")
        except ServiceError as error:
            self.notify(shown(error.what).plain, markup=False, severity="error")
            return
        self.app.copy_to_clipboard(words)
        event.panel.note_sent(field, f"{datetime.now():%H:%M:%S}", words.count("\n"))  # noqa: DTZ005 - the wall's time

    def action_show_report(self) -> None:
        """Show the report."""
        self.app.push_screen(ViewerScreen.of_file(text("wizard.report"), self.walk.guide.workspace.report))


def _certificate_words(event: ArtifactsPanel.Opened, walk: Walk) -> str:
    """Return the details of every certificate in the file; "" where it holds none, or also a key."""
    from screens.certificate_words import details  # noqa: PLC0415 - brings cryptography

    try:
        content = read_file(event.path)
    except ServiceError:
        return ""
    world = walk.guide.world
    return "" if b"PRIVATE KEY-----" in content else details(content, world.clock(), world.extra_roots)
