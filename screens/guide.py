"""The guide's screen: the rail, the step, the chain and the log, around one walk through the guide."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.worker import WorkerState

from screens.base import WizardScreen
from screens.dialogs.changes import ChangesDialog
from screens.driver import Driver, neighbours
from screens.remedies import GO
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.chain_pane import ChainPane
from screens.widgets.findings import FindingPanel
from screens.widgets.log_pane import LogPane
from screens.widgets.panels import ArtifactsPanel, CommandsPanel
from screens.widgets.step_rail import StepRail
from services.guide.step import Change, State
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.worker import Worker

    from screens.step_view import StepView
    from screens.walk import Walk

STEP_GROUP = "step"


class GuideScreen(WizardScreen[None]):
    """All of one walk. Wide: everything at once. Narrow: the step, with chain and log one key away."""

    @dataclass
    class Told(Message):
        """There is something new to show of `section`; many of these are as good as one."""

        section: str

        def can_replace(self, message: Message) -> bool:
            """A later one takes the place of one that still waits."""
            return isinstance(message, GuideScreen.Told) and message.section == self.section

    @dataclass
    class Finished(Message):
        """The run of a step (or of several) has ended."""

        section: str
        seconds: float
        fine: bool

    class Resumed(Message):
        """The walk is shown for the first time."""

    def __init__(self, walk: Walk, section: str | None = None) -> None:
        super().__init__()
        self.walk = walk
        self.driver = Driver(walk, self)
        self.section = section or walk.first_open()
        self._views: dict[str, StepView] = {}

    # -- layout

    def compose(self) -> ComposeResult:
        """Lay rail, step and chain side by side, the log below them."""
        yield TopBar(self.walk)
        with Horizontal(id="middle"):
            yield StepRail(self.walk, id="rail")
            yield Vertical(id="centre")
            yield ChainPane(id="chain")
        yield LogPane(self.walk.log, id="log")
        yield KeyBar()

    async def on_mount(self) -> None:
        """Show the step where the walk goes on."""
        await self.show_section(self.section)
        self.look_at_chain()

    async def reword(self) -> None:
        """Say everything again; what was typed is kept in the walk's drafts."""
        self._views.clear()
        await self.recompose()
        await self.show_section(self.section)
        self.look_at_chain()

    @property
    def view(self) -> StepView:
        """The step that is shown."""
        return self._views[self.section]

    async def show_section(self, section: str) -> None:
        """Show `section`, its view made on the first visit."""
        for name, view in self._views.items():
            view.display = name == section
        self.section = section
        known = section in self._views
        if not known:
            view = importlib.import_module(f"screens.{section}").VIEW(self.walk)
            self._views[section] = view
            await self.query_one("#centre").mount(view)
        else:
            self.view.propose_again()
            await self.view.show()
        self.remove_class("-show-log", "-show-chain")
        self.query_one(StepRail).shown_section = section
        self.query_one(TopBar).section = section
        self.view.scroll_home(animate=False)
        self.view.best_focus().focus()
        self.reshow()

    # -- running

    def told(self, section: str) -> None:
        """Something of `section` is to be shown."""
        self.post_message(self.Told(section))

    async def on_guide_screen_told(self, event: Told) -> None:
        """Show what is new."""
        event.stop()
        if event.section == self.section:
            await self.view.show()
        self.query_one(StepRail).refresh()
        self.refresh_bindings()
        self.reshow()

    async def confirm(self, section: str, changes: Sequence[Change]) -> bool:
        """Ask whether `changes` may be made."""
        return bool(await self.app.push_screen_wait(ChangesDialog(section, tuple(changes))))

    async def settle(self) -> None:
        """Derive again where the steps stand, and what the chains are."""
        from asyncio import to_thread  # noqa: PLC0415 - only after a run

        await to_thread(self.walk.refresh)
        self.told(self.section)
        self.look_at_chain()

    @work(group=STEP_GROUP, exclusive=True, exit_on_error=False, description="run steps of the guide")
    async def _run(self, sections: tuple[str, ...], request: Any) -> None:
        fine = await self.driver.run(sections, request)
        last = next((name for name in reversed(sections) if self.walk.runs[name].seconds is not None), sections[0])
        self.post_message(self.Finished(last, self.walk.runs[last].seconds or 0.0, fine))
        if fine and last == self.section:
            self.view.best_focus().focus()
        elif not fine:
            failed = next((name for name in sections if self.walk.runs[name].error), self.section)
            await self.show_section(failed)

    def run_now(self) -> None:
        """Run the step that is shown, if its form makes a request and nothing runs."""
        request = self.view.checked_request()
        if self.walk.running is not None:
            self.notify(text("wizard.busy"), markup=False)
        elif request is None:
            self.view.best_focus().focus()
        else:
            self._run((self.section,), request)

    async def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A run that was cancelled, or ended in what nobody foresaw, leaves the screen as usable as before."""
        if event.worker.group == STEP_GROUP and event.state in {WorkerState.CANCELLED, WorkerState.ERROR}:
            await self.settle()

    @property
    def busy(self) -> bool:
        """Whether a step runs."""
        return self.walk.running is not None

    async def stop(self) -> None:
        """Cancel what runs, and wait until it has ended."""
        workers = [worker for worker in self.workers if worker.group == STEP_GROUP and worker.is_running]
        for worker in workers:
            worker.cancel()
        if workers:
            await self.workers.wait_for_complete(workers)

    # -- what the user asks for

    def allows(self, action: str) -> bool:
        """Tell whether `action` can be done now."""
        before, after = neighbours(self.section)
        wide = self.has_class("-wide")
        return {
            "run_step": not self.busy,
            "run_all": not self.busy and bool(self.walk.remaining(self.section)),
            "cancel": self.busy or self.has_class("-show-log") or self.has_class("-show-chain"),
            "previous_step": before is not None,
            "next_step": after is not None,
            "show_rail": wide,
            "show_faults": self.walk.guide.world.practice is not None,
            "show_report": self.walk.guide.workspace.report.exists(),
            "toggle_elsewhere": not self.busy,
        }.get(action, True)

    def action_run_step(self) -> None:
        """Run the step."""
        self.run_now()

    def action_run_all(self) -> None:
        """Run every step from here on that is not done."""
        request = self.view.checked_request()
        rest = self.walk.remaining(self.section)
        if request is not None and rest:
            self._run(rest, request if rest[0] == self.section else None)

    def action_cancel(self) -> None:
        """Leave the log or the chain; else cancel what runs."""
        if self.has_class("-show-log") or self.has_class("-show-chain"):
            self.remove_class("-show-log", "-show-chain")
            self.view.best_focus().focus()
        elif self.busy:
            for worker in self.workers:
                if worker.group == STEP_GROUP:
                    worker.cancel()

    async def action_previous_step(self) -> None:
        """Show the step before."""
        if before := neighbours(self.section)[0]:
            await self.show_section(before)

    async def action_next_step(self) -> None:
        """Show the step after."""
        if after := neighbours(self.section)[1]:
            await self.show_section(after)

    def action_show_rail(self) -> None:
        """Go to the rail."""
        self.query_one(StepRail).focus()

    def action_show_log(self) -> None:
        """Go to the log, or back from it; where there is little room it takes the step's place."""
        self._turn_to("-show-log", self.query_one(LogPane).lines)

    def action_show_chain(self) -> None:
        """Go to the chain, or back from it; where there is little room it takes the step's place."""
        self._turn_to("-show-chain", self.query_one(ChainPane).trees)

    def _turn_to(self, name: str, widget: Any) -> None:
        shown = self.has_class(name) if self.has_class("-narrow") else widget.has_focus
        self.remove_class("-show-log", "-show-chain")
        if shown:
            self.view.best_focus().focus()
            return
        self.add_class(name)
        widget.focus()
        self.refresh_bindings()

    def action_show_commands(self) -> None:
        """Go to the commands that do the same."""
        self._go_to(CommandsPanel)

    def action_show_files(self) -> None:
        """Go to what the step left behind."""
        self._go_to(ArtifactsPanel)

    def _go_to(self, kind: type[CommandsPanel | ArtifactsPanel]) -> None:
        self.remove_class("-show-log", "-show-chain")
        panel = self.view.query_one(kind)
        panel.focus()
        self.view.scroll_to_widget(panel, top=True, animate=False)

    async def action_toggle_elsewhere(self) -> None:
        """Note that the step was done outside the program, or take that back."""
        elsewhere = self.walk.standings[self.section].state is not State.ELSEWHERE
        self.walk.guide.mark_elsewhere(self.section, elsewhere=elsewhere)
        await self.settle()

    async def action_show_faults(self) -> None:
        """Open the menu of what can be broken."""
        from screens.dialogs.faults import FaultsDialog  # noqa: PLC0415 - only in practice, and seldom

        if (control := self.walk.guide.world.practice) is not None:
            self.app.push_screen(FaultsDialog(control))

    def action_explain_step(self) -> None:
        """Show the whole explanation of the step."""
        from screens.viewer import ViewerScreen  # noqa: PLC0415 - only where something is looked at
        from services.text import guide_text  # noqa: PLC0415

        self.app.push_screen(ViewerScreen.of_markdown(text(f"wizard.title.{self.section}"), guide_text(self.section)))

    def action_show_report(self) -> None:
        """Show the report."""
        from screens.viewer import ViewerScreen  # noqa: PLC0415 - only where something is looked at

        self.app.push_screen(ViewerScreen.of_file(text("wizard.report"), self.walk.guide.workspace.report))

    @on(StepRail.Chosen)
    async def _rail_chosen(self, event: StepRail.Chosen) -> None:
        await self.show_section(event.section)

    async def on_step_view_wanted(self, event: Any) -> None:
        """Do what the step's buttons say."""
        event.stop()
        if event.what == "run":
            self.run_now()
        else:
            await self.action_next_step()

    @on(FindingPanel.Asked)
    async def _remedy_asked(self, event: FindingPanel.Asked) -> None:
        event.stop()
        if event.remedy.startswith(GO):
            await self.show_section(event.remedy.removeprefix(GO))
        elif await self.view.remedy(event.remedy):
            self.run_now()

    # -- the chain

    def look_at_chain(self) -> None:
        """Read the certificates again and show them."""
        self._look_at_chain()

    @work(group="chain", exclusive=True, exit_on_error=False, description="read the certificates")
    async def _look_at_chain(self) -> None:
        from asyncio import to_thread  # noqa: PLC0415

        from screens.chain_view import trees_of  # noqa: PLC0415 - brings cryptography

        self.query_one(ChainPane).trees.trees = await to_thread(trees_of, self.walk.guide.here)
        self.refresh_bindings()

