"""What the headless commands share: a workspace held, a world opened, signals that end it cleanly."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from app.cli import EXIT_FINE, EXIT_WRONG
from app.headless import Adjust, Printer, walk
from app.summary import print_trials
from services.errors import ServiceError
from services.files import make_folder
from services.guide.runner import Guide
from services.text import text
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from services.world import World

Work: TypeAlias = "Callable[[Guide], Awaitable[int]]"


def new_workspace(prefix: str, printer: Printer) -> Workspace:
    """Make a new workspace folder where this system keeps such things; ends the program where it cannot."""
    from app.places import workspaces_folder  # noqa: PLC0415 - platformdirs, seldom needed

    try:
        parent = make_folder(workspaces_folder())
    except ServiceError as error:
        printer.error(error)
        sys.exit(EXIT_WRONG)
    return Workspace(Path(tempfile.mkdtemp(prefix=prefix, dir=parent)))


def in_world(
    workspace: Workspace, world: Callable[[], AbstractAsyncContextManager[World]], work: Work, printer: Printer
) -> int:
    """Hold `workspace`, open `world`, do `work` with a Guide there; return its exit status.

    A finding that stops everything is printed, and the status is 1. Ctrl-C and SIGTERM cancel the work, which ends its
    child programs and takes the world down; the status is then the shell's own for them.
    """
    try:
        with workspace.lock():
            return asyncio.run(_work(workspace, world, work))
    except ServiceError as error:
        printer.error(error)
        return EXIT_WRONG
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


async def _work(workspace: Workspace, world: Callable[[], AbstractAsyncContextManager[World]], work: Work) -> int:
    async def working() -> int:
        async with world() as opened:
            return await work(Guide.open(opened, workspace))

    task = asyncio.create_task(working())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        if not task.cancelled() or _being_cancelled():
            raise  # Ctrl-C: asyncio.run turns it into KeyboardInterrupt
        return 128 + signal.SIGTERM


def _being_cancelled() -> bool:
    """Tell whether it is this very task that is being cancelled, and not one that it waits for."""
    me = asyncio.current_task()
    return me is not None and me.cancelling() > 0


def walk_work(printer: Printer, adjust: Adjust, *, as_json: bool, keep_running: bool = False, again: str = "") -> Work:
    """Return the work of walking the whole guide: print, show the document, and hold the world up if asked.

    `again` is the command that goes on after a failure.
    """

    async def work(guide: Guide) -> int:
        outcome = await walk(guide, printer, adjust, again)
        if as_json:
            click.echo(outcome.to_json(), nl=False)
            sys.stdout.flush()
        if keep_running:
            print_trials(guide, printer)
            await _until_stopped(printer)
        return EXIT_FINE if outcome.ok else EXIT_WRONG

    return work


async def _until_stopped(printer: Printer) -> None:
    """Wait for Ctrl-C or SIGTERM, either of which is then a good end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    printer.line(text("headless.keep-running"), dim=True)
    with suppress(asyncio.CancelledError):
        await stopped.wait()
