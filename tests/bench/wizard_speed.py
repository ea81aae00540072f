"""How quick the wizard is once it is there: `python tests/bench/wizard_speed.py`.

Prints the time of each step's first visit (after a second of reading the one before, and without) and of a later one;
the worst time that the event loop kept others waiting while a child program printed 200,000 lines into the log; how
long following, filtering and searching those takes; and how long quitting takes while certbot works, with how many
processes are left then. Limits of the house: first visit 200 ms, lag 50 ms, quitting 500 ms, none left.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from screens.widgets.log_pane import LogPane
from services.events import Lines, Source
from services.guide.step import SECTIONS
from services.process import stream
from services.text import text
from tests.ui.test_sudden_end import ENTER, program
from tests.ui.user import WIDE, User, at_work_in, in_the_guide, walked

LINES = 200_000
F5, CTRL_Q, TAB = b"\x1b[15~", b"\x11", b"\t"
CHATTY = f"for number in range({LINES}): print('line', number, 'of a program that has much to say')"


async def visits(user: User) -> None:
    """Print how long each step takes to be shown, at the first visit and at a later one."""
    for label, reading in (("first visit after a second", 1.0), ("again", 0.0), ("first visit at once", 0.0)):
        took = []
        if label.endswith("at once"):
            await user.guide.reword()
        for section in SECTIONS[1:] + SECTIONS[:1]:
            await asyncio.sleep(reading)
            began = time.perf_counter()
            await user.guide.show_section(section)
            await user.pilot._wait_for_screen()
            took.append((time.perf_counter() - began) * 1000)
        print(f"{label:26} median {sorted(took)[len(took) // 2]:6.0f} ms   worst {max(took):6.0f} ms")


async def lag(user: User) -> None:
    """Print the loop's worst lag while a child prints LINES lines into the log, and how long that takes."""
    worst = 0.0
    stop = asyncio.Event()

    async def watch() -> None:
        nonlocal worst
        while not stop.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            worst = max(worst, time.perf_counter() - before - 0.005)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.1)
    began = time.perf_counter()
    events = stream([sys.executable, "-c", CHATTY], source=Source.CERTBOT, environment=dict(os.environ))
    async for event in events:
        if isinstance(event, Lines):
            user.guide.walk.log.add(event.source, event.lines, event.at)
    took = time.perf_counter() - began
    await asyncio.sleep(0.3)
    stop.set()
    await watching
    kept = len(user.guide.walk.log)
    print(f"log          {kept} lines in {took:.1f} s   worst lag of the loop {worst * 1000:.0f} ms")


async def handling(user: User) -> None:
    """Print how long it takes to filter, to search and to scroll in the full log."""
    lines = user.guide.query_one(LogPane).lines
    for label, act in (
        ("filter", lines.action_source),
        ("search", lambda: lines.search("line 77777 ")),
        ("scroll", lambda: lines.scroll_to(y=50_000, animate=False)),
    ):
        began = time.perf_counter()
        act()
        await user.pilot._wait_for_screen()
        print(f"{label:12} {(time.perf_counter() - began) * 1000:6.0f} ms")


async def quitting(folder: Path) -> None:
    """Print how long the program takes from the last key until it is gone, certbot having asked for a certificate."""
    workspace = await walked(folder, *SECTIONS[:3])
    with program(folder, WIDE, "no step", "", "--workspace", str(workspace.root)) as there:
        there.until(text("wizard.welcome.resume", world=text("wizard.badge.practice"), done=3, total=len(SECTIONS)))
        there.press(ENTER)
        there.until(text("wizard.title.server_certificate"))
        there.press(F5)
        there.until(text("wizard.changes.yes"))
        there.press(ENTER)
        there.until("Requesting a certificate")
        there.press(CTRL_Q)
        there.until(text("wizard.quit.quit"))
        there.press(TAB)
        began = time.perf_counter()
        there.press(ENTER)
        there.until_ended()
        took = (time.perf_counter() - began) * 1000
    print(f"{'quit':12} {took:6.0f} ms while certbot works   processes left {len(at_work_in(workspace.root))}")


async def main() -> None:
    """Measure everything in one wizard."""
    gc.set_threshold(50_000, 20, 20)  # as the program sets it
    with tempfile.TemporaryDirectory() as folder:
        async with in_the_guide(Path(folder)) as user:
            await visits(user)
            await lag(user)
            await handling(user)
    with tempfile.TemporaryDirectory() as folder:
        await quitting(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
