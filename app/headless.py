"""The guide in plain lines: a line as each step starts and ends, what programs say dimmed beneath, a summary."""

from __future__ import annotations

import sys
import time
from contextlib import AsyncExitStack, aclosing
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from app.by_hand import Waiting, by_hand
from app.outcome import ArtifactReport, DeploymentReport, ErrorReport, Outcome, StepReport
from app.summary import print_summary
from services import session as sessions
from services.columns import padded, took
from services.events import Answer, Artifact, Check, Done, Event, Failed, Lines, Progress
from services.guide.step import SECTIONS, load, titled
from services.secrets import SecretName
from services.text import Message, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.errors import ServiceError
    from services.guide.runner import Guide

_TIMES = 66  # the column behind which a check's duration stands
_SYMBOLS = {Answer.YES: ("✓", "green"), Answer.NO: ("✗", "red"), Answer.UNKNOWN: ("?", "yellow")}


class Printer:
    """Prints lines to standard output, or to standard error where a document goes to standard output."""

    def __init__(self, *, to_stderr: bool, color: bool) -> None:
        self._to_stderr = to_stderr
        self._color = None if color else False
        self._waiting = Waiting(self)

    @property
    def in_terminal(self) -> bool:
        """Whether what is printed goes to a terminal."""
        return (sys.stderr if self._to_stderr else sys.stdout).isatty()

    def line(self, words: str = "", *, end: str = "\n", **style: Any) -> None:
        """Print one line; `style` as click.style takes it, `end` as print does."""
        if end:
            self._waiting.end()
        styled = click.style(words, **style) if style else words
        click.echo(styled + end, nl=False, err=self._to_stderr, color=self._color)

    def event(self, event: Event) -> None:
        """Print what a step says; nothing for what needs no line."""
        match event:
            case Progress(doing, waited, most) if waited is not None and most:
                self._waiting.tell(str(doing), waited, most)
            case Lines(source, lines):
                for line in filter(str.strip, lines):
                    self.line(f"    {source.value:<8} {line}", dim=True)
            case Check(_, answer, what, fix, seconds):
                self._check(answer, str(what), None if fix is None or answer is Answer.YES else str(fix), seconds)
            case Progress(doing, None, None):
                self.line(f"    {doing} …", dim=True)
            case Artifact(_, path, True):
                self.line(f"    → {path}", dim=True)
            case Failed(error):
                self.error(error)
            case _:
                pass

    def _check(self, answer: Answer, what: str, fix: str | None, seconds: float | None) -> None:
        symbol, color = _SYMBOLS[answer]
        words = what if seconds is None else f"{padded(what, _TIMES)}  {padded(took(seconds), -7)}"
        self.line(f"  {click.style(symbol, fg=color)} {words}")
        if fix:
            self.line(f"      {fix}", dim=True)

    def error(self, error: ServiceError) -> None:
        """Print a finding: what, why, what the other side said, what to do."""
        error = titled(error)
        self.line(f"  {click.style('✗', fg='red')} {click.style(error.what, bold=True)}  [{error.id}]")
        self.line(f"    {text('headless.why'):<5} {error.why}")
        if error.details:
            self.line(f"    {error.details}", dim=True)
        self.line(f"    {text('headless.fix'):<5} {error.fix}")


Adjust: TypeAlias = "Callable[[str, Any], Any]"
"""Given a section and the Request that it proposes, returns the Request to run it with."""


def _as_proposed(_: str, request: Any) -> Any:
    return request


async def walk(guide: Guide, printer: Printer, adjust: Adjust = _as_proposed, again: str = "") -> Outcome:
    """Run every section in the guide's order, up to the first that fails; return what came of it.

    `again` is the command that goes on after a failure; where it is not given, the one that resumes the workspace.
    Cancelling ends the running step's child programs; what is done stays and is found again by the next run.
    """
    started = time.monotonic()
    reports: list[StepReport] = []
    failed = False
    for number, section in enumerate(SECTIONS, 1):
        if failed:
            reports.append(StepReport(section, "skipped", 0.0, (), {}, None))
            continue
        printer.line(f"[{number}/{len(SECTIONS)}] {text(f'headless.section.{section}')}", bold=True)
        report = await _step(guide, section, printer, adjust)
        failed = report.error is not None
        reports.append(report)
    outcome = Outcome(
        not failed, round(time.monotonic() - started, 3), str(guide.workspace.root), tuple(reports), _deployment(guide)
    )
    where = f"--workspace {quote(outcome.workspace)}"
    resuming = "emqx-mtls practice --headless" if guide.world.practice else "emqx-mtls"
    print_summary(outcome, guide, printer, again or f"{resuming} {where}")
    return outcome


async def _step(guide: Guide, section: str, printer: Printer, adjust: Adjust) -> StepReport:
    """Run one section, printing as it goes."""
    started = time.monotonic()
    artifacts: list[ArtifactReport] = []
    evidence: Any = {}
    error: ErrorReport | None = None
    async with aclosing(guide.run(section, adjust=partial(adjust, section))) as events, AsyncExitStack() as hand:
        async for event in events:
            printer.event(event)
            match event:
                case Check("brought", _, Message("deployment.brought.console")):
                    hand.enter_context(by_hand(guide.workspace, printer))
                case Artifact():
                    artifacts.append(ArtifactReport.of(event))
                case Done(result):
                    evidence = sessions.plain(result)
                case Failed(cause):
                    error = ErrorReport.of(cause)
    seconds = round(time.monotonic() - started, 3)
    if error is None:
        printer.line(f"  {text('headless.done', seconds=f'{seconds:.1f}')}", fg="green")
    return StepReport(section, "failed" if error else "done", seconds, tuple(artifacts), evidence, error)


def _deployment(guide: Guide) -> DeploymentReport | None:
    """Say how a client reaches the deployment, once the connection step knows."""
    step = load("connection")
    result = guide.session.result("connection", step.Result)
    if result is None:
        return None
    password = guide.world.secrets.get(SecretName.MQTT_PASSWORD) if guide.world.practice else None
    return DeploymentReport(
        result.host,
        result.address or guide.world.emqx.address,
        result.port,
        result.user,
        password.reveal() if password else None,
    )
