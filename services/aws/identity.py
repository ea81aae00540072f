"""Whose AWS keys these are, as STS says; it needs no permission."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from services.aws.errors import named_errors
from services.aws.session import Who, make_client
from services.outside import safe
from services.text import message

if TYPE_CHECKING:
    from services.text import Message
    from services.world import World


@dataclass(frozen=True, slots=True)
class Caller:
    """An AWS identity.

    Attributes:
        account: the account's number.
        arn: who it is, e.g. "arn:aws:iam::123456789012:user/certbot".
        server_time: the time that AWS's answer bore, aware; None where it bore none.
    """

    account: str
    arn: str
    server_time: datetime | None = None


async def caller(world: World, who: Who = Who.ENGINEER) -> Caller:
    """Return the identity that `who` has.

    Raises:
        ServiceError: the findings of `services.aws.errors.named_errors`.
    """
    answer = await asyncio.to_thread(_ask, world, who)
    sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return Caller(safe(answer["Account"]), safe(answer["Arn"]), _time(sent))


async def introduced(world: World, who: Who = Who.ENGINEER) -> Message:
    """Return whose keys will be used, as a line to show before anything is changed with them.

    Raises:
        ServiceError: the findings of `services.aws.errors.named_errors`.
    """
    return message(f"prerequisites.aws-{who.value}", arn=(await caller(world, who)).arn)


def _ask(world: World, who: Who) -> Any:
    client = make_client(world, "sts", who)
    with named_errors():
        return client.get_caller_identity()


def _time(header: str | None) -> datetime | None:
    """Read an HTTP Date (RFC 9110, 5.6.7)."""
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
