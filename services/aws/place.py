"""The place in Route 53 where a CNAME belongs: what stands there, and putting the CNAME there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.aws.records import RecordSet, Situation, cname_changes, situation
from services.aws.route53 import Route53
from services.aws.zones import HostedZone, choose_zone_for_cname
from services.errors import ServiceError

if TYPE_CHECKING:
    from services.world import World


@dataclass(frozen=True, slots=True)
class CnamePlace:
    """Where the CNAME from `domain` to `target` belongs.

    Attributes:
        domain, target: the CNAME.
        route53: the service, with the engineer's identity.
        zone: the hosted zone.
        standing: all that stands at `domain` now.
        situation: what that means.
    """

    domain: str
    target: str
    route53: Route53
    zone: HostedZone
    standing: tuple[RecordSet, ...]
    situation: Situation

    @property
    def is_right(self) -> bool:
        """Whether this very CNAME stands there already."""
        return self.situation is Situation.RIGHT

    @property
    def outcome(self) -> Literal["created", "changed", "unchanged"]:
        """What writing does, or did."""
        if self.is_right:
            return "unchanged"
        return "changed" if self.standing else "created"

    def check_free(self, *, overwrite: bool) -> None:
        """Refuse to touch what the user did not agree to lose, and a delegation in any case.

        Raises:
            ServiceError: dns-record-in-the-way, its variant "delegated" for NS records.
        """
        delegated = self.situation is Situation.DELEGATED
        if delegated or (self.standing and not overwrite):
            raise ServiceError(
                "dns-record-in-the-way",
                variant="delegated" if delegated else "",
                domain=self.domain,
                zone=self.zone.name,
                target=self.target,
                records="; ".join(map(str, self.standing)),
            )

    async def write(self, ttl: int, *, seconds: float) -> int:
        """Put the CNAME there and wait until it is everywhere; return how often Route 53 was asked for that.

        Raises:
            ServiceError: aws-change-pending after `seconds`, and AWS's own.
        """
        batch = cname_changes(self.domain, self.target, ttl, self.standing)
        change = await self.route53.change(self.zone.id, batch, "emqx-mtls: the subdomain of the deployment")
        return await self.route53.wait_in_sync(change, seconds=seconds)


async def find_place(world: World, domain: str, target: str) -> CnamePlace:
    """Find the hosted zone and read what stands at the name; only reads.

    Raises:
        ServiceError: aws-zone-not-found, aws-zone-ambiguous, zone-apex, and AWS's own.
    """
    route53 = await Route53.open(world)
    zone = choose_zone_for_cname(domain, await route53.zones())
    standing = await route53.records_at(zone.id, domain)
    return CnamePlace(domain, target, route53, zone, standing, situation(standing, target))
