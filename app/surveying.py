"""Which set-ups there are, and how they all stand: for `emqx-mtls status` and the wizard's screen. Heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import whereabouts
from app.places import workspaces_folder
from services.errors import ServiceError
from services.renewal.survey import Place, survey
from services.renewal.workspaces import workspaces_in
from services.workspace import Workspace
from services.world import World, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from services.renewal.status import Status


def workspaces_known(others: Iterable[Path] = ()) -> tuple[Workspace, ...]:
    """Return the workspaces with a session: those that this program keeps, and those of `others`; each once."""
    kept = [workspace.root for workspace in workspaces_in(workspaces_folder())]
    folders = dict.fromkeys(path.absolute() for path in (*kept, *others))
    return tuple(workspace for workspace in map(Workspace, folders) if workspace.session.is_file())


async def survey_all(workspaces: Sequence[Workspace], opened: tuple[Workspace, World] | None = None) -> Status:
    """Look at all `workspaces`.

    Args:
        workspaces: where to look.
        opened: a workspace whose world is open now; its deployment can be asked also where it is practice.
    """

    def place(workspace: Workspace) -> Place:
        if opened is not None and opened[0].root.absolute() == workspace.root.absolute():
            return Place(workspace, opened[1].dns.nameserver)
        try:
            live = whereabouts.session_of(workspace).world != "practice"
        except ServiceError:
            live = False
        return Place(workspace, whereabouts.nameserver(workspace), ask=live)

    return await survey(tuple(map(place, workspaces)), utc_now())
