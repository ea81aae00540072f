"""Where a host name leads in this world: its addresses, by the world's own DNS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError

if TYPE_CHECKING:
    from services.tls.lookup import Lookup
    from services.world import World

SECONDS: Final = 5.0
_FINDINGS: Final = {"not-found": "name-not-found", "timeout": "dns-timeout", "failed": "dns-failed"}


async def look_up(host: str, world: World) -> Lookup:
    """Return what the world's DNS says about `host`; a failure is in the answer."""
    from services.tls import lookup  # noqa: PLC0415 - brings dnspython, not wanted at start-up

    return await asyncio.to_thread(lookup.look_up, host, world.dns.nameserver, seconds=SECONDS)


async def addresses(host: str, world: World) -> tuple[str, ...]:
    """Return the addresses that `host` leads to.

    Raises:
        ServiceError: name-not-found, dns-timeout, dns-failed.
    """
    found = await look_up(host, world)
    if found.failure:
        raise ServiceError(_FINDINGS[found.failure], details=found.details, host=host)
    return found.addresses
