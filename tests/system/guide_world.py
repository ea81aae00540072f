"""What the tests of the whole guide share: a walk in this process, and the program as a child."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.events import Done, Event, Failed
from services.guide.step import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.guide.runner import Guide

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "app")


async def run_step(
    guide: Guide, section: str, request: Any = None, adjust: Callable[[Any], Any] | None = None
) -> tuple[list[Event], Done[Any] | Failed]:
    """Run one step; return its events and its last word."""
    events: list[Event] = []
    async with aclosing(guide.run(section, request, adjust)) as running:
        async for event in running:
            events.append(event)  # noqa: PERF401 - an async generator that must be closed
    last = events[-1]
    assert isinstance(last, Done | Failed)
    return events, last


async def walk_until(guide: Guide, last: str = SECTIONS[-1]) -> Failed | None:
    """Run every step up to `last`; return the first failure, or None."""
    for section in SECTIONS[: SECTIONS.index(last) + 1]:
        _, outcome = await run_step(guide, section)
        if isinstance(outcome, Failed):
            return outcome
    return None


def practice(*arguments: str, timeout: float = 100) -> tuple[int, dict[str, Any], str]:
    """Run `emqx-mtls practice --json` with `arguments`; return its status, document and standard error."""
    child = subprocess.run(
        [*PROGRAM, "practice", "--json", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return child.returncode, json.loads(child.stdout) if child.stdout else {}, child.stderr
