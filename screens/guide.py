"""The guide's screen: one walk through the guide, its steps shown and run between the panes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.message import Message
from textual.worker import WorkerState

from screens.dialogs.changes import ChangesDialog
from screens.driver import Driver, neighbours
from screens.panes import SHOW_CHAIN, SHOW_LOG, PanesScreen
from screens.remedies import GO, PLACE, PRODUCTION
from screens.viewer import ViewerScreen
from screens.widgets.bars import TopBar
from screens.widgets.console_fields import ConsoleFields
from screens.widgets.findings import FindingPanel
from screens.widgets.panels import ArtifactsPanel, CommandsPanel
from screens.widgets.step_rail import StepRail
from services.guide.step import Change, State
from services.text import guide_text, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.worker import Worker

    from screens.step_view import StepView
    from screens.walk import Walk

STEP_GROUP = "step"
_PAUSE = 0.3  # seconds after which the user reads, so that the next step's view can be made meanwhile


class GuideScreen(PanesScreen):
    """All of one walk: goes from step to step, runs them, and shows what comes of it."""

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

    @dataclass
    class ElsewhereWanted(Message):
        """A step can only go on with another place: with real certificates (`production`), or one to be given."""

        production: bool

    def __init__(self, walk: Walk, section: str | None = None) -> None:
        super().__init__(walk)
        self.driver = Driver(walk, self)
        self.section = section or walk.first_open()
        self._views: dict[str, StepView] = {}
        self._turning = asyncio.Lock()  # one turn to another step at a time
        self._following = True  # the step that runs is the one to show; not after the user has gone elsewhere

    async def on_mount(self) -> None:
        """Show the step where the walk goes on."""
        self._pause = self.set_interval(_PAUSE, self._prepare_next, pause=True)
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
        async with self._turning:
            try:
                await self._make_view(section)
            except Exception as error:  # noqa: BLE001 - a step that cannot be shown must not take the others with it
                self.post_message(self.Unforeseen(error))
                return
            for name, view in self._views.items():
                view.display = name == section
            self.section = section
        self.remove_class(SHOW_LOG, SHOW_CHAIN)
        self.query_one(StepRail).shown_section = section
        self.query_one(TopBar).section = section
        self.view.scroll_home(animate=False)
        self.focus_step()
        self.reshow()
        self._pause.reset()

    async def _prepare_next(self) -> None:
        """Make the view of the step after, which is most likely wanted next."""
        self._pause.pause()
        after = neighbours(self.section)[1]
        if after is None or after in self._views or self._turning.locked():
            return
        async with self._turning:
            with contextlib.suppress(Exception):  # it is told of when the step is to be shown
                await self._make_view(after)

    async def _make_view(self, section: str) -> None:
        """Make the view of `section` on the first visit; on later ones let it take over what is new."""
        if section in self._views:
            self._views[section].propose_again()
            self._views[section].show()
            return
        view: StepView = importlib.import_module(f"screens.{section}").VIEW(self.walk)
        view.display = False  # until it is complete: laid out and painted once
        await self.query_one("#centre").mount(view)
        self._views[section] = view

    def focus_step(self) -> None:
        """Put the focus where the step wants it."""
        self.view.best_focus().focus(scroll_visible=False)

    # -- running

    async def begun(self, section: str) -> None:
        """A step begins: show it, if the one before it was shown."""
        if self._following and section != self.section:
            await self.show_section(section)

    def told(self, section: str) -> None:
        """Something of `section` is to be shown."""
        self.post_message(self.Told(section))

    def on_guide_screen_told(self, event: Told) -> None:
        """Show what is new."""
        event.stop()
        if event.section in self._views:
            view = self._views[event.section]
            view.show()
            if self.walk.running == self.section:
                view.call_after_refresh(view.keep_in_sight, animate=False)
        self.query_one(StepRail).refresh()
        self.refresh_bindings()
        self.reshow()

    async def confirm(self, section: str, changes: Sequence[Change]) -> bool:
        """Ask whether `changes` may be made."""
        agreed: bool | None = await self.app.push_screen_wait(ChangesDialog(section, tuple(changes)))
        return bool(agreed)

    async def settle(self) -> None:
        """Derive again where the steps stand, and what the chains are."""
        await asyncio.to_thread(self.walk.refresh)
        if self.section in self._views:
            self.view.propose_again()  # the step that is shown may have waited for the one that has ended
        self.told(self.section)
        self.look_at_chain()

    @work(group=STEP_GROUP, exclusive=True, exit_on_error=False, description="run steps of the guide")
    async def _run(self, sections: tuple[str, ...], request: Any) -> None:
        fine = await self.driver.run(sections, request)
        last = next((name for name in reversed(sections) if self.walk.runs[name].seconds is not None), sections[0])
        self.post_message(self.Finished(last, self.walk.runs[last].seconds or 0.0, fine))
        if fine and last == self.section:
            self.call_after_refresh(self._show_outcome)
        elif not fine:
            await self.show_section(next((name for name in sections if self.walk.runs[name].error), self.section))
            self.call_after_refresh(self._show_outcome)

    def _show_outcome(self) -> None:
        """Put the focus where the step goes on, and show what came of it."""
        self.focus_step()
        self.view.show()
        place = self.view.scroll_home if self.view.run_state.error is not None else self.view.keep_in_sight
        self.view.call_after_refresh(self.call_after_refresh, place, animate=False)  # when all of it has its height

    def run_now(self) -> None:
        """Run the step that is shown, if its form makes a request and nothing runs."""
        request = self.view.checked_request()
        if self.walk.running is not None:
            self.notify(text("wizard.busy"), markup=False)
        elif request is None:
            self.view.refuse()
        else:
            self._run((self.section,), request)

    async def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A run that was cancelled, or ended in what nobody foresaw, leaves the screen as usable as before."""
        if event.worker.group != STEP_GROUP:
            return
        if event.state is WorkerState.CANCELLED:
            self.notify(text("wizard.stopped"), markup=False)
        if event.state in {WorkerState.CANCELLED, WorkerState.ERROR}:
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
        await asyncio.gather(*(worker.wait() for worker in workers), return_exceptions=True)

    # -- what the user asks for

    def allows(self, action: str) -> bool:
        """Tell whether `action` can be done now."""
        before, after = neighbours(self.section)
        wide = self.has_class("-wide")
        return {
            "run_step": not self.busy,
            "run_all": not self.busy and bool(self.walk.remaining(self.section)),
            "cancel": self.busy or self.turned,
            "previous_step": before is not None,
            "next_step": after is not None,
            "show_rail": wide,
            "show_faults": self.walk.guide.world.practice is not None,
            "show_report": self.walk.guide.workspace.report.exists(),
            "toggle_elsewhere": not self.busy,
            "show_undo": not self.busy,
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
        if self.turned:
            self.turn_back()
        elif self.busy:
            self.notify(text("wizard.quit.stopping"), markup=False)
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

    def action_explain_step(self) -> None:
        """Show the whole explanation of the step, and what else there is to read at it."""
        pages = (self.section, *self.view.PAGES)
        title = text(f"wizard.title.{self.section}")
        self.app.push_screen(ViewerScreen.of_markdown(title, "\n\n".join(map(guide_text, pages))))

    def action_show_commands(self) -> None:
        """Go to the commands that do the same."""
        self._go_to(CommandsPanel)

    def action_show_files(self) -> None:
        """Go to what the step left behind; while it is to be brought to the console by hand, there."""
        by_hand = any(panel.display for panel in self.view.query(ConsoleFields))
        self._go_to(ConsoleFields if by_hand else ArtifactsPanel)

    def _go_to(self, kind: type[CommandsPanel | ArtifactsPanel | ConsoleFields]) -> None:
        self.remove_class(SHOW_LOG, SHOW_CHAIN)
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

    @work(group="undo", exclusive=True, exit_on_error=False, description="take back what the guide made")
    async def action_show_undo(self) -> None:
        """Show what the guide made, to take it back piece by piece; without its files there is no walk any more."""
        from screens.undo import UndoScreen  # noqa: PLC0415 - seldom

        files_gone = await self.app.push_screen_wait(UndoScreen(self.walk))
        if files_gone:
            await self.run_action("app.welcome")
        else:
            await self.settle()

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
        if event.remedy in {PLACE, PRODUCTION}:
            self.post_message(self.ElsewhereWanted(event.remedy == PRODUCTION))
        elif event.remedy.startswith(GO):
            await self.show_section(event.remedy.removeprefix(GO))
        elif await self.view.remedy(event.remedy):
            self.run_now()
