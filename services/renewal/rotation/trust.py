"""Bringing a deployment to trust exactly the client CAs of one file, proven by clients of each CA."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.emqx.folder import BundleFolder
from services.errors import ServiceError
from services.events import Answer, Check, Done, Event, Failed, Progress
from services.guide import deployment
from services.pki.places import ClientFolder
from services.renewal.rotation.entry import Entry, Tried, try_client
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.guide.runner import Guide

_PAUSE: Final = 0.3
_LONGEST_PAUSE: Final = 5.0
_SLOWER: Final = 1.6


@dataclass(frozen=True, slots=True)
class Trust:
    """What the deployment is to trust.

    Attributes:
        authorities: the PEM file of the client CAs.
        lets_in: clients that must be let in; the first is the one that the deployment step proves with.
        refuses: clients that must be refused.
    """

    authorities: Path
    lets_in: tuple[ClientFolder, ...]
    refuses: tuple[ClientFolder, ...] = ()


async def bring(guide: Guide, trust: Trust) -> AsyncGenerator[Event, None]:
    """Upload where any client is treated otherwise than it must be; wait until all are treated right; say so.

    Raises:
        ServiceError: rotation-unproven (a client is not treated right at the deadline), and those of the deployment
            step.
    """
    client = trust.lets_in[0]
    request = replace(
        deployment.propose(guide.here),
        client_ca=trust.authorities,
        client_certificate=client.certificate,
        client_key=client.key,
    )
    if _wrong(trust, await _try_all(guide, request, trust)):
        async with aclosing(_upload(guide, request)) as events:
            async for event in events:
                yield event
    tried = await _until_right(guide, request, trust)
    for folder, found in tried.items():
        kind = "old" if folder.root.name == "old" else "new"
        words = message(f"rotate.{kind}.{found.entry.value}", evidence=found.evidence)
        yield Check(f"client-of-{kind}-ca", Answer.YES, words)
    async with aclosing(guide.run(deployment.NAME, request)) as events:  # nothing is sent: the session learns of it
        async for event in events:
            if isinstance(event, Failed):
                raise event.error
            if not isinstance(event, Check | Done):
                yield event


async def _upload(guide: Guide, request: deployment.Request) -> AsyncGenerator[Event, None]:
    looked = await deployment.begin(request, guide.here)
    BundleFolder(guide.workspace.emqx).write(looked.prepared.bundle)
    yield Progress(message("rotate.files-ready"))
    async with deployment.target_of(request, guide.here) as target:
        looked.state = await target.ready()
        looked.state = await target.put(looked.prepared.bundle)
        yield Check(
            "uploaded", Answer.YES, message("rotate.uploaded", count=len(looked.prepared.bundle.client_ca_certificates))
        )
        settling = looked.settle(target, patience=request.deadline, by_hand=request.by_hand)
        async with aclosing(settling) as waiting:
            async for seconds in waiting:
                yield Progress(message("rotate.waiting"), seconds, request.deadline)


async def _until_right(guide: Guide, request: deployment.Request, trust: Trust) -> dict[ClientFolder, Tried]:
    """Try until every client is treated as it must be.

    Raises:
        ServiceError: rotation-unproven.
    """
    deadline, pause = time.monotonic() + request.deadline, _PAUSE
    while wrong := _wrong(trust, tried := await _try_all(guide, request, trust)):
        if time.monotonic() > deadline:
            raise ServiceError("rotation-unproven", details=wrong, host=request.domain, port=request.port)
        await asyncio.sleep(pause)
        pause = min(pause * _SLOWER, _LONGEST_PAUSE)
    return tried


async def _try_all(guide: Guide, request: deployment.Request, trust: Trust) -> dict[ClientFolder, Tried]:
    folders = (*trust.lets_in, *trust.refuses)
    tried = await asyncio.gather(*(try_client(guide, request, folder) for folder in folders))
    return dict(zip(folders, tried, strict=True))


def _wrong(trust: Trust, tried: dict[ClientFolder, Tried]) -> str:
    """Return who is not treated as it must be, in words; empty for nobody. Pure."""
    wanted = dict.fromkeys(trust.lets_in, Entry.LET_IN) | dict.fromkeys(trust.refuses, Entry.REFUSED)
    wrong = (folder for folder, entry in wanted.items() if tried[folder].entry is not entry)
    return "; ".join(f"{folder.root.name}: {tried[folder].evidence}" for folder in wrong)
