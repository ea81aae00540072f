"""Point a subdomain at the deployment: a CNAME in Route 53, awaited and seen through DNS; or one made by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from services.aws import shell
from services.events import Answer, Check, Done, Event, Lines, Progress, Source
from services.guide import inputs, known
from services.guide.standing import derive
from services.guide.step import Change, Command, Here, Standing
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.aws.place import CnamePlace
    from services.cname import Sight
    from services.dns.resolver import Resolver

NAME: Final = "subdomain"

_DNS_SECONDS: Final = 10.0  # INSYNC means that every name server of Route 53 has the change already
_MOST_TTL: Final = 86_400


@dataclass(frozen=True, slots=True)
class Request:
    """What is to lead where.

    Attributes:
        domain: the subdomain.
        target: the deployment's address, as the console shows it.
        ttl: of the CNAME, in seconds.
        overwrite: what stands at the name already may be replaced; asked for after it was shown.
        by_hand: the record is made elsewhere (another DNS service, another account): only check it.
        wait_seconds: how long Route 53 may take to bring the change to all its name servers.
    """

    domain: str
    target: str
    ttl: int = 300
    overwrite: bool = False
    by_hand: bool = False
    wait_seconds: int = 300

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", inputs.domain("domain", self.domain))
        object.__setattr__(self, "target", inputs.cname_target("target", self.target))
        inputs.seconds("ttl", self.ttl, most=_MOST_TTL)
        inputs.seconds("wait_seconds", self.wait_seconds, most=3600)
        if self.domain == self.target:
            raise inputs.same_name("target", self.target)


@dataclass(frozen=True, slots=True)
class Result:
    """What leads where now.

    Attributes:
        domain, target: the CNAME.
        zone_id, zone_name: the hosted zone; empty where the record was made elsewhere.
        outcome: what was done; "elsewhere" for a record set by hand.
        addresses: where the name leads in the end.
        polls: how often Route 53 was asked whether the change is everywhere; 0 where nothing was changed.
    """

    domain: str
    target: str
    zone_id: str
    zone_name: str
    outcome: Literal["created", "changed", "unchanged", "elsewhere"]
    addresses: tuple[str, ...]
    polls: int = 0


def propose(here: Here) -> Request:
    """Return the last Request, for the domain and the deployment that the guide goes on with.

    Raises:
        InputError: bad-domain or bad-host, where neither the world nor an earlier step knows them.
    """
    last = here.session.request(NAME, Request)
    domain, target = known.domain(here), known.address(here)
    if last is None:
        return Request(domain, target)
    moved = (last.domain, last.target) != (domain, target)
    return replace(last, domain=domain, target=target, overwrite=last.overwrite and not moved)


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return the AWS command line's way of doing the same. Pure."""
    world = here.world
    steps = (
        ("settings", shell.settings(world.aws)),
        ("zone", shell.find_zone(request.domain)),
        ("standing", shell.list_records(request.domain)),
        ("change", shell.put_cname(request.domain, request.target, request.ttl)),
        ("wait", shell.wait_in_sync()),
        ("look", shell.look_up(request.domain, "CNAME", world.dns.nameserver)),
    )
    return tuple(Command(message(f"subdomain.command.{name}"), text) for name, text in steps if text)


def standing(here: Here) -> Standing:
    """Return where the step stands, as far as the session knows; DNS is not asked."""
    return derive(here, NAME, Result, lambda result: _attention(result, here))


