"""Rotating the client CA: forward to the stage where clients can move, the end, and the way back.

Each stage looks before it acts and ends in a proof, so a rotation that was killed goes on when it is run again.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.events import Answer, Artifact, Check, Done, Event, Failed, Progress
from services.guide import client_certificates, earlier
from services.pki.places import ClientFolder
from services.renewal.rotation.stages import RotationFolder, Stage, copy
from services.renewal.rotation.trust import Trust, bring
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.guide.runner import Guide

_LONGEST_NAME: Final = 64  # ub-common-name, RFC 5280 appendix A.1


@dataclass(frozen=True, slots=True)
class Result:
    """Where the rotation stands now.

    Attributes:
        stage: the stage reached; IDLE once it has ended, either way.
        kept: where the files of an ended rotation are kept; None while it is under way.
        old_ca, new_ca: names of the two CAs; empty for none.
    """

    stage: Stage
    kept: Path | None = None
    old_ca: str = ""
    new_ca: str = ""


def folder_of(guide: Guide) -> RotationFolder:
    """Return where a rotation in the workspace of `guide` keeps its files."""
    return RotationFolder(ClientFolder(guide.workspace.client))


async def forward(guide: Guide) -> AsyncGenerator[Event, None]:
    """Make the new CA, have both trusted, and move the set-up's own client; yield what happens, Done(Result) last.

    The caller holds the workspace's lock. Run again it proves the stage that was reached.

    Raises:
        ServiceError: renewal-not-set-up; rotation-unproven; those of the deployment step; files.
    """
    if earlier.issued(guide.here) is None or earlier.clients(guide.here) is None:
        raise ServiceError("renewal-not-set-up", path=guide.workspace.root)
    folder = folder_of(guide)
    if folder.stage is Stage.IDLE:
        yield Progress(message("rotate.making"))
        await asyncio.to_thread(_make, guide, folder)
        yield Artifact("new-client-ca", folder.new.ca_certificate)
        yield Artifact("new-client-certificate", folder.new.certificate)
    for stage in (_trust_both(guide, folder), _move(guide, folder)):
        async with aclosing(stage) as events:
            async for event in events:
                yield event
    yield Done(_result(folder))


async def finish(guide: Guide) -> AsyncGenerator[Event, None]:
    """Have the new CA alone trusted; clients of the old one are refused from then on. Done(Result) last.

    Raises:
        ServiceError: rotation-not-ready (its clients have not moved); rotation-unproven; those of the deployment step.
    """
    folder = folder_of(guide)
    if folder.stage is not Stage.MOVED:
        raise ServiceError("rotation-not-ready", stage=folder.stage.value)
    names = _result(folder)
    trust = Trust(folder.new.ca_certificate, (folder.new,), (folder.old,))
    async with aclosing(bring(guide, trust)) as events:
        async for event in events:
            yield event
    kept = folder.set_aside("old-ca", guide.world.clock())
    yield Check("finished", Answer.YES, message("rotate.finished", path=kept))
    yield Done(replace(names, stage=Stage.IDLE, kept=kept))


async def back(guide: Guide) -> AsyncGenerator[Event, None]:
    """Go back one stage: the client of the old CA first, then the deployment. Done(Result) last.

    Raises:
        ServiceError: rotation-none; rotation-unproven; those of the deployment step.
    """
    folder = folder_of(guide)
    names = _result(folder)
    if folder.stage is Stage.IDLE:
        raise ServiceError("rotation-none")
    if folder.has_moved:
        async with aclosing(_move_back(guide, folder)) as events:
            async for event in events:
                yield event
        yield Done(_result(folder))
        return
    if folder.stage is Stage.BOTH:
        trust = Trust(folder.old.ca_certificate, (folder.old,), (folder.new,))
        async with aclosing(bring(guide, trust)) as events:
            async for event in events:
                yield event
    kept = folder.set_aside("abandoned-ca", guide.world.clock())
    yield Check("taken-back", Answer.YES, message("rotate.taken-back", path=kept))
    yield Done(replace(names, stage=Stage.IDLE, kept=kept))


def next_name(name: str) -> str:
    """Return what the CA after the one called `name` is called: "Test CA", "Test CA 2", "Test CA 3" … Pure."""
    found = re.fullmatch(r"(.*?)(?: (\d{1,4}))?", name)
    base, number = (found[1], int(found[2] or 1)) if found else (name, 1)
    suffix = f" {number + 1}"
    return base[: _LONGEST_NAME - len(suffix)] + suffix


def _make(guide: Guide, folder: RotationFolder) -> None:
    """Keep the old files aside, and fill the folder of the new ones; what an earlier run made of it is used."""
    from services.pki.folder import fill  # noqa: PLC0415 - brings cryptography

    folder.keep_old()
    fill(folder.new, client_certificates.order_of(_wanted(guide, folder), guide.here))


def _wanted(guide: Guide, folder: RotationFolder) -> client_certificates.Request:
    """Return the guide's request with the next CA's name; the old CA's own name is read from its certificate."""
    name = next_name(_name(folder.old))
    return replace(client_certificates.propose(guide.here), ca_common_name=name, replace=False)


async def _trust_both(guide: Guide, folder: RotationFolder) -> AsyncGenerator[Event, None]:
    """Have both CAs trusted, proven by a client of each."""
    first = folder.new if folder.stage is Stage.MOVED else folder.old
    folder.trust_both(first=first)
    yield Progress(message("rotate.trusting-both"))
    async with aclosing(bring(guide, Trust(folder.client.trusted, (folder.new, folder.old)))) as events:
        async for event in events:
            yield event


async def _move(guide: Guide, folder: RotationFolder) -> AsyncGenerator[Event, None]:
    """Put the new CA's files in the place of the old ones, and have the session know; nothing where that is so."""
    request = _wanted(guide, folder)
    copy(folder.new, folder.client)
    yield Progress(message("rotate.moving"))
    async with aclosing(_tell(guide, request)) as events:
        async for event in events:
            yield event
    folder.trust_both(first=folder.new)
    moved = message("rotate.moved", path=folder.client.root)
    yield Check("moved", Answer.YES, moved)


async def _move_back(guide: Guide, folder: RotationFolder) -> AsyncGenerator[Event, None]:
    """Put the old CA's files back into their place; both CAs stay trusted."""
    request = replace(client_certificates.propose(guide.here), ca_common_name=_name(folder.old))
    copy(folder.old, folder.client)
    folder.trust_both(first=folder.old)
    yield Progress(message("rotate.moving-back"))
    async with aclosing(_tell(guide, request)) as events:
        async for event in events:
            yield event
    yield Check("moved-back", Answer.YES, message("rotate.moved-back", path=folder.client.root))


async def _tell(guide: Guide, request: client_certificates.Request) -> AsyncGenerator[Event, None]:
    """Have the guide's step find the files, which are right already: then the session knows them.

    Raises:
        ServiceError: they are not what `request` says.
    """
    async with aclosing(guide.run(client_certificates.NAME, request)) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise event.error
            if not isinstance(event, Done):
                yield event


def _result(folder: RotationFolder) -> Result:
    return Result(folder.stage, None, _name(folder.old), _name(folder.new))


def _name(folder: ClientFolder) -> str:
    """Return the common name of the CA in `folder`; "" where there is none."""
    from services.pki.names import common_name  # noqa: PLC0415 - brings cryptography
    from services.pki.store import read_certificate  # noqa: PLC0415 - as above

    try:
        return common_name(read_certificate(folder.ca_certificate).subject)
    except ServiceError:
        return ""
