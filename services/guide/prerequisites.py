"""What the guide needs, checked before it begins: tools, clock, AWS, hosted zone, CA, deployment. Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services import survey
from services.acme import certbot, install
from services.aws import shell
from services.aws.session import Who
from services.events import Answer, Check, Done, Event, Progress
from services.facts import age_check
from services.guide import inputs, known
from services.guide.standing import derive
from services.guide.step import Change, Command, Here, Standing
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Iterator
    from pathlib import Path

    from services.survey import Seen
    from services.world import World

NAME: Final = "prerequisites"


@dataclass(frozen=True, slots=True)
class Request:
    """What the guide is to be walked for.

    Attributes:
        domain: the subdomain that is to lead to the deployment.
        address: the deployment's address, as the console shows it.
        port: its port for MQTT over TLS.
    """

    domain: str
    address: str
    port: int = 8883

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", inputs.domain("domain", self.domain))
        object.__setattr__(self, "address", inputs.cname_target("address", self.address))
        inputs.port("port", self.port)


@dataclass(frozen=True, slots=True)
class Result:
    """What was found; "" for what could not be.

    Attributes:
        domain, address, port: what was asked for.
        certbot, plugin, openssl: versions.
        account: the AWS account's number.
        engineer, certbot_user: ARNs of the identity that makes the CNAME, and of the one that certbot runs as.
        zone_id, zone_name: the hosted zone that the subdomain belongs to.
        deployment_status, deployment_kind: as the Platform API says.
    """

    domain: str
    address: str
    port: int
    certbot: str = ""
    plugin: str = ""
    openssl: str = ""
    account: str = ""
    engineer: str = ""
    certbot_user: str = ""
    zone_id: str = ""
    zone_name: str = ""
    deployment_status: str = ""
    deployment_kind: str = ""


def propose(here: Here) -> Request:
    """Return what the guide goes on with: the domain, the deployment's address and port, as last given.

    Raises:
        InputError: bad-domain or bad-host, where neither the world nor an earlier step knows them.
    """
    last = here.session.request(NAME, Request)
    port = last.port if last and not here.world.emqx.address else here.world.emqx.port
    return Request(known.domain(here), known.address(here), port)


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return the shell commands that look at the same. Pure."""
    world = here.world
    steps = (
        ("install", install.commands()["pip"]),
        ("versions", f"{certbot.show_plugins(here.workspace)}\nopenssl version"),
        ("settings", shell.settings(world.aws)),
        ("identity", "aws sts get-caller-identity"),
        ("zone", shell.find_zone(request.domain)),
        ("authority", shell.fetch(world.acme.directory_url)),
        ("port", shell.try_tls(request.address, request.port, world.dns.nameserver)),
    )
    return tuple(Command(message(f"prerequisites.command.{name}"), text) for name, text in steps if text)


def standing(here: Here) -> Standing:
    """Return where the step stands: done while it was done for the domain that the guide goes on with."""
    return derive(here, NAME, Result, lambda result: _attention(result, here))


async def changes(request: Request, here: Here) -> tuple[Change, ...]:  # noqa: ARG001 - a step's signature
    """Return nothing: this step only looks."""
    return ()


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Ask every question, and yield its answer as a Check; what may yet be right does not fail the step.

    Raises:
        ServiceError: after all questions were asked, the first of the problems that later steps cannot do without.
    """
    yield Progress(message("prerequisites.looking"))
    asked = [asyncio.ensure_future(question) for question in _questions(request, here.world)]
    seen: list[Seen] = []
    try:
        for each in asked:
            seen.append(_said_once(await each, seen, request))
            yield seen[-1].check
    finally:
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    seen.append(survey.clock(seen))
    yield seen[-1].check
    yield age_check(here.world.clock())
    for folder in await asyncio.to_thread(_certificates_elsewhere, request, here):
        yield Check("certificate-elsewhere", Answer.YES, message("prerequisites.elsewhere", path=folder))
    for each_seen in seen:
        if each_seen.problem is not None:
            raise each_seen.problem
    yield Done(_result(request, seen))


def _said_once(found: Seen, before: list[Seen], request: Request) -> Seen:
    """Return `found`; where one before it failed for the same reason, with its check in words that do not repeat it."""
    problem = found.problem
    if problem is None or problem.what not in {each.problem.what for each in before if each.problem is not None}:
        return found
    words = message(f"prerequisites.{found.check.id}-unasked", domain=request.domain)
    return replace(found, check=Check(found.check.id, Answer.UNKNOWN, words, message("prerequisites.unasked.fix")))


def _questions(request: Request, world: World) -> Iterator[Awaitable[Seen]]:
    """Yield the questions in the order to show them; they are asked at the same time."""
    yield asyncio.to_thread(survey.certbot)
    yield survey.openssl()
    yield survey.aws_identity(world, Who.ENGINEER)
    if world.aws.certbot_profile:
        yield survey.aws_identity(world, Who.CERTBOT)
    yield survey.hosted_zone(world, request.domain)
    yield survey.authority(world)
    yield survey.deployment(world, request.address)
    yield survey.mqtt_port(world, request.address, request.port)


def _certificates_elsewhere(request: Request, here: Here) -> tuple[Path, ...]:
    """Return the folders of this machine's own certbot that could be used; none in a world of its own. Blocking."""
    from services.acme.elsewhere import live_folders  # noqa: PLC0415 - brings cryptography, not wanted at start-up

    return () if here.world.aws.isolated else live_folders(request.domain)


def _result(request: Request, seen: list[Seen]) -> Result:
    facts: dict[str, str] = {}
    for each in seen:
        facts |= each.facts or {}
    return Result(request.domain, request.address, request.port, **facts)


def _attention(result: Result, here: Here) -> Iterator[Message]:
    domain = known.domain(here)
    if domain and domain != result.domain:
        yield message("standing.other-domain", domain=result.domain, now=domain)