async def changes(request: Request, here: Here) -> tuple[Change, ...]:
    """Return what would be changed in Route 53; empty where the CNAME is right, or is made by hand.

    Raises:
        ServiceError: as `run`, but for what stands in the way, which the Change tells.
    """
    if request.by_hand:
        return ()
    place = await _place(request, here)
    if place.is_right:
        return ()
    what = message("subdomain.change", domain=request.domain, zone=place.zone.name)
    before = "; ".join(map(str, place.standing))
    after = f"{request.domain} {request.ttl} CNAME {request.target}"
    from services.aws.identity import introduced  # noqa: PLC0415 - as in `_place`

    return (Change(what, before, after, bool(place.standing), notes=(await introduced(here.world),)),)


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Make the CNAME where it is not right yet, wait until it is everywhere, and look at it through DNS.

    Raises:
        ServiceError: aws-zone-not-found, aws-zone-ambiguous, zone-apex, dns-record-in-the-way, aws-change-pending,
            name-not-found, cname-wrong, dns-failed, and AWS's own errors (`services.aws.errors`).
    """
    from services.dns.resolver import Resolver  # noqa: PLC0415 - the step is listed at start-up, and DNS is not asked there

    resolver = Resolver.configured(here.world.dns)
    result = Result(request.domain, request.target, "", "", "elsewhere", ())
    authority: Resolver | None = None
    if not request.by_hand:
        place = await _place(request, here)
        yield Lines(Source.AWS, tuple(_shown(place)))
        polls = 0
        if not place.is_right:
            place.check_free(overwrite=request.overwrite)
            yield Progress(message("subdomain.writing", domain=request.domain))
            polls = await place.write(request.ttl, seconds=request.wait_seconds)
        yield _written(place, polls)
        result = replace(result, zone_id=place.zone.id, zone_name=place.zone.name, outcome=place.outcome, polls=polls)
        authority = await resolver.for_zone(place.zone.name, await place.route53.name_servers(place.zone.id))
    yield Progress(message("subdomain.looking", domain=request.domain))
    async for event in _seen(request, here, resolver, authority):
        yield event
    addresses = (await resolver.addresses(request.domain)).addresses
    yield _leads_to(request, addresses)
    yield Done(replace(result, addresses=addresses))


async def _place(request: Request, here: Here) -> CnamePlace:
    from services.aws.place import find_place  # noqa: PLC0415 - as in `run`

    return await find_place(here.world, request.domain, request.target)


def _shown(place: CnamePlace) -> Iterator[str]:
    """What is there, before anything is changed."""
    yield f"hosted zone {place.zone.name} ({place.zone.id})"
    yield from map(str, place.standing)


def _written(place: CnamePlace, polls: int) -> Check:
    words = f"subdomain.{place.outcome}"
    return Check("cname-in-zone", Answer.YES, message(words, zone=place.zone.name, count=polls))


async def _seen(
    request: Request, here: Here, resolver: Resolver, authority: Resolver | None
) -> AsyncGenerator[Event, None]:
    """Look at the CNAME where it is decided, then as this machine sees it; the two can differ for a while.

    Raises:
        ServiceError: name-not-found, cname-wrong, dns-failed.
    """
    from services import cname  # noqa: PLC0415 - as in `run`

    started = time.monotonic()
    told = False
    if authority is not None:
        sight = await cname.wait_for_record(authority, request.domain, request.target, seconds=_DNS_SECONDS)
        told = sight.verdict is cname.Verdict.RIGHT
        if sight.verdict in {cname.Verdict.NOTHING, cname.Verdict.ELSEWHERE}:
            raise cname.finding(sight, request.domain, request.target)
        yield _check("dns-authoritative", sight, request, time.monotonic() - started)
    started = time.monotonic()
    sight = await cname.look_through(resolver, request.domain, request.target)
    if sight.verdict is not cname.Verdict.RIGHT and not told:
        raise cname.finding(sight, request.domain, request.target)
    who = here.world.dns.nameserver
    name = "dns-resolver" if who is None else "dns-nameserver"
    asked = "" if who is None else f"{who[0]}:{who[1]}"
    yield _check(name, sight, request, time.monotonic() - started, asked)


def _check(name: str, sight: Sight, request: Request, seconds: float, asked: str = "") -> Check:
    """A resolver that still has the old answer in its memory is no fault: the name servers decide."""
    right = sight.verdict.value == "right"
    words = f"subdomain.{name}" if right else f"subdomain.{name}.not-yet"
    return Check(
        name,
        Answer.YES if right else Answer.UNKNOWN,
        message(words, domain=request.domain, target=request.target, found=sight.found or "–", asked=asked),
        None if right else message(f"subdomain.{name}.fix"),
        seconds,
    )


def _leads_to(request: Request, addresses: tuple[str, ...]) -> Check:
    facts = {"domain": request.domain, "addresses": ", ".join(addresses), "target": request.target}
    if addresses:
        return Check("addresses", Answer.YES, message("subdomain.addresses", **facts))
    fix = message("subdomain.addresses-none.fix", target=request.target)
    return Check("addresses", Answer.UNKNOWN, message("subdomain.addresses-none", **facts), fix)


def _attention(result: Result, here: Here) -> Iterator[Message]:
    domain, address = known.domain(here), known.address(here)
    if domain and domain != result.domain:
        yield message("standing.other-domain", domain=result.domain, now=domain)
    if address and address.lower() != result.target:
        yield message("standing.other-address", target=result.target, address=address)
