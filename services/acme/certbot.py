"""certbot as a child program: its command line, its environment, and its run.

Only ever a child: within our process it would take over signals and logging. It is started through the interpreter
that runs us, so that certbot and its plugin come from one environment.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.acme.failures import certbot_finding
from services.errors import ServiceError
from services.events import Lines, Source
from services.loopback import without_proxy
from services.pki.kinds import KeyType
from services.process import Exited, stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

    from services.workspace import Workspace
    from services.world import World

LAUNCHER: Final = (sys.executable, "-c", "import sys; from certbot.main import main; sys.exit(main())")
"""`python -m certbot` fails, and `python -m certbot.main` does nothing and says so with status 0."""

_CURVES: Final = {"P-256": "secp256r1", "P-384": "secp384r1"}
_DEADLINE_SECONDS: Final = 900.0  # Route 53 may be waited for 600 s, and the CA twice 90 s
RENEWING: Final = "EMQX_MTLS_RENEWING"
"""Set for certbot where this program runs it: our own deploy hook then has nothing to do (services.renewal.units)."""

_RETRIES: Final = {"AWS_RETRY_MODE": "adaptive", "AWS_MAX_ATTEMPTS": "6"}  # 5 requests a second is all an account has


@dataclass(frozen=True, slots=True)
class Order:
    """What certbot is to ask for.

    Attributes:
        domain: the name.
        cert_name: what certbot calls the certificate and its folder.
        key_type: a new key of this kind.
        email: for the account; "" for none.
        preferred_chain: issuer of the topmost certificate; "" for the CA's default chain.
        force: there is one already, and a new one is wanted all the same.
        dry_run: only try: nothing is kept (certbot turns to staging where the server is Let's Encrypt's).
    """

    domain: str
    cert_name: str
    key_type: KeyType
    email: str = ""
    preferred_chain: str = ""
    force: bool = False
    dry_run: bool = False


def cert_name(domain: str, world: World) -> str:
    """Return what certbot calls the certificate, and its folder. Pure.

    One of a staging CA has a name of its own: trying must never replace what is in use.
    """
    return f"{domain}-staging" if world.acme.staging else domain


def folders(workspace: Workspace) -> dict[str, Path]:
    """Return certbot's own three folders in the workspace, by option."""
    return {f"--{name}-dir": workspace.letsencrypt / name for name in ("config", "work", "logs")}


def arguments(order: Order, world: World, workspace: Workspace) -> list[str]:
    """Return certbot's arguments. No secret is among them. Pure."""
    where = [part for option, folder in folders(workspace).items() for part in (option, str(folder))]
    account = ["--email", order.email, "--no-eff-email"] if order.email else ["--register-unsafely-without-email"]
    chain = ["--preferred-chain", order.preferred_chain] if order.preferred_chain else []
    force = ["--force-renewal"] if order.force and not order.dry_run else []
    dry_run = ["--dry-run"] if order.dry_run else []
    return [
        *("certonly", "-n", "--agree-tos", "--dns-route53"),
        *("-d", order.domain, "--cert-name", order.cert_name),
        *("--server", world.acme.directory_url),
        *_key(order.key_type),
        *account,
        *chain,
        *force,
        *dry_run,
        *where,
    ]


def command(order: Order, world: World, workspace: Workspace) -> str:
    """Return the same for a shell, with the plain `certbot` of the user's own. Pure."""
    parts = arguments(order, world, workspace)
    lines = ["certbot certonly"]
    for part in parts[1:]:
        starts = part.startswith("-") and lines[-1].split()[-1] != "-d"
        if starts and len(lines[-1]) + len(part) > 60:
            lines.append(f"  {part}")
        else:
            lines[-1] += f" {shlex.quote(part)}"
    return " \\\n".join(lines)


def show_plugins(workspace: Workspace) -> str:
    """Return the shell command that shows certbot's version and whether its plugin is there. Pure."""
    where = " ".join(f"{option} {shlex.quote(str(folder))}" for option, folder in folders(workspace).items())
    return f"certbot --version\ncertbot plugins {where} | grep dns-route53"


def renew_command(cert_name: str, workspace: Workspace) -> str:
    """Return the shell command that renews this certificate when it is due. Pure."""
    where = " ".join(f"{option} {shlex.quote(str(folder))}" for option, folder in folders(workspace).items())
    return f"certbot renew -n --cert-name {shlex.quote(cert_name)} {where}"


def environment(world: World, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return certbot's whole environment. Keys for AWS reach certbot in no other way."""
    return without_proxy(_RETRIES | world.child_environment(inherited) | {RENEWING: "1"})


async def run(order: Order, world: World, workspace: Workspace) -> AsyncGenerator[Lines, None]:
    """Run certbot for `order`; otherwise as `run_arguments`."""
    async with aclosing(run_arguments(arguments(order, world, workspace), order.domain, world)) as lines:
        async for line in lines:
            yield line


async def run_arguments(argv: Sequence[str], domain: str, world: World) -> AsyncGenerator[Lines, None]:
    """Run certbot; yield its lines as they come. Closing the generator ends it, and its challenge record is removed.

    Args:
        argv: its arguments, without the program.
        domain: what the certificate is for, to name in a finding.
        world: where AWS and the CA are.

    Raises:
        ServiceError: what its words stand for; certbot-failed where they are none of those known, certbot-timeout,
            tool-missing.
    """
    said: list[str] = []
    deadline = time.monotonic() + _DEADLINE_SECONDS
    lines = stream(
        [*LAUNCHER, *argv], source=Source.CERTBOT, environment=environment(world), redact=world.secrets.redact
    )
    async with aclosing(lines) as events:
        while True:
            try:
                event = await asyncio.wait_for(anext(events), max(deadline - time.monotonic(), 0.0))
            except TimeoutError as error:
                raise ServiceError("certbot-timeout", seconds=round(_DEADLINE_SECONDS)) from error
            if isinstance(event, Exited):
                break
            said.extend(event.lines)
            yield event
    if event.status != 0:
        raise certbot_finding(said, event.status, domain=domain, caa_domain=world.acme.caa_domain)


def _key(kind: KeyType) -> list[str]:
    if kind.is_rsa:
        return ["--key-type", "rsa", "--rsa-key-size", str(kind.bits)]
    return ["--key-type", "ecdsa", "--elliptic-curve", _CURVES[kind.curve]]
