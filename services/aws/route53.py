"""Route 53: reading hosted zones and records, changing them, and waiting until a change is everywhere."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, Self

from services.aws.errors import named_errors
from services.aws.records import RecordSet, plain_name, read_record_set
from services.aws.session import Who, make_client
from services.aws.zones import HostedZone
from services.errors import ServiceError
from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.world import World

_IN_SYNC: Final = "INSYNC"
_CALL_SECONDS: Final = 60.0  # all attempts of one call together
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 5.0
_MOST_RECORDS: Final = 100  # record sets of one name: there are some ten types


class Route53:
    """Route 53 with one identity. Made by `open`; needs no closing.

    Every method raises the findings of `services.aws.errors.named_errors`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    async def open(cls, world: World, who: Who = Who.ENGINEER) -> Self:
        """Return Route 53 as `who` sees it."""
        return cls(await asyncio.to_thread(make_client, world, "route53", who))

    async def zones(self) -> tuple[HostedZone, ...]:
        """Return all hosted zones of the account (route53:ListHostedZones)."""
        zones: tuple[HostedZone, ...] = await self._call(self._zones)
        return zones

    async def name_servers(self, zone_id: str) -> tuple[str, ...]:
        """Return the name servers that Route 53 gave the zone (route53:GetHostedZone)."""
        answer = await self._call(self._client.get_hosted_zone, Id=zone_id)
        return tuple(plain_name(safe(name)) for name in answer.get("DelegationSet", {}).get("NameServers", ()))

    async def records_at(self, zone_id: str, name: str) -> tuple[RecordSet, ...]:
        """Return all record sets at exactly `name` (route53:ListResourceRecordSets)."""
        answer = await self._call(
            self._client.list_resource_record_sets,
            HostedZoneId=zone_id,
            StartRecordName=f"{name}.",
            MaxItems=str(_MOST_RECORDS),
        )
        records = map(read_record_set, answer["ResourceRecordSets"])
        return tuple(record for record in records if record.name == name)

    async def change(self, zone_id: str, changes: Sequence[dict[str, Any]], comment: str) -> str:
        """Make `changes` in the zone, all or none; return the change's id (route53:ChangeResourceRecordSets)."""
        batch = {"Comment": comment, "Changes": list(changes)}
        answer = await self._call(self._client.change_resource_record_sets, HostedZoneId=zone_id, ChangeBatch=batch)
        return str(answer["ChangeInfo"]["Id"]).removeprefix("/change/")

    async def wait_in_sync(self, change_id: str, *, seconds: float) -> int:
        """Wait until all of Route 53's name servers have the change; return how often was asked (route53:GetChange).

        Asked at once, then ever less often: half a second later at first, every five seconds at last.

        Raises:
            ServiceError: aws-change-pending after `seconds`.
        """
        deadline = time.monotonic() + seconds
        wait = _FIRST_WAIT
        polls = 0
        while True:
            polls += 1
            answer = await self._call(self._client.get_change, Id=change_id)
            if answer["ChangeInfo"]["Status"] == _IN_SYNC:
                return polls
            if time.monotonic() + wait > deadline:
                raise ServiceError("aws-change-pending", seconds=round(seconds), polls=polls, change=safe(change_id))
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _zones(self) -> tuple[HostedZone, ...]:
        return tuple(self._each_zone())

    def _each_zone(self) -> Iterator[HostedZone]:
        for page in self._client.get_paginator("list_hosted_zones").paginate():
            for zone in page["HostedZones"]:
                private = bool(zone.get("Config", {}).get("PrivateZone"))
                yield HostedZone(zone["Id"].removeprefix("/hostedzone/"), plain_name(safe(zone["Name"])), private)

    async def _call(self, method: Any, **arguments: Any) -> Any:
        """Call AWS in a thread, its errors named, in bounded time."""

        def call() -> Any:
            with named_errors():
                return method(**arguments)

        try:
            async with asyncio.timeout(_CALL_SECONDS):
                return await asyncio.to_thread(call)
        except TimeoutError as error:
            raise ServiceError("aws-unreachable", host="Route 53") from error
