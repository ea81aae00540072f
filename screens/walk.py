"""One walk through the guide, as the screens see it: the guide, its log, and what each step shows just now.

What is remembered lies in the guide's session; what stands here is thrown away with the screen. No widget in here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from screens.log_model import LogModel
from screens.symbols import ANSWERS
from services.errors import ServiceError
from services.events import Artifact, Check, Done, Event, Failed, Lines, Progress, Source
from services.guide.step import SECTIONS, Standing, State

if TYPE_CHECKING:
    from pathlib import Path

    from services.guide.runner import Guide


SPEAKS: Final = {
    "prerequisites": Source.GUIDE,
    "client_certificates": Source.PKI,
    "subdomain": Source.DNS,
    "server_certificate": Source.ACME,
    "understanding": Source.TLS,
    "deployment": Source.EMQX,
    "connection": Source.MQTT,
    "next_steps": Source.GUIDE,
}
"""As whom each step speaks in the log, where it speaks for itself."""


@dataclass(slots=True)
class StepRun:
    """What one step shows of its run: the one that goes on, or the last.

    Attributes:
        running: whether it goes on.
        checks: what was checked so far, in order; a check said again takes its own place.
        artifacts: what it left, by role and path.
        progress: what it does now.
        error: how it failed.
        seconds: how long it took; None where no run has ended yet.
        finished: when it ended.
    """

    running: bool = False
    checks: dict[str, Check] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)
    progress: Progress | None = None
    error: ServiceError | None = None
    seconds: float | None = None
    finished: datetime | None = None
    began: float = 0.0

    def begin(self) -> None:
        """Forget the last run."""
        self.running, self.progress, self.error, self.seconds = True, None, None, None
        self.checks, self.artifacts = {}, []
        self.began = time.monotonic()

    def end(self) -> None:
        """It is over, however it ended."""
        self.running, self.progress = False, None
        self.seconds = time.monotonic() - self.began

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


class Walk:
    """The guide and what is seen of it.

    Attributes:
        guide: runs the steps and keeps the session.
        log: the lines of all steps.
        runs: what each step shows, by section.
        standings: where each step stands, as last derived.
        drafts: what was typed into the forms, by section and field.
        running: the section that runs now.
    """

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self.log = LogModel(guide.world.secrets.redact)
        self.runs = {section: self._remembered(section) for section in SECTIONS}
        self.standings = {section: Standing(State.TO_DO) for section in SECTIONS}
        self.drafts: dict[str, dict[str, str]] = {}
        self.running: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is for real: the user says where the outside is."""
        return self.guide.world.kind == "live"

    def take(self, section: str, event: Event) -> None:
        """Note one event of `section`."""
        run = self.runs[section]
        match event:
            case Lines():
                self.log.add(event.source, event.lines, event.at)
            case Progress():
                self._log_doing(section, event)
                run.progress = event
            case Check():
                run.checks[event.id] = event
                line = f"{ANSWERS[event.answer].mark} {event.what}"
                self.log.add(SPEAKS[section], (line,), self.guide.world.clock())
            case Artifact():
                run.artifacts.append(event)
            case Failed():
                run.error = event.error
            case Done():
                run.finished = self.guide.world.clock()

    def _log_doing(self, section: str, event: Progress) -> None:
        """Log what begins; the same thing going on is not said again."""
        before = self.runs[section].progress
        if before is None or before.doing != event.doing:
            self.log.add(SPEAKS[section], (f"{event.doing} …",), self.guide.world.clock())

    def refresh(self) -> None:
        """Derive again where each step stands; reads files, so it may be called in a thread."""
        self.standings = {section: self._standing(section) for section in SECTIONS}

    def _standing(self, section: str) -> Standing:
        try:
            return self.guide.standing(section)
        except ServiceError as error:
            from services.text import message  # noqa: PLC0415 - seldom

            return Standing(State.ATTENTION, (message("wizard.standing.failed", why=str(error)),))

    def first_open(self) -> str:
        """Return the first step that is not done: where a resumed walk goes on."""
        settled = {State.DONE, State.ELSEWHERE}
        return next((name for name in SECTIONS if self.standings[name].state not in settled), SECTIONS[-1])

    def remaining(self, start: str) -> tuple[str, ...]:
        """Return the steps from `start` on that are not done."""
        rest = SECTIONS[SECTIONS.index(start) :]
        return tuple(name for name in rest if self.standings[name].state not in {State.DONE, State.ELSEWHERE})

    def artifacts(self, section: str) -> list[tuple[str, Path]]:
        """Return role and path of each file that `section` left, as far as it is known now."""
        if fresh := self.runs[section].artifacts:
            return [(artifact.role, artifact.path) for artifact in fresh]
        return list(self.guide.session.record(section).artifacts)

    def result(self, section: str) -> Any:
        """Return the result of `section`'s last success as plain values; None where it has none."""
        return self.guide.session.record(section).result

    def _remembered(self, section: str) -> StepRun:
        """Return what the session remembers of a step's last run."""
        record = self.guide.session.record(section)
        run = StepRun(seconds=record.seconds if record.finished else None, finished=record.finished)
        if record.problem is not None:
            problem = record.problem
            run.error = ServiceError(problem.id, variant=problem.variant, details=problem.details, **problem.facts)
        return run
