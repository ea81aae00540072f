"""What a run would do, found by reading only."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from app.cli import EXIT_FINE, EXIT_UNKNOWN, EXIT_WRONG
from services.errors import ServiceError
from services.guide.step import SECTIONS, Change, load, titled
from services.text import text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from app.cli.running import Work
    from app.headless import Adjust, Printer
    from services.events import Event
    from services.guide.runner import Guide

_NOT_YET = "step-not-ready"
_REHEARSED = "server_certificate"
_ONLY_LOOKS = "prerequisites"


def dry_run_work(printer: Printer, adjust: Adjust, *, rehearse: bool = False) -> Work:
    """Return the work of telling, section by section, what `run` would change outside the workspace.

    With `rehearse`, certbot is run with --dry-run where a certificate would be asked for: that writes the challenge
    record for some seconds, and asks the CA (Let's Encrypt's staging in the place of production).

    Its exit status is 0 where every section could be told, 1 where one would fail, and 3 where one depends on what an
    earlier one has yet to make.
    """

    async def work(guide: Guide) -> int:
        worst = EXIT_FINE
        for number, section in enumerate(SECTIONS, 1):
            title = text(f"headless.section.{section}")
            printer.line(f"[{number}/{len(SECTIONS)}] {title}", bold=True)
            told = await _tell(guide, section, printer, adjust)
            if rehearse and section == _REHEARSED and told == EXIT_FINE:
                told = await _rehearse(guide, printer, adjust)
            worst = max(worst, told, key=_SEVERITY.index)
        printer.line()
        printer.line(text("headless.rehearsal-end" if rehearse else "headless.dry-run-end"), bold=True)
        if worst == EXIT_UNKNOWN:
            printer.line(text("headless.dry-run-depends"))
        if not rehearse:
            printer.line(text("headless.dry-run-rehearse"), dim=True)
        return worst

    return work


_SEVERITY = (EXIT_FINE, EXIT_UNKNOWN, EXIT_WRONG)


async def _tell(guide: Guide, section: str, printer: Printer, adjust: Adjust) -> int:
    """Print what `section` would change; return the exit status that it alone stands for."""
    try:
        step = load(section)
        request = adjust(section, step.propose(guide.here))
        if section == _ONLY_LOOKS:
            await _look(step.run(request, guide.here), printer)
        changes = await step.changes(request, guide.here)
        commands = step.commands(request, guide.here)
    except ServiceError as error:
        if error.id == _NOT_YET:
            error = titled(error)
            printer.line(f"  – {error.what} {error.why}", dim=True)
            return EXIT_UNKNOWN
        printer.error(error)
        return EXIT_WRONG
    for change in changes:
        _print(change, printer)
    if not changes:
        printer.line(f"  {text('headless.dry-run-nothing')}", dim=True)
    for command in commands:
        for line in command.shell.splitlines():
            printer.line(f"    $ {line}", dim=True)
    return EXIT_FINE


async def _look(events: AsyncGenerator[Event, None], printer: Printer) -> None:
    async with aclosing(events) as each:
        async for event in each:
            printer.event(event)


async def _rehearse(guide: Guide, printer: Printer, adjust: Adjust) -> int:
    """Have certbot try, where it would be run at all; return the exit status that this alone stands for."""
    from services.guide import server_certificate as step  # noqa: PLC0415 - only where a rehearsal is wanted

    try:
        request = adjust(_REHEARSED, step.propose(guide.here))
        if not await step.changes(request, guide.here):
            return EXIT_FINE
        await _look(step.rehearse(request, guide.here), printer)
    except ServiceError as error:
        printer.error(error)
        return EXIT_WRONG
    return EXIT_FINE


def _print(change: Change, printer: Printer) -> None:
    printer.line(f"  • {change.what}", fg="yellow" if change.overwrites else None)
    printer.line(f"      {text('headless.before'):<7} {change.before or '–'}", dim=True)
    printer.line(f"      {text('headless.after'):<7} {change.after}", dim=True)
    for note in change.notes:
        printer.line(f"      {note}")
