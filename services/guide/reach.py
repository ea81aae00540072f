"""Where a host name leads in this world: its addresses, by the world's own DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.errors import ServiceError

if TYPE_CHECKING:
    from services.dns.answers import Lookup
    from services.world import World

SECONDS: Final = 5.0
_FINDINGS: Final = {"not-found": "name-not-found", "timeout": "dns-timeout", "failed": "dns-failed"}


async def look_up(host: str, world: World) -> Lookup:
    """Return what the world's DNS says about `host`; a failure is in the answer."""
    from services.dns import lookup  # noqa: PLC0415 - brings dnspython, not wanted at start-up

    return await lookup.look_up(host, world.dns.nameserver, seconds=SECONDS)


async def addresses(host: str, world: World) -> tuple[str, ...]:
    """Return the addresses that `host` leads to.

    Raises:
        ServiceError: name-not-found, dns-timeout, dns-failed.
    """
    return found(await look_up(host, world))


def found(lookup: Lookup) -> tuple[str, ...]:
    """Return the addresses of an answer. Pure.

    Raises:
        ServiceError: name-not-found, dns-timeout, dns-failed.
    """
    if lookup.failure:
        raise ServiceError(_FINDINGS[lookup.failure], details=lookup.details, host=lookup.name)
    return lookup.addresses


def same_end(one: Lookup, other: Lookup) -> bool:
    """Tell whether `one` leads where `other` does: by its aliases where it has any, else by its addresses. Pure.

    Deployments may share addresses, so an alias of another name is another deployment. Where `other` has no addresses,
    nothing is known, and nothing is held against `one`.
    """
    if not other.addresses:
        return True
    if one.cnames:
        names = {name.lower() for name in (one.name, *one.cnames)}
        return bool(names & {name.lower() for name in (other.name, *other.cnames)})
    return bool(set(one.addresses) & set(other.addresses))
