"""A question in the terminal that Ctrl-C and SIGTERM can interrupt."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from services.text import text

if TYPE_CHECKING:
    from app.headless import Printer


async def ask_yes_or_no(question: str, printer: Printer) -> bool:
    """Ask, and return whether the answer is yes; no is what an empty line and the end of input mean."""
    printer.line(f"  {question}")
    answer = (await _line()).strip().lower()
    return answer in text("undo.yes").split()


async def _line() -> str:
    """Return the next line of standard input. Waiting for it blocks neither the event loop nor its end."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    descriptor = sys.stdin.fileno()

    def arrived() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, arrived)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
    return sys.stdin.readline()
