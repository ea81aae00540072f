"""Next steps: the report of all that was done, when and how to renew, and what to read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from services.errors import InputError, ServiceError
from services.events import Answer, Artifact, Check, Done, Event, Progress
from services.guide.earlier import issued
from services.guide.own_files import write_own
from services.guide.standing import derive, missing
from services.guide.step import SECTIONS, Change, Command, Here, Standing, load
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.report import Renewal

NAME: Final = "next_steps"


@dataclass(frozen=True, slots=True)
class Request:
    """What the report is to hold.

    Attributes:
        with_commands: the equivalent shell commands of each section, too.
    """

    with_commands: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """Where the report lies, and when the certificate is to be renewed.

    Attributes:
        report: the file.
        renew_at: aware, UTC; None where no certificate was issued here.
        renew_command: for a shell; empty as above.
    """

    report: Path
    renew_at: datetime | None
    renew_command: str


def propose(here: Here) -> Request:
    """Return the last Request of this workspace, else the whole report."""
    return here.session.request(NAME, Request) or Request()


def commands(request: Request, here: Here) -> tuple[Command, ...]:  # noqa: ARG001 - a step's signature
    """Return what renews the certificate and brings it to the deployment, and what to look at. Pure."""
    workspace = quote(str(here.workspace.root))
    return (
        Command(message("next_steps.command.renew"), _renew_command(here)),
        Command(message("next_steps.command.report"), f"less {quote(str(here.workspace.report))}"),
        Command(message("next_steps.command.resume"), f"emqx-mtls --workspace {workspace}"),
    )


def standing(here: Here) -> Standing:
    """Return where the step stands: the report must be there, and not be older than what it reports."""
    return derive(here, NAME, Result, lambda result: _attention(result, here), needs=("connection",))


async def changes(request: Request, here: Here) -> tuple[Change, ...]:  # noqa: ARG001 - a step's signature
    """Return nothing: this step writes into the workspace only."""
    return ()


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Write the report.

    Raises:
        ServiceError: folder-not-writable, disk-full, file-in-the-way.
    """
    from services.report import render  # noqa: PLC0415 - brings every other step along

    yield Progress(message("next_steps.writing"))
    renewal = _renewal(here)
    shown = _all_commands(here) if request.with_commands else {}
    content = here.world.secrets.redact(render(here.session, renewal, shown))
    path = here.workspace.report
    fresh = await asyncio.to_thread(write_own, here, path, content)
    yield Artifact("report", path, fresh=fresh)
    if renewal is not None:
        facts = {"due": f"{renewal.due:%Y-%m-%d}", "ends": f"{renewal.ends:%Y-%m-%d}", "command": renewal.command}
        yield Check("renewal", Answer.YES, message("next_steps.renewal", **facts))
    yield Done(Result(path, renewal.due if renewal else None, renewal.command if renewal else ""))


def _renewal(here: Here) -> Renewal | None:
    from services.renewal.timing import Validity  # noqa: PLC0415 - with the one below
    from services.report import Renewal  # noqa: PLC0415 - as in `run`

    certificate = issued(here)
    if certificate is None:
        return None
    due = Validity(certificate.not_before, certificate.not_after).due
    return Renewal(due, certificate.not_after, _renew_command(here))


def _renew_command(here: Here) -> str:
    """One command renews, uploads and proves."""
    return f"emqx-mtls renew --workspace {quote(str(here.workspace.root))}"


def _all_commands(here: Here) -> dict[str, tuple[Command, ...]]:
    """Return the commands of every section that was run here, with the values that it was run with."""
    found = {}
    for section in SECTIONS[:-1]:
        if here.session.record(section).result is None:
            continue
        try:
            step = load(section)
            found[section] = step.commands(step.propose(here), here)
        except (InputError, ServiceError):  # what it was run with is no longer there; the report says what it left
            continue
    return found


def _attention(result: Result, here: Here) -> Iterator[Message]:
    yield from missing(result.report)
    own = here.session.record(NAME).finished
    others = [here.session.record(section).finished for section in SECTIONS[:-1]]
    if own is not None and any(other is not None and other > own for other in others):
        yield message("next_steps.older")
