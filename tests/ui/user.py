"""Somebody at the keyboard: presses keys, reads the screen, waits until what should come has come."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.opening import Start
from app.wizard import Wizard
from screens.dialogs.changes import ChangesDialog
from screens.guide import STEP_GROUP, GuideScreen
from screens.walk import Walk
from services import worlds
from services.events import Done
from services.guide.runner import Guide
from services.guide.step import SECTIONS
from services.session import Session
from services.text import text
from services.workspace import Workspace
from services.world import Aws, Emqx, World

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from textual.pilot import Pilot

WIDE, NARROW = (120, 36), (80, 24)
PATIENCE = 30.0  # seconds; only a test that fails waits so long


class User:
    """Drives one wizard through its pilot."""

    def __init__(self, app: Wizard, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, words: str) -> None:
        """Replace what stands in the field in focus."""
        await self.press("home", "shift+end", "delete", *words)

    @property
    def screen(self) -> str:
        """What is on the screen, its rows without the spaces at their ends."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if self.app._exception is not None:
                raise self.app._exception
            assert time.monotonic() < end, f"waited for {what}; the screen:\n{self.screen}"
            await asyncio.sleep(0.02)  # a pause of the pilot waits for every widget, and would itself keep a core busy
        await self.pilot.pause()

    async def sees(self, words: str) -> None:
        await self.until(lambda: words in self.screen, f"“{words}” on the screen")

    @property
    def guide(self) -> GuideScreen:
        guide = self.app.guide
        assert guide is not None, self.screen
        return guide

    async def until_open(self) -> None:
        """Wait until the guide's screen has come."""
        await self.until(
            lambda: self.app.guide is not None and self.app.guide.section in self.app.guide._views, "guide"
        )

    @property
    def asked(self) -> bool:
        """Whether a step asks before it changes something, and can be answered."""
        return isinstance(self.app.screen, ChangesDialog) and self.app.screen.focused is not None

    @property
    def still(self) -> bool:
        """Whether nothing runs."""
        return not any(worker.group == STEP_GROUP and worker.is_running for worker in self.guide.workers)

    async def agree(self) -> None:
        """Agree to whatever is asked, with Enter, until nothing runs any more."""
        while True:
            await self.until(lambda: self.asked or self.still, "a question or the end")
            if not self.asked:
                return
            question = self.app.screen
            await self.press("enter")
            await self.until(lambda question=question: self.app.screen is not question, "the dialog to go")  # type: ignore[misc]

    async def until_done(self, section: str) -> None:
        """Wait until the step that runs has ended, and was fine."""
        await self.until(lambda: self.guide.walk.standings[section].state in {"done", "failed"}, f"{section} to end")
        error = self.guide.walk.runs[section].error
        assert error is None, f"{section}: {error} {error.details}"
        await self.sees(text(f"wizard.button.{'again' if section == SECTIONS[-1] else 'next'}"))


def at_work_in(workspace: Path) -> list[str]:
    """The command lines of the programs that work in `workspace`."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode() if entry.name.isdecimal() else ""
            if str(workspace) in line:
                found.append(line)
    return found


@asynccontextmanager
async def at_the_keyboard(
    folder: Path, size: tuple[int, int] = WIDE, start: Start | None = None
) -> AsyncGenerator[User, None]:
    """A wizard with settings of its own in `folder`."""
    app = Wizard(start or Start(folder / "workspace"), settings_file=folder / "settings.json")
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield User(app, pilot)


async def walked(folder: Path, *sections: str) -> Workspace:
    """Return a practice workspace in `folder` in which `sections` are done."""
    workspace = Workspace(folder / "workspace")
    async with worlds.practice(workspace) as world:
        guide = Guide.open(world, workspace)
        for section in sections:
            last = [event async for event in guide.run(section)][-1]
            assert isinstance(last, Done), last
    return workspace


@asynccontextmanager
async def in_the_guide(folder: Path, size: tuple[int, int] = WIDE) -> AsyncGenerator[User, None]:
    """A wizard at its first step, in a practice workspace without a world around it: some steps need none."""
    world = World("practice", Aws(isolated=True), emqx=Emqx("d1234.ala.practice.example"), domain="mqtt.example.test")
    async with at_the_keyboard(folder, size) as user:
        walk = Walk(Guide(world, Workspace(folder / "workspace"), Session()))
        walk.refresh()
        user.app.walk = walk
        await user.app.push_screen(GuideScreen(walk))
        await user.until_open()
        yield user
