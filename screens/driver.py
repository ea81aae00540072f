"""Runs steps for the guide's screen: asks before anything outside changes, and notes what the step says.

The steps are run by the guide (`services.guide.runner`); this feeds its events to the walk and tells the screen that
there is something new to show.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from services.errors import ServiceError
from services.guide.step import SECTIONS, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.walk import Walk
    from services.guide.step import Change

_OVERWRITES: Final = ("overwrite", "iam_replace")  # fields of Requests that let a run replace what was shown
_SLICE: Final = 0.02  # seconds of a burst of events after which the screen gets its turn


class Host(Protocol):
    """What the driver needs of the screen."""

    async def begun(self, section: str) -> None:
        """`section` begins to run."""

    def told(self, section: str) -> None:
        """Something of `section` is to be shown."""

    async def confirm(self, section: str, changes: Sequence[Change]) -> bool:
        """Ask whether `changes` may be made."""

    async def settle(self) -> None:
        """A step has ended: derive again what is shown of files."""


class Driver:
    """Runs the steps of one walk, one at a time."""

    def __init__(self, walk: Walk, host: Host) -> None:
        self._walk = walk
        self._host = host

    async def run(self, sections: Sequence[str], request: Any = None) -> bool:
        """Run `sections` in order, the first with `request`; stop at the first that does not succeed.

        Returns:
            True where all succeeded.
        """
        for section in sections:
            if not await self._run_one(section, request):
                return False
            request = None
        return True

    async def _run_one(self, section: str, request: Any) -> bool:
        walk, state = self._walk, self._walk.runs[section]
        walk.running = section
        state.begin()
        await self._host.begun(section)
        self._host.told(section)
        try:
            agreed, request = await self._prepare(section, request)
            if agreed:
                await self._events(section, request)
        except ServiceError as error:
            agreed, state.error = True, error
        except Exception as error:  # noqa: BLE001 - whatever a step did not foresee becomes a finding
            agreed, state.error = True, walk.guide.unforeseen(section, error)
        finally:
            state.end()
            walk.running = None
            self._host.told(section)
        await self._host.settle()
        return agreed and state.error is None

    async def _prepare(self, section: str, request: Any) -> tuple[bool, Any]:
        """Return whether the run may begin, and with which request."""
        here = self._walk.guide.here
        step = load(section)
        if request is None:
            request = step.propose(here)
        changes = [change for change in await step.changes(request, here) if not change.by_hand]
        if not changes:
            return True, request
        agreed = await self._host.confirm(section, changes)
        if agreed and any(change.overwrites for change in changes):  # it was shown what is overwritten, and agreed to
            request = replace(request, **{name: True for name in _OVERWRITES if hasattr(request, name)})
        return agreed, request

    async def _events(self, section: str, request: Any) -> None:
        turn = time.monotonic()
        async with aclosing(self._walk.guide.run(section, request)) as events:
            async for event in events:
                self._walk.take(section, event)
                self._host.told(section)
                if time.monotonic() - turn > _SLICE:
                    await asyncio.sleep(0)
                    turn = time.monotonic()


def neighbours(section: str) -> tuple[str | None, str | None]:
    """Return the sections before and after `section`, None at the ends."""
    place = SECTIONS.index(section)
    return (SECTIONS[place - 1] if place else None), (SECTIONS[place + 1] if place + 1 < len(SECTIONS) else None)
