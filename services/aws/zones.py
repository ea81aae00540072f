"""Which hosted zone a name belongs to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class HostedZone:
    """A hosted zone of Route 53: its id without "/hostedzone/", its name without the final dot, lower case."""

    id: str
    name: str
    private: bool = False

    def holds(self, domain: str) -> bool:
        """Tell whether `domain` is this zone's apex or lies below it."""
        return domain == self.name or domain.endswith(f".{self.name}")


def choose_zone(domain: str, zones: Iterable[HostedZone]) -> HostedZone:
    """Return the public hosted zone of `domain`: the one with the longest name that `domain` ends in.

    Raises:
        ServiceError: aws-zone-not-found (its variant "private": only private zones fit), aws-zone-ambiguous (two
            public zones of that one name: only one of them can be the one that the registrar delegates to, and certbot
            takes whichever is listed first).
    """
    fitting = [zone for zone in zones if zone.holds(domain)]
    public = [zone for zone in fitting if not zone.private]
    if not public:
        private = ", ".join(f"{zone.name} ({zone.id})" for zone in fitting)
        raise ServiceError("aws-zone-not-found", variant="private" if private else "", domain=domain, zones=private)
    longest = max(len(zone.name) for zone in public)
    best = [zone for zone in public if len(zone.name) == longest]
    if len(best) > 1:
        ids = ", ".join(zone.id for zone in best)
        raise ServiceError("aws-zone-ambiguous", zone=best[0].name, ids=ids, domain=domain)
    return best[0]


def choose_zone_for_cname(domain: str, zones: Iterable[HostedZone]) -> HostedZone:
    """Return the public hosted zone of `domain`, in which a CNAME may stand at `domain`.

    Raises:
        ServiceError: as `choose_zone`; zone-apex (the top of a zone can hold no CNAME; RFC 1034, 3.6.2).
    """
    zone = choose_zone(domain, zones)
    if zone.name == domain:
        raise ServiceError("zone-apex", domain=domain, zone=zone.name)
    return zone
