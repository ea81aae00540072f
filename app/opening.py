"""Opens a workspace in a world for the wizard, and holds both until they are no longer wanted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from screens.welcome import Resumable
from services.errors import ServiceError
from services.guide.step import SECTIONS
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from screens.walk import Walk
    from services.world import World

WorldKind = Literal["practice", "live"]


@dataclass(frozen=True, slots=True)
class Start:
    """What the command line asks the wizard to begin with.

    Attributes:
        workspace: the folder the user named; None where the wizard chooses.
        practice: begin practice at once, without the first screen.
        faults: what is broken in practice from the start.
        port: of the practice deployment's TLS port; 0 for a free one.
        language: the one named on the command line; it goes before the preferred one.
    """

    workspace: Path | None = None
    practice: bool = False
    faults: tuple[str, ...] = ()
    port: int = 0
    language: str | None = None


async def hold(
    kind: WorldKind, workspace: Workspace, start: Start, ready: Callable[[Walk], Awaitable[None]], until: asyncio.Event
) -> None:
    """Lock `workspace`, open its world, hand the walk to `ready`, and hold everything open until `until` is set.

    Raises:
        ServiceError: the workspace is in use or broken, or the world cannot be opened.
    """
    from screens.walk import Walk  # noqa: PLC0415 - brings the guide
    from services.guide.runner import Guide  # noqa: PLC0415

    with workspace.lock():
        async with _world(kind, workspace, start) as world:
            walk = Walk(Guide.open(world, workspace))
            await asyncio.to_thread(walk.refresh)
            await ready(walk)
            await until.wait()


def _world(kind: WorldKind, workspace: Workspace, start: Start) -> AbstractAsyncContextManager[World]:
    from services import worlds  # noqa: PLC0415 - not before a world is wanted

    if kind == "practice":
        return worlds.practice(workspace, faults=start.faults, port=start.port)
    from app import whereabouts  # noqa: PLC0415 - only for a real set-up

    return worlds.live(**whereabouts.live_parts(workspace))


def new_workspace(kind: WorldKind, named: Path | None) -> Workspace:
    """Return the workspace to begin in: the one the user named, else a new one where this system keeps such things."""
    if named is not None:
        return Workspace(named)
    from app.places import workspaces_folder  # noqa: PLC0415 - seldom

    folder, number = workspaces_folder(), 1
    while (folder / f"{kind}-{number}").exists():
        number += 1
    return Workspace(folder / f"{kind}-{number}")


def resumable(candidates: tuple[Path, ...]) -> tuple[Resumable, ...]:
    """Return those of `candidates` that hold a session, or a plan to begin with, with how far each has come."""
    found = []
    for path in dict.fromkeys(candidates):
        if not (path / "session.json").is_file():
            if (path / "plan.toml").is_file():
                found.append(Resumable(path, "live", 0, len(SECTIONS)))
            continue
        from services import session as sessions  # noqa: PLC0415 - only where there is one to read

        try:
            session = sessions.load(Workspace(path))
        except ServiceError:
            continue
        if session is not None:
            done = sum(record.result is not None or record.elsewhere for record in session.steps.values())
            found.append(Resumable(path, session.world, done, len(SECTIONS)))
    return tuple(found)
