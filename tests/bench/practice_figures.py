"""Figures of one whole practice run: `python tests/bench/practice_figures.py`.

Prints how long the world takes to start and to stop, each step, certbot's own process, what remains as our own code's
time, and the peak memory of this process and of its children.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from services import worlds
from services.events import Event, Failed, Lines, Progress, Source
from services.guide.runner import Guide
from services.guide.step import SECTIONS
from services.workspace import Workspace


class Certbot:
    """Finds certbot's share of a step from the step's events: from the event before its first line to the one after."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._before = time.perf_counter()
        self._since: float | None = None

    def see(self, event: Event) -> None:
        """Take note of `event`, now."""
        now = time.perf_counter()
        speaks = isinstance(event, Lines) and event.source is Source.CERTBOT
        if speaks and self._since is None:
            self._since = self._before
        elif not speaks and self._since is not None and not isinstance(event, Lines | Progress):
            self.seconds += now - self._since
            self._since = None
        self._before = now


async def step(guide: Guide, section: str, certbot: Certbot) -> float:
    """Run one step; return its seconds."""
    started = time.perf_counter()
    async with aclosing(guide.run(section)) as events:
        async for event in events:
            certbot.see(event)
            if isinstance(event, Failed):
                sys.exit(f"{section}: {event.error}")
    return time.perf_counter() - started


async def run(folder: Path) -> None:
    """Run the guide once and print the figures."""
    certbot, began = Certbot(), time.perf_counter()
    async with worlds.practice(Workspace(folder)) as world:
        start = time.perf_counter() - began
        guide = Guide.open(world, Workspace(folder))
        steps = {section: await step(guide, section, certbot) for section in SECTIONS}
        stopping = time.perf_counter()
    stop = time.perf_counter() - stopping
    rows = {
        "world start (imports included)": start,
        **{f"  {section}": seconds for section, seconds in steps.items()},
        "certbot's process": certbot.seconds,
        "our own code": sum(steps.values()) - certbot.seconds,
        "world stop": stop,
        "whole": time.perf_counter() - began,
    }
    for name, seconds in rows.items():
        print(f"{name:<32} {seconds:7.2f} s")
    for name, who in (("this process", resource.RUSAGE_SELF), ("largest child", resource.RUSAGE_CHILDREN)):
        print(f"peak memory, {name:<19} {resource.getrusage(who).ru_maxrss / 1024:7.0f} MB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(run(Path(scratch)))
