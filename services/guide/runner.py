"""Walking the guide: runs steps, keeps the session, and lets no exception through.

Headless and the wizard both go through here, so a step is run, recorded and failed in one way only.
"""

from __future__ import annotations

import os
import time
import traceback
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services import session as sessions
from services.errors import ServiceError
from services.events import Artifact, Done, Event, Failed
from services.files import PRIVATE, write_file
from services.guide.kept_identity import with_kept_identity
from services.guide.step import SECTIONS, Here, Standing, load

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from services.session import Session, StepRecord
    from services.workspace import Workspace
    from services.world import World


class Guide:
    """One walk through the guide, in one workspace, in one world.

    Attributes:
        world: where everything outside is.
        workspace: where everything is left.
        session: what is known so far; replaced and saved after each step.
    """

    def __init__(self, world: World, workspace: Workspace, session: Session) -> None:
        self.world = world
        self.workspace = workspace
        self.session = session

    @classmethod
    def open(cls, world: World, workspace: Workspace) -> Guide:
        """Resume what `workspace` holds, or begin there. The caller holds the workspace's lock.

        Raises:
            ServiceError: session-broken, session-newer, session-other-world (a practice workspace opened for real, or
                the other way round), file-not-readable.
        """
        session = sessions.load(workspace)
        if session is None:
            session = sessions.Session(world=world.kind)
        elif session.world != world.kind:
            raise ServiceError("session-other-world", path=workspace.root, world=session.world)
        return cls(with_kept_identity(world, session), workspace, session)

    def move(self, world: World) -> None:
        """Go on in `world`: the same set-up, with another CA, identity or way to the deployment."""
        self.world = with_kept_identity(world, self.session)

    @property
    def here(self) -> Here:
        """Where a step would work now."""
        return Here(self.world, self.workspace, self.session)

    def standing(self, section: str) -> Standing:
        """Return where `section` stands now."""
        return load(section).standing(self.here)

    def standings(self) -> dict[str, Standing]:
        """Return where every section stands now, in the guide's order."""
        return {section: self.standing(section) for section in SECTIONS}

    async def run(
        self, section: str, request: Any = None, adjust: Callable[[Any], Any] | None = None
    ) -> AsyncGenerator[Event, None]:
        """Run `section` with `request` (None: what it proposes itself, changed by `adjust`); yield its events.

        The last event is Done or Failed, except when the caller closes the generator or cancels: then nothing is
        recorded, and what was done so far is found by the next run.
        """
        started = time.monotonic()
        artifacts: list[Artifact] = []
        outcome: Done[object] | Failed | None = None
        try:
            step = load(section)
            if request is None:
                request = step.propose(self.here)
                request = adjust(request) if adjust else request
            async with aclosing(step.run(request, self.here)) as events:
                async for event in events:
                    if isinstance(event, Artifact):
                        artifacts.append(event)
                    if isinstance(event, Done):
                        outcome = event
                    else:
                        yield event
        except ServiceError as error:
            outcome = Failed(error)
        except Exception as error:  # noqa: BLE001 - the last guard: whatever a step did not foresee becomes a finding
            outcome = Failed(self.unforeseen(section, error))
        if outcome is None:
            outcome = Failed(ServiceError("unexpected", section=section, path="", details="no result"))
        yield self._recorded(section, request, outcome, artifacts, time.monotonic() - started)

    def mark_elsewhere(self, section: str, *, elsewhere: bool = True) -> None:
        """Record that the user did (or no longer does) `section` outside the program."""
        record = replace(self.session.record(section), elsewhere=elsewhere)
        self.keep(section, record)

    def forget(self, section: str) -> None:
        """Record that what `section` left is no longer there; what was asked of it stays."""
        if section in self.session.steps:
            record = replace(self.session.record(section), result=None, problem=None, artifacts=())
            self.keep(section, record)

    def _recorded(
        self, section: str, request: Any, outcome: Done[object] | Failed, artifacts: list[Artifact], seconds: float
    ) -> Done[object] | Failed:
        """Put the outcome into the session; an outcome that cannot be saved has failed."""
        before = self.session.record(section)
        record = replace(
            before,
            request=before.request if request is None else sessions.plain(request),
            finished=self.world.clock(),
            seconds=round(seconds, 3),
            artifacts=tuple((artifact.role, artifact.path) for artifact in artifacts) or before.artifacts,
        )
        if isinstance(outcome, Done):
            record = replace(record, result=sessions.plain(outcome.result), problem=None, elsewhere=False)
        else:
            error = outcome.error
            problem = sessions.Problem(error.id, error.variant, sessions.facts_as_text(error.facts), error.details)
            record = replace(record, problem=problem)
        try:
            self.keep(section, record)
        except ServiceError as error:
            return Failed(error)
        return outcome

    def keep(self, section: str, record: StepRecord) -> None:
        """Put `record` in the place of `section`, and save the session.

        Raises:
            ServiceError: folder-not-writable, disk-full.
        """
        session = self.session.with_record(section, record)
        sessions.save(self.workspace, session)
        self.session = session

    def unforeseen(self, section: str, error: Exception) -> ServiceError:
        """Turn what no step should raise into a finding, its traceback saved to a file with secrets blotted out."""
        path = self.workspace.root / f"unexpected-{section}-{os.getpid()}.txt"
        trace = "".join(traceback.format_exception(error))
        try:
            write_file(path, self.world.secrets.redact(trace), mode=PRIVATE, replace=True)
        except ServiceError as failure:
            return failure
        return ServiceError("unexpected", section=section, path=path, details=type(error).__name__)
