"""Whether a subdomain leads to the deployment, as the zone's own name servers and as the configured resolver see it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError

if TYPE_CHECKING:
    from services.dns.resolver import Resolver

_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 5.0


class Verdict(StrEnum):
    """What was seen."""

    RIGHT = "right"
    NOTHING = "nothing"  # no record, or one that leads nowhere
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"  # could not be asked


@dataclass(frozen=True, slots=True)
class Sight:
    """What one resolver sees.

    Attributes:
        verdict: what that means.
        found: where the name leads instead, or why it could not be asked; safe for display.
    """

    verdict: Verdict
    found: str = ""


async def look_at_record(resolver: Resolver, domain: str, target: str) -> Sight:
    """Return what stands at `domain` itself; for the zone's own name servers, which look no further."""
    answer = await resolver.ask(domain, "CNAME")
    if answer.is_unknown:
        return Sight(Verdict.UNKNOWN, answer.detail)
    if answer.values:
        return Sight(Verdict.RIGHT if target in answer.values else Verdict.ELSEWHERE, ", ".join(answer.values))
    return Sight(Verdict.NOTHING)


async def look_through(resolver: Resolver, domain: str, target: str) -> Sight:
    """Return where `domain` leads in the end; for a resolver that follows aliases.

    A name that has the target's very addresses without an alias is right as well: some DNS services put them there.
    """
    own, deployment = await asyncio.gather(resolver.addresses(domain), resolver.addresses(target))
    same_addresses = bool(own.addresses) and set(own.addresses) <= set(deployment.addresses)
    if target in own.chain or (same_addresses and len(own.chain) == 1):
        return Sight(Verdict.RIGHT, ", ".join(own.addresses))
    if own.last.is_unknown and len(own.chain) == 1:
        return Sight(Verdict.UNKNOWN, own.last.detail)
    if len(own.chain) > 1 or own.addresses:
        return Sight(Verdict.ELSEWHERE, own.chain[1] if len(own.chain) > 1 else ", ".join(own.addresses))
    return Sight(Verdict.NOTHING)


async def wait_for_record(resolver: Resolver, domain: str, target: str, *, seconds: float) -> Sight:
    """Ask for the record until it is right, for `seconds` at most, ever less often; return the last that was seen."""
    deadline = time.monotonic() + seconds
    wait = _FIRST_WAIT
    while True:
        sight = await look_at_record(resolver, domain, target)
        if sight.verdict is Verdict.RIGHT or time.monotonic() + wait > deadline:
            return sight
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


def finding(sight: Sight, domain: str, target: str) -> ServiceError:
    """Return the finding that a sight which is not right stands for."""
    if sight.verdict is Verdict.ELSEWHERE:
        return ServiceError("cname-wrong", domain=domain, found=sight.found, target=target)
    if sight.verdict is Verdict.NOTHING:
        return ServiceError("name-not-found", variant="subdomain", host=domain, target=target)
    return ServiceError("dns-failed", details=sight.found, host=domain)
