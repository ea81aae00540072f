"""What the guide needs, looked at before it begins: each question answered yes, no, or could not be checked.

Every function asks one thing, never raises for what it finds, and only reads.
"""

from __future__ import annotations

import asyncio
import shutil
import ssl
import time
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.events import Answer, Check, Lines, Source
from services.loopback import is_loopback
from services.process import stream
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.aws.session import Who
    from services.world import World

_SECONDS: Final = 8.0
_SERVERLESS: Final = (".emqxsl.com", ".emqxsl.cn")  # what addresses of Serverless deployments end in
_PLUGIN: Final = "dns-route53"
_CLOCK_TOLERANCE: Final = timedelta(minutes=5)  # what AWS allows a signature
_CLOCK_NOTICEABLE: Final = timedelta(seconds=60)  # and what a certificate's first minutes do not
_FACT_OF: Final = {"engineer": "engineer", "certbot": "certbot_user"}
_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One question and its answer.

    Attributes:
        check: to be shown.
        problem: what later steps cannot do without; None where all is well, or where it may yet be.
        facts: what was learnt, by name.
        server_time: what a server said the time is, and when it said so by this machine's clock.
    """

    check: Check
    problem: ServiceError | None = None
    facts: dict[str, str] | None = None
    server_time: tuple[datetime, datetime] | None = None


def certbot() -> Seen:
    """Return whether certbot and its Route 53 plugin are installed, in the environment that this program runs in."""
    try:
        found = {"certbot": version("certbot"), "plugin": version("certbot-dns-route53")}
    except PackageNotFoundError as error:
        return _no("certbot", ServiceError("certbot-plugin-missing", variant=_variant(error)))
    if _PLUGIN not in {point.name for point in entry_points(group="certbot.plugins")}:
        return _no("certbot", ServiceError("certbot-plugin-missing"))
    return Seen(Check("certbot", Answer.YES, message("prerequisites.certbot", **found)), facts=found)


async def openssl() -> Seen:
    """Return whether there is an openssl program. The steps do without; the commands that are shown need it."""
    program = shutil.which("openssl")
    lines: list[str] = []
    if program is not None:
        async with aclosing(stream([program, "version"], source=Source.PKI, environment=_ENVIRONMENT)) as events:
            async for event in events:
                lines.extend(event.lines if isinstance(event, Lines) else ())
    if not lines:
        fix = message("prerequisites.openssl-missing.fix")
        return Seen(Check("openssl", Answer.NO, message("prerequisites.openssl-missing"), fix))
    version = lines[0].partition(" (Library:")[0]  # the same once more, where program and library are of one build
    return Seen(
        Check("openssl", Answer.YES, message("prerequisites.openssl", version=version)), facts={"openssl": lines[0]}
    )


async def aws_identity(world: World, who: Who) -> Seen:
    """Return whose AWS keys these are."""
    from services.aws.identity import caller  # noqa: PLC0415 - brings boto3

    name = f"aws-{who.value}"
    try:
        found = await caller(world, who)
    except ServiceError as error:
        return _no(name, error)
    facts = {_FACT_OF[who.value]: found.arn, "account": found.account}
    seen = (found.server_time, datetime.now(UTC)) if found.server_time else None
    return Seen(Check(name, Answer.YES, message(f"prerequisites.{name}", arn=found.arn)), None, facts, seen)


async def hosted_zone(world: World, domain: str) -> Seen:
    """Return which hosted zone the subdomain belongs to."""
    from services.aws.route53 import Route53  # noqa: PLC0415 - brings boto3
    from services.aws.zones import choose_zone_for_cname  # noqa: PLC0415 - as above

    try:
        zone = choose_zone_for_cname(domain, await (await Route53.open(world)).zones())
    except ServiceError as error:
        return _no("hosted-zone", error)
    facts = {"zone_id": zone.id, "zone_name": zone.name}
    said = message("prerequisites.hosted-zone", zone=zone.name, id=zone.id, domain=domain)
    return Seen(Check("hosted-zone", Answer.YES, said), facts=facts)


async def authority(world: World) -> Seen:
    """Return whether the CA's ACME directory answers."""
    import certifi  # noqa: PLC0415 - certbot trusts the same
    import httpx  # noqa: PLC0415 - heavy, and wanted only here

    url = world.acme.directory_url
    trust = (
        ssl.create_default_context(cafile=world.acme.ca_bundle or certifi.where())
        if url.startswith("https:")
        else False
    )
    try:
        async with httpx.AsyncClient(verify=trust, timeout=_SECONDS, trust_env=not is_loopback(url)) as client:
            answer = await client.get(url)
            answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return _no("acme", ServiceError("acme-unreachable", details=str(error), server=url))
    words = "prerequisites.acme-staging" if world.acme.staging else "prerequisites.acme"
    return Seen(Check("acme", Answer.YES, message(words, server=url)))


