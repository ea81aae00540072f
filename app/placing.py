"""Where a real set-up takes place, asked for in the wizard: the form's beginning, and going on elsewhere. Heavy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app import whereabouts
from app.place import PRODUCTION, Place
from screens.place import PlaceScreen
from services import session as sessions
from services.errors import ServiceError

if TYPE_CHECKING:
    from services.guide.runner import Guide
    from services.workspace import Workspace


def screen(workspace: Workspace, *, later: bool) -> PlaceScreen:
    """Return the form, filled in with what `workspace` keeps; a plan that cannot be read is asked for anew."""
    try:
        known = whereabouts.place_of(workspace)
    except ServiceError:
        known = None
    values: dict[str, Any] | None = sessions.plain(known) if known is not None else None
    return PlaceScreen(Place, values, later=later)


def in_production(workspace: Workspace) -> Place:
    """Return the place of `workspace` with certificates that clients trust, after trying with staging.

    Raises:
        ServiceError: the workspace's plan cannot be read.
    """
    known = whereabouts.place_of(workspace)
    return replace(known or Place(), server=PRODUCTION, directory="")


def move(where: Place, guide: Guide) -> None:
    """Keep `where`, and have the guide go on there; what was done stays done as far as it is still right.

    Raises:
        ServiceError: the plan cannot be written, or names what is not there.
    """
    whereabouts.keep_place(where, guide.workspace, guide.world.clock())
    guide.move(replace(guide.world, **whereabouts.live_parts(guide.workspace)))
