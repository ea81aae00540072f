"""Whether a deployment lets a client in: by handshake, and by CONNECT where the user's password is at hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from services.files import read_file
from services.renewal.proof import login_of
from services.tls.handshake import Identity
from services.tls.pem import readable
from services.tls.probe import Probe, Target, probe

if TYPE_CHECKING:
    from services.guide.deployment import Request
    from services.guide.runner import Guide
    from services.pki.places import ClientFolder

_SECONDS: Final = 6.0


class Entry(StrEnum):
    """What became of a client."""

    LET_IN = "let-in"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the deployment was not reached


@dataclass(frozen=True, slots=True)
class Tried:
    """One client's try.

    Attributes:
        entry: what became of it.
        evidence: what was seen, e.g. "CONNACK 0" or "alert 48 (unknown ca)".
    """

    entry: Entry
    evidence: str


async def try_client(guide: Guide, request: Request, client: ClientFolder) -> Tried:
    """Connect as the client of the folder `client`; return what became of it.

    Raises:
        ServiceError: file-not-found, file-not-readable.
    """
    chain = tuple(each.der for each in readable(read_file(client.certificate)))
    identity = Identity(chain, read_file(client.key))
    target = Target(request.domain, request.port, resolver=guide.world.dns.nameserver)
    seen = await asyncio.to_thread(probe, target, identity, login_of(guide), seconds=_SECONDS)
    return judged(seen)


def judged(seen: Probe) -> Tried:
    """Return what became of the client that showed a certificate. Pure."""
    ours = [each for each in seen.handshakes if each.with_certificate]
    refusal = next((each for each in ours if each.alert is not None), None)
    if refusal is not None:
        return Tried(Entry.REFUSED, refusal.alert_text)
    if not any(each.outcome == "ok" for each in ours):
        return Tried(Entry.UNKNOWN, seen.details or seen.tcp)
    if seen.mqtt is None or seen.mqtt.code is None:
        return Tried(Entry.LET_IN, next(each.protocol for each in ours if each.outcome == "ok"))
    return Tried(Entry.LET_IN if seen.mqtt.code == 0 else Entry.REFUSED, f"CONNACK {seen.mqtt.code}")