async def deployment(world: World, address: str = "") -> Seen:
    """Return the deployment's state as the Platform API tells it.

    Where that is not set up it could not be checked; but an `address` of Serverless tells enough to be said.
    """
    from services.emqx.platform import RUNNING, PlatformApi  # noqa: PLC0415 - brings httpx
    from services.secrets import SecretName  # noqa: PLC0415 - with it

    emqx = world.emqx
    key, secret = (world.secrets.get(name) for name in (SecretName.PLATFORM_KEY, SecretName.PLATFORM_SECRET))
    if not (emqx.platform_url and emqx.deployment_id and key and secret):
        if address.endswith(_SERVERLESS):
            serverless = ServiceError("emqx-serverless", kind="Serverless", name=address)
            said = message("prerequisites.deployment-serverless", address=address)
            return Seen(Check("deployment", Answer.NO, said, serverless.words("fix")))
        return _unknown("deployment", message("prerequisites.deployment-by-hand"))
    try:
        async with PlatformApi(emqx.platform_url, emqx.deployment_id, key, secret, seconds=_SECONDS) as api:
            found = await api.deployment()
    except ServiceError as error:
        return _no("deployment", error)
    if not found.takes_certificates:
        return _no("deployment", ServiceError("emqx-serverless", kind=found.kind, name=found.name))
    facts = {"deployment_status": found.status, "deployment_kind": found.kind}
    said = message("prerequisites.deployment", name=found.name, kind=found.kind, status=found.status)
    running = found.status == RUNNING
    fix = None if running else message("prerequisites.deployment-not-running.fix")
    return Seen(Check("deployment", Answer.YES if running else Answer.NO, said, fix), facts=facts)


async def mqtt_port(world: World, address: str, port: int) -> Seen:
    """Return whether the deployment's TLS port can be reached; before TLS is set up it may well be closed."""
    from services.dns.resolver import Resolver  # noqa: PLC0415 - brings dnspython

    facts: dict[str, str | int] = {"host": address, "port": port}
    addresses = (await Resolver.configured(world.dns).addresses(address)).addresses
    if not addresses:
        fix = message("prerequisites.mqtt-port-no-name.fix")
        return Seen(Check("mqtt-port", Answer.NO, message("prerequisites.mqtt-port-no-name", **facts), fix))
    started = time.monotonic()
    for each in addresses:
        if await _connects(each, port):
            took = time.monotonic() - started
            return Seen(Check("mqtt-port", Answer.YES, message("prerequisites.mqtt-port", **facts), seconds=took))
    return _unknown("mqtt-port", message("prerequisites.mqtt-port-closed", **facts))


def clock(seen: Sequence[Seen]) -> Seen:
    """Return whether this machine's clock is right, by the time that the servers asked so far gave.

    The machine's own clock is meant, not the world's: signatures and TLS go by it.
    """
    if any(each.problem and each.problem.id == "aws-clock-skew" for each in seen):
        return _no("clock", ServiceError("aws-clock-skew"))
    offsets = [here - there for each in seen if each.server_time for there, here in [each.server_time]]
    if not offsets:
        return _unknown("clock", message("prerequisites.clock-unknown"))
    offset = min(offsets, key=abs)
    said = message("prerequisites.clock", seconds=round(abs(offset.total_seconds())))
    if abs(offset) > _CLOCK_TOLERANCE:
        return _no("clock", ServiceError("aws-clock-skew"))
    noticeable = abs(offset) > _CLOCK_NOTICEABLE
    fix = message("prerequisites.clock.fix") if noticeable else None
    return Seen(Check("clock", Answer.NO if noticeable else Answer.YES, said, fix))


async def _connects(address: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()  # nothing was said, and nothing is waited for
    return True


def _variant(error: PackageNotFoundError) -> str:
    return "certbot" if error.name == "certbot" else ""


def _no(check: str, problem: ServiceError) -> Seen:
    return Seen(Check(check, Answer.NO, problem.words("what"), problem.words("fix")), problem)


def _unknown(check: str, what: Message) -> Seen:
    return Seen(Check(check, Answer.UNKNOWN, what, Message(f"{what.id}.fix", what.facts)))
