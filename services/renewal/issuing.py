"""Asking the CA for the next certificate: certbot renew, for one lineage.

certbot decides by the certificate's age and by what the CA advises (ACME Renewal Information, RFC 9773); where the
certificate is due by this program's own reckoning, it is told to renew without asking further.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from services.acme import certbot
from services.errors import ServiceError
from services.events import Done, Event, Failed, Progress
from services.guide import server_certificate
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from services.guide.runner import Guide

Issuer: TypeAlias = "Callable[[Guide, bool], AsyncGenerator[Event, None]]"
"""Given a Guide and whether the certificate is due, has it renewed, or finds that it need not be."""

_OTHER_RUN_SECONDS: Final = 60.0  # certbot that outlived a killed renewal ends within this, and takes its record back
_PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Order:
    """What certbot is told."""

    cert_name: str
    force: bool


async def by_certbot(guide: Guide, force: bool) -> AsyncGenerator[Event, None]:
    """Run `certbot renew`; where certbot has no account with this CA, which renew cannot open, ask as the guide does.

    Args:
        guide: of the workspace.
        force: it is due: renew whatever certbot thinks.

    Raises:
        ServiceError: what certbot's words stand for.
    """
    place = guide.here
    domain = server_certificate.propose(place).domain
    order = _Order(certbot.cert_name(domain, guide.world), force)
    yield Progress(message("renew.asking-ca" if force else "renew.asking-certbot", domain=domain))
    run = _renew(guide, order, domain) if _account_folder(guide).is_dir() else _ask_anew(guide, force=force)
    async with aclosing(run) as events:
        async for event in events:
            yield event


async def by_nobody(guide: Guide, force: bool) -> AsyncGenerator[Event, None]:  # noqa: ARG001 - an Issuer's signature
    """Ask nobody: another certbot sees to it, or has just done so."""
    return
    yield  # which makes this a generator


def arguments(order: _Order, guide: Guide) -> list[str]:
    """Return certbot's arguments. Pure."""
    where = [part for option, folder in certbot.folders(guide.workspace).items() for part in (option, str(folder))]
    return [
        *("renew", "-n", "--no-random-sleep-on-renew"),  # without a terminal it sleeps for up to eight minutes
        *("--cert-name", order.cert_name),
        *("--server", guide.world.acme.directory_url),
        *(["--force-renewal"] if order.force else []),
        *where,
    ]


async def _renew(guide: Guide, order: _Order, domain: str) -> AsyncGenerator[Event, None]:
    """Run it; where another certbot still works in the same folders, wait for its end and run it again."""
    deadline = time.monotonic() + _OTHER_RUN_SECONDS
    while True:
        run = certbot.run_arguments(arguments(order, guide), domain, guide.world)
        try:
            async with aclosing(run) as lines:
                async for line in lines:
                    yield line
        except ServiceError as error:
            if error.id != "certbot-already-running" or time.monotonic() > deadline:
                raise
        else:
            return
        yield Progress(message("renew.waiting-for-certbot"))
        await asyncio.sleep(_PAUSE_SECONDS)


async def _ask_anew(guide: Guide, *, force: bool) -> AsyncGenerator[Event, None]:
    """Issue by the guide's own step, which opens an account."""
    if not force:
        return
    request = replace(server_certificate.propose(guide.here), force=True)
    async with aclosing(guide.run(server_certificate.NAME, request)) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise event.error
            if not isinstance(event, Done):
                yield event


def _account_folder(guide: Guide) -> Path:
    """Return where certbot keeps its account with this CA: the directory's address makes the path."""
    address = urlsplit(guide.world.acme.directory_url)
    accounts = guide.workspace.letsencrypt / "config" / "accounts"
    return accounts / address.netloc / address.path.strip("/")
