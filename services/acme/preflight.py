"""Troubles that can be seen before certbot is run: each would cost a failed authorization, of which there are few.

Only reads. What stands in certbot's way for certain is raised; what may, or what could not be found out, is a Check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.aws.route53 import Route53
from services.aws.zones import HostedZone, choose_zone
from services.dns.answers import Answer
from services.dns.caa import find_caa
from services.dns.resolver import Resolver
from services.errors import ServiceError
from services.events import Answer as Verdict
from services.events import Check
from services.text import message
from services.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.aws.session import Who

_HIDDEN = frozenset({"aws-access-denied", "aws-bad-credentials", "aws-no-credentials"})


async def find_zone(domain: str, world: World, who: Who) -> HostedZone:
    """Return the hosted zone that certbot will write the challenge record to.

    Raises:
        ServiceError: aws-zone-not-found, aws-zone-ambiguous, and AWS's own errors.
    """
    route53 = await Route53.open(world, who)
    return choose_zone(domain, await route53.zones())


@dataclass(frozen=True, slots=True)
class Preflight:
    """What is looked at for `domain` in `zone`."""

    domain: str
    zone: HostedZone
    world: World

    async def checks(self) -> AsyncGenerator[Check, None]:
        """Look at apex, delegation, CAA and what stands at the challenge's name; yield a Check for each.

        Raises:
            ServiceError: zone-apex, dns-delegation-mismatch, acme-caa-forbids, acme-challenge-cname.
        """
        resolver = Resolver.configured(self.world.dns)
        await self._apex(resolver)
        given = await self._name_servers()
        yield await self._delegation(resolver, given)
        yield await self._caa(resolver)
        if not isinstance(given, ServiceError) and (authority := await resolver.for_zone(self.zone.name, given)):
            yield await self._challenge(authority, "challenge-zone")
        yield await self._challenge(resolver, "challenge")

    async def _apex(self, resolver: Resolver) -> None:
        """An apex can hold no CNAME; one that leads somewhere all the same was set up in another way, and is fine."""
        if self.domain == self.zone.name and not (await resolver.addresses(self.domain)).addresses:
            raise ServiceError("zone-apex", domain=self.domain, zone=self.zone.name)

    async def _name_servers(self) -> tuple[str, ...] | ServiceError:
        """Return those that Route 53 gave the zone; why not, where one may not look."""
        try:
            return await (await Route53.open(self.world)).name_servers(self.zone.id)
        except ServiceError as error:
            if error.id not in _HIDDEN:
                raise
            return error

    async def _delegation(self, resolver: Resolver, given: tuple[str, ...] | ServiceError) -> Check:
        """The name servers that the world asks must be those that Route 53 gave the zone."""
        zone = self.zone
        if isinstance(given, ServiceError):
            return _unknown("delegation", given.what)
        seen = await resolver.ask(zone.name, "NS")
        if seen.is_unknown:
            return _unknown("delegation", seen.detail)
        if not set(seen.values) & set(given):
            raise ServiceError(
                "dns-delegation-mismatch",
                variant="" if seen.values else "none",
                zone=zone.name,
                id=zone.id,
                given=", ".join(given),
                found=", ".join(seen.values),
            )
        return Check("delegation", Verdict.YES, message("server_certificate.check.delegation", zone=zone.name))

    async def _caa(self, resolver: Resolver) -> Check:
        found = await find_caa(resolver, self.domain)
        ca = self.world.acme.caa_domain
        if isinstance(found, Answer):
            return _unknown("caa", found.detail)
        if not found.allows(ca):
            records = "; ".join(f'{flags} {tag} "{value}"' for flags, tag, value in found.records)
            raise ServiceError("acme-caa-forbids", domain=self.domain, at=found.at, ca=ca, details=records)
        words = "server_certificate.check.caa" if found.records else "server_certificate.check.caa-none"
        return Check("caa", Verdict.YES, message(words, ca=ca, at=found.at))

    async def _challenge(self, resolver: Resolver, check: str) -> Check:
        """Certbot replaces a TXT record that was left behind; at a CNAME it can write nothing.

        Asked of the zone's own name servers ("challenge-zone"), and as everybody sees it ("challenge").
        """
        record = f"_acme-challenge.{self.domain}"
        answer = await resolver.ask(record, "TXT")
        if answer.cname and await self._is_cname(record):
            raise ServiceError("acme-challenge-cname", record=record, target=answer.cname, zone=self.zone.name)
        if answer.is_unknown:
            return _unknown(check, answer.detail)
        words = f"server_certificate.check.{check}"
        if answer.values or answer.cname:
            fix = message("server_certificate.check.challenge-left.fix", record=record)
            return Check(check, Verdict.NO, message(f"{words}-left", record=record), fix)
        return Check(check, Verdict.YES, message(words, record=record))

    async def _is_cname(self, record: str) -> bool:
        """Tell whether the zone itself holds a CNAME there (a wildcard's CNAME would give way to the challenge)."""
        try:
            engineer = await Route53.open(self.world)
            standing = await engineer.records_at(self.zone.id, record)
        except ServiceError as error:
            if error.id not in _HIDDEN:
                raise
            return True
        return any(each.type == "CNAME" for each in standing)


def _unknown(check: str, reason: str) -> Check:
    return Check(
        check,
        Verdict.UNKNOWN,
        message(f"server_certificate.check.{check}-unknown", reason=reason),
        message("server_certificate.check.unknown.fix"),
    )
