"""Looking at set-ups: their files are read, and their deployments asked live what they serve. Only reads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services import session as sessions
from services.acme.live import LiveFolder
from services.errors import ServiceError
from services.files import read_file
from services.guide import earlier, known
from services.guide.step import Here
from services.pki.places import ClientFolder
from services.renewal import memory
from services.renewal.rotation.stages import RotationFolder, Stage
from services.renewal.status import (
    Health,
    Item,
    Kind,
    Row,
    Status,
    client_item,
    comparison,
    server_item,
    timing_of,
)
from services.renewal.timing import Validity
from services.text import Message, message
from services.tls.pem import readable
from services.tls.probe import Probe, Target, probe
from services.workspace import Workspace
from services.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

SECONDS: Final = 5.0
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A set-up to look at.

    Attributes:
        workspace: its folder.
        nameserver: whom to ask for its domain (address, port); None for the system's resolver.
        ask: whether to ask the deployment; not where its world is not there.
    """

    workspace: Workspace
    nameserver: tuple[str, int] | None = None
    ask: bool = True


@dataclass(frozen=True, slots=True)
class _Deployed:
    """The part of a deployment Result that tells where to look."""

    domain: str
    port: int


async def survey(places: Sequence[Place], now: datetime) -> Status:
    """Look at all `places`, several at once; each deployment has a deadline. What goes wrong is part of the answer."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(place: Place) -> Row:
        async with gate:
            return await asyncio.to_thread(look, place, now)

    return Status(now, tuple(await asyncio.gather(*map(one, places))))


def look(place: Place, now: datetime) -> Row:
    """Look at one set-up. Blocking."""
    workspace = place.workspace
    try:
        session = sessions.load(workspace)
    except ServiceError as error:
        return Row(workspace.root, "", "", notes=((Health.UNKNOWN, _said(error)),))
    if session is None:
        return Row(workspace.root, "", "", notes=((Health.UNKNOWN, message("status.no-session")),))
    here = Here(World("live", clock=lambda: now), workspace, session)
    items = tuple(_items(here, place, now))
    by_kind = {item.kind: item for item in items}
    served, files = by_kind.get(Kind.SERVED), by_kind.get(Kind.FILES)
    due, window, era = timing_of(files)
    certificate = earlier.issued(here)
    remembered = memory.recall(workspace)
    stage = RotationFolder(ClientFolder(workspace.client)).stage
    notes = (*comparison(served, files), *_remembered(remembered), *_rotating(stage), *_unasked(here, place))
    return Row(
        workspace=workspace.root,
        world=session.world,
        domain=certificate.domain if certificate else known.domain(here),
        items=items,
        due=due,
        window=window,
        era=era,
        last_run=remembered.last_run,
        rotation=stage.value,
        notes=notes,
    )


def _items(here: Here, place: Place, now: datetime) -> Iterator[Item]:
    deployed = here.session.result("deployment", _Deployed)
    if deployed is not None and place.ask:
        yield _served(Target(deployed.domain, deployed.port, resolver=place.nameserver), now)
    certificate = earlier.issued(here)
    if certificate is not None:
        yield _from_file(Kind.FILES, LiveFolder(certificate.live).certificate, now)
    client = earlier.clients(here)
    if client is not None:
        yield _from_file(Kind.CLIENT, client.certificate, now)
        yield _from_file(Kind.CLIENT_CA, client.ca_certificate, now)


def _served(target: Target, now: datetime) -> Item:
    seen = probe(target, seconds=SECONDS, wait_for_alert=0.0)
    if not seen.served:
        return Item(Kind.SERVED, note=_unseen(seen))
    leaf = seen.served[0]
    return server_item(Kind.SERVED, leaf.label, leaf.sha256, Validity(leaf.not_before, leaf.not_after), now)


def _unseen(seen: Probe) -> Message:
    """Say why nothing was seen, by the finding's own words."""
    host, port = seen.target.host, seen.target.port
    if not seen.address:
        return _said(ServiceError("name-not-found", host=host))
    known = {"refused": "connection-refused", "reset": "connection-reset", "ok": "not-tls"}
    return _said(ServiceError(known.get(seen.tcp, "connection-timeout"), host=host, port=port))


def _from_file(kind: Kind, path: Path, now: datetime) -> Item:
    try:
        found = readable(read_file(path))
    except ServiceError as error:
        return Item(kind, health=Health.WRONG, note=_said(error))
    if not found:
        return Item(kind, health=Health.WRONG, note=_said(ServiceError("certificate-unreadable", path=path)))
    first = found[0]
    judge = server_item if kind is Kind.FILES else client_item
    return judge(kind, first.label, first.sha256, Validity(first.not_before, first.not_after), now)


def _remembered(remembered: memory.Memory) -> tuple[tuple[Health, Message], ...]:
    if remembered.rejected is None:
        return ()
    at = f"{remembered.rejected.at:%Y-%m-%d}"
    return ((Health.WRONG, message("status.taken-back", date=at, finding=remembered.rejected.finding)),)


def _rotating(stage: Stage) -> tuple[tuple[Health, Message], ...]:
    return () if stage is Stage.IDLE else ((Health.FINE, message(f"status.rotation.{stage.value}")),)


def _unasked(here: Here, place: Place) -> tuple[tuple[Health, Message], ...]:
    if here.session.record("deployment").result is None:
        return ((Health.FINE, message("status.not-deployed")),)
    return () if place.ask else ((Health.FINE, message("status.practice-away")),)


def _said(error: ServiceError) -> Message:
    return message("status.finding", what=error.what)
