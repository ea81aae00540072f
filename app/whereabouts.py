"""Which world a workspace belongs to: a live one keeps its plan, which holds no secret, beside its session."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import place
from app.place import Place
from app.plan import Plan, read_plan, world_parts
from services import session as sessions
from services import worlds
from services.errors import ServiceError
from services.files import PRIVATE, keep_copy, write_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from services.session import Session
    from services.workspace import Workspace
    from services.world import World


def open_world(workspace: Workspace, plan: Path | None = None) -> Callable[[], AbstractAsyncContextManager[World]]:
    """Return what opens the world that `workspace` was made in.

    Args:
        workspace: with a session.
        plan: says where things are, in the place of the plan that the workspace keeps.

    Raises:
        ServiceError: renewal-not-set-up (no session), world-unknown (no plan), and what is wrong with either.
    """
    if session_of(workspace).world == "practice":
        return lambda: worlds.practice(workspace)
    file = plan or place.plan_file(workspace)
    if plan is None and not file.is_file():
        raise ServiceError("world-unknown", path=file)
    parts = world_parts(read_plan(file))
    return lambda: worlds.live(**parts)


def session_of(workspace: Workspace) -> Session:
    """Return the session of `workspace`.

    Raises:
        ServiceError: renewal-not-set-up (there is none), session-broken, session-newer, file-not-readable.
    """
    session = sessions.load(workspace)
    if session is None:
        raise ServiceError("renewal-not-set-up", variant="session", path=workspace.root)
    return session


def nameserver(workspace: Workspace) -> tuple[str, int] | None:
    """Return whom the plan of `workspace` asks for names; None for the system's resolver, also where it has no plan."""
    try:
        found: tuple[str, int] | None = world_parts(read_plan(place.plan_file(workspace)))["dns"].nameserver
    except ServiceError:
        return None
    return found


def place_of(workspace: Workspace) -> Place | None:
    """Return where the set-up of `workspace` takes place; None where it keeps no plan yet.

    Raises:
        ServiceError: what is wrong with its plan; InputError for a plan that names no place.
    """
    kept = place.plan_file(workspace)
    return Place.of(read_plan(kept)) if kept.is_file() else None


def keep_place(where: Place, workspace: Workspace, now: datetime) -> None:
    """Write `where` into the plan of `workspace`; what else the plan says of places stays.

    A plan that also holds values for steps is copied aside first: the wizard asks for those in its forms.

    Raises:
        ServiceError: what is wrong with the plan that is there; folder-not-writable, disk-full.
    """
    kept = place.plan_file(workspace)
    before = read_plan(kept) if kept.is_file() else None
    if before is not None and before.steps:
        keep_copy(kept, now)
    write_file(kept, world_toml(where.plan(before)), mode=PRIVATE, replace=True)


def live_parts(workspace: Workspace) -> dict[str, Any]:
    """Return what `services.worlds.live` is to be given for `workspace`.

    Raises:
        ServiceError: there is no plan, or it cannot be read.
    """
    return world_parts(read_plan(place.plan_file(workspace)))


def keep_plan(source: Path, plan: Plan, workspace: Workspace, now: datetime) -> None:
    """Keep in the workspace where things are, as `plan` (read from `source`) says; another plan there is copied aside.

    Raises:
        ServiceError: folder-not-writable, disk-full, file-in-the-way.
    """
    kept = place.plan_file(workspace)
    if source.resolve() == kept.resolve():
        return
    words = world_toml(plan)
    if kept.is_file() and kept.read_text("utf-8") != words:
        keep_copy(kept, now)
    write_file(kept, words, mode=PRIVATE, replace=True)


def world_toml(plan: Plan) -> str:
    """Return the part of `plan` that says where things are, as a plan of its own; paths are made absolute."""
    lines = [f"version = {plan.version}", f"domain = {json.dumps(plan.domain)}"]
    for name in ("aws", "acme", "dns", "emqx"):
        table = getattr(plan, name)
        values = {field.name: getattr(table, field.name) for field in dataclasses.fields(table)}
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in values.items() if value is not None)]
    return "\n".join(lines) + "\n"


def _toml(value: str | int | Path) -> str:
    if isinstance(value, int):
        return str(value)
    return json.dumps(str(value.absolute()) if isinstance(value, Path) else value, ensure_ascii=False)
