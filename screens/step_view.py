"""One section of the guide on the screen: four parts, the same ones in the same places for every section.

1. what the step is for;  2. its form;  3. the equivalent commands;  4. what it left behind.
Between form and commands stands what the run says: what goes on, and what was checked. Where it failed, the finding
takes the place of what the step is for.
A section's module (`screens.<section>`) names its fields and its remedies; nothing else differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from screens.fields import Rows, build, defaults_of, values_of
from screens.prose import summary
from screens.shown import shown
from screens.symbols import RUNNING, STATES
from screens.widgets.checks import Checks
from screens.widgets.findings import FindingPanel, Remedy
from screens.widgets.form import Form
from screens.widgets.panels import ArtifactsPanel, CommandsPanel
from screens.widgets.words import Words
from services import session as sessions
from services.columns import took
from services.errors import InputError, ServiceError
from services.guide.step import SECTIONS, State, StepModule, load
from services.text import guide_text, text

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from screens.walk import StepRun, Walk


class StepView(VerticalScroll, can_focus=False):
    """One section's four parts.

    Attributes:
        SECTION: the section's name.
        ROWS: the fields of its form.
        PAGES: what else there is to read, shown below the section's whole explanation.
    """

    SECTION: ClassVar[str] = ""
    ROWS: ClassVar[Rows] = ()
    PAGES: ClassVar[tuple[str, ...]] = ()

    @dataclass
    class Wanted(Message):
        """The user wants something of the screen: "run", "next", "commands" or "files"."""

        what: str

    def __init__(self, walk: Walk) -> None:
        super().__init__(id=f"step-{self.SECTION}", classes="step-view")
        self.walk = walk
        self.step: StepModule = load(self.SECTION)
        self.obstacle: ServiceError | None = None  # the step that has to be run before, where one has
        self._base = self._proposal()
        self._brief: bool | None = None  # whether the explanation is the brief one; None: it is not there yet

    def rows(self) -> Rows:
        """Return the rows of its form in this world."""
        return self.ROWS

    # -- what it is made of

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield Words(classes="step-heading")
        yield FindingPanel()
        yield Words(classes="step-purpose")
        rows = self.rows()
        values = {**values_of(self._base, rows), **self.walk.drafts.get(self.SECTION, {})}
        yield Form(self.SECTION, rows, values, self.walk.guide.world.secrets)
        yield Checks()
        yield from self.extras()
        with Horizontal(classes="step-actions"):
            yield Button("", id="run", compact=True, variant="primary")
            yield Button("", id="next", compact=True)
        yield CommandsPanel()
        yield ArtifactsPanel(self.walk.guide.workspace.root)

    def extras(self) -> ComposeResult:
        """Lay what only this section has, between what the run says and the buttons."""
        yield from ()

    def on_mount(self) -> None:
        """Fill the parts."""
        self.show()
        self.form.complain(None)
        self._commands()

    def _explain(self) -> None:
        """Show what the step is for, and before it is run also what is out of date in the guide, where there is room.

        All of it is one key away (F9).
        """
        brief = self.screen.has_class("-narrow") or self.run_state.running or self.run_state.seconds is not None
        if brief != self._brief:
            self._brief = brief
            self.query_one(".step-purpose", Words).update(summary(guide_text(self.SECTION), asides=not brief))

    def on_resize(self) -> None:
        """Where there is little room the explanation is brief."""
        self._explain()

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    @property
    def run_state(self) -> StepRun:
        """What the step's run says."""
        return self.walk.runs[self.SECTION]

    # -- the request

    def _proposal(self) -> dict[str, Any]:
        """Return the plain values that the form begins with."""
        try:
            proposal: dict[str, Any] = sessions.plain(self.step.propose(self.walk.guide.here))
        except ServiceError as error:  # what only the user can give is missing, or a step before this one
            self.obstacle = error if error.id == "step-not-ready" else None
            return defaults_of(self.step.Request)
        self.obstacle = None
        return proposal

    def request(self) -> Any:
        """Return the Request that the form makes.

        Raises:
            InputError: a value cannot be used.
        """
        return build(self.step.Request, self._base, self.form.values)

    def checked_request(self, *, typing: bool = False) -> Any | None:
        """Return the Request, or None after saying in the form what cannot be used."""
        try:
            request = self.request()
        except InputError as error:
            self.form.complain(None if self.obstacle else error, typing=typing)
            return None
        self.form.complain(None)
        return request

    def refuse(self) -> None:
        """Say why the step cannot run: the step that comes first, or the value that cannot be used."""
        if self.obstacle is not None:
            self.run_state.error = self.obstacle
            self.show()
        self.best_focus().focus()

    def propose_again(self) -> None:
        """Take over what other steps have found out meanwhile, where the user typed nothing else."""
        before = values_of(self._base, self.form.rows)
        self._base = self._proposal()
        now = values_of(self._base, self.form.rows)
        untouched = {name for name, value in before.items() if self.form.values.get(name) == value}
        self.form.set_values({name: value for name, value in now.items() if name in untouched})
        self.form.tell_known()
        self._commands()

    @on(Form.Changed)
    def _typed(self, event: Form.Changed) -> None:
        event.stop()
        self.walk.drafts[self.SECTION] = dict(self.form.values)
        self.checked_request(typing=True)
        self._commands()

    def _commands(self) -> None:
        """Show the commands that do the same, if the form's values make a request."""
        try:
            commands = self.step.commands(self.request(), self.walk.guide.here)
        except ServiceError:
            commands = ()
        self.query_one(CommandsPanel).commands = commands

    # -- what is shown of the run

    def show(self) -> None:
        """Show the step as it stands now."""
        run = self.run_state
        self.query_one(".step-heading", Words).update(self._heading())
        self._explain()
        self.query_one(Checks).show(run)
        error = None if run.running else run.error
        self.query_one(".step-purpose").display = error is None  # nothing competes with a finding
        self.query_one(FindingPanel).show(error, self.remedies(error) if error else ())
        files = self.query_one(ArtifactsPanel)
        files.artifacts = tuple(self.walk.artifacts(self.SECTION))
        files.done = self.walk.standings[self.SECTION].state in {State.DONE, State.ELSEWHERE}
        self._buttons()

    def _heading(self) -> Content:
        """Return the step's name, and where it stands in words, with the reasons."""
        run, standing = self.run_state, self.walk.standings[self.SECTION]
        symbol = RUNNING if run.running else STATES[standing.state]
        state = text(symbol.word)
        if run.seconds is not None and not run.running and standing.state in {State.DONE, State.FAILED}:
            state += f" · {took(run.seconds)}"
        title = text(f"wizard.title.{self.SECTION}")
        heading = Content.assemble((title, "bold"), "   ", (f"{symbol.mark} {state}", symbol.style))
        hidden = run.running or run.error is not None  # the finding below says it all
        reasons = [] if hidden else [shown(reason, "$text-muted") for reason in standing.reasons]
        return Content("\n").join([heading, *reasons])

    def _buttons(self) -> None:
        run = self.query_one("#run", Button)
        state = self.walk.standings[self.SECTION].state
        key = "running" if self.run_state.running else ("again" if state is State.DONE else "run")
        run.label = Content(text(f"wizard.button.{key}"))
        run.disabled = self.walk.running is not None
        run.refresh(layout=True)
        onward = self.query_one("#next", Button)
        onward.label = Content(text("wizard.button.next"))
        onward.display = SECTIONS[-1] != self.SECTION

    def keep_in_sight(self, *, animate: bool = True) -> None:
        """Scroll so that what the run says is seen, down to the buttons below it; no further than that."""
        actions = self.query_one(".step-actions").virtual_region
        self.scroll_to(y=max(0, actions.bottom + 1 - self.size.height), animate=animate)

    def best_focus(self) -> Widget:
        """Return where the focus belongs: at what is to be filled in, else at the button that goes on."""
        state = self.walk.standings[self.SECTION].state
        if self.obstacle is None:
            try:
                self.request()
            except InputError as error:
                for holder in self.query(f"#field-{error.field}"):
                    return holder
        if self.run_state.error is not None and not self.run_state.running:
            return self.query_one(FindingPanel).first
        done = state in {State.DONE, State.ELSEWHERE} and not self.run_state.running
        return self.query_one("#next" if done and SECTIONS[-1] != self.SECTION else "#run")

    @on(Button.Pressed, "#run")
    @on(Button.Pressed, "#next")
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Wanted(event.button.id or ""))

    @on(Form.Submitted)
    def _submitted(self, event: Form.Submitted) -> None:
        event.stop()
        self.post_message(self.Wanted("run"))

    # -- findings

    def remedies(self, error: ServiceError) -> tuple[Remedy, ...]:
        """Return what the program can do about `error`; a section adds its own."""
        from screens.remedies import common  # noqa: PLC0415 - only where something failed

        return common(self, error)

    async def remedy(self, remedy: str) -> bool:
        """Do what `remedy` says; tell whether the step is to be run again."""
        from screens.remedies import apply  # noqa: PLC0415 - only where something failed

        return apply(self, remedy)
