"""Get a certificate for the subdomain: by certbot and its Route 53 plugin, from Let's Encrypt; or reuse a valid one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.acme import certbot, install
from services.acme.live import LiveFolder
from services.aws import shell
from services.aws.certbot_identity import CertbotIdentity, Given
from services.aws.iam_state import IamChoice, default_user, policy_document, policy_name, user_name
from services.aws.policies import GUIDE_POLICY_FILE, POLICY_FILE, ZONE_PLACEHOLDER
from services.aws.profiles import profile_name
from services.events import Answer, Artifact, Check, Done, Event
from services.guide import inputs, known
from services.guide.standing import EXPIRES_SOON_DAYS, dates, derive, missing
from services.guide.step import Change, Command, Here, Standing
from services.pki.kinds import KeyType
from services.pki.light import file_sha256
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.acme.at_hand import AtHand

NAME: Final = "server_certificate"

KEY_TYPES: Final = (KeyType.ECDSA_P256, KeyType.ECDSA_P384, KeyType.RSA_2048)
"""What EMQX Cloud takes. RSA is for constrained devices whose TLS library knows no ECDSA."""

_MOST_DAYS: Final = 60
_ROLES: Final = ("server-certificate", "server-chain", "server-fullchain", "server-key")  # of a live folder's files


@dataclass(frozen=True, slots=True)
class Request:
    """What certificate is wanted.

    Attributes:
        domain: the subdomain.
        key_type: one of KEY_TYPES; certbot's own default is ECDSA P-256.
        email: for the account with the CA; "" for none.
        preferred_chain: issuer of the topmost certificate of the chain; "" for the CA's default.
        renew_before_days: a certificate with fewer days left (or less than a third of its lifetime) is renewed.
        force: issue a new one though a valid one is there.
        existing: a live folder of certbot elsewhere (e.g. /etc/letsencrypt/live/<domain>) to use; nothing is issued.
        iam: whether certbot's policy, user and access key are made in IAM, and how much the policy allows.
        iam_user: the IAM user's name; "" for one of the domain's own ("guide": "certbot").
        iam_profile: the AWS profile that will keep a new access key; "" for in memory, for this run only.
        iam_replace: a policy or a profile of that name that differs may be replaced; asked for after it was shown.
    """

    domain: str
    key_type: KeyType = KeyType.ECDSA_P256
    email: str = ""
    preferred_chain: str = ""
    renew_before_days: int = 30
    force: bool = False
    existing: Path | None = None
    iam: IamChoice = IamChoice.AS_IS
    iam_user: str = ""
    iam_profile: str = ""
    iam_replace: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", inputs.domain("domain", self.domain))
        object.__setattr__(self, "email", inputs.email("email", self.email))
        object.__setattr__(self, "preferred_chain", inputs.words("preferred_chain", self.preferred_chain))
        object.__setattr__(self, "existing", inputs.folder("existing", self.existing))
        inputs.days("renew_before_days", self.renew_before_days, most=_MOST_DAYS)
        inputs.choice("key_type", self.key_type, KEY_TYPES)
        inputs.choice("iam", self.iam, tuple(IamChoice))
        object.__setattr__(self, "iam_user", user_name("iam_user", self.iam_user))
        object.__setattr__(self, "iam_profile", profile_name("iam_profile", self.iam_profile))


@dataclass(frozen=True, slots=True)
class Result:
    """The certificate at hand.

    Attributes:
        domain: the name it is used for.
        live: the folder with cert.pem, chain.pem, fullchain.pem and privkey.pem.
        sha256: its fingerprint, hexadecimal.
        key_type: in words, e.g. "ECDSA P-256".
        issuer: the issuing CA's common name.
        not_before, not_after: aware, UTC.
        issued: False where a valid one was there and was used again.
        staging: issued by a staging CA, for trying only.
        certificates: how many fullchain.pem holds.
        renew_command: for a shell; "" where another certbot takes care of it.
        iam: the AWS identity that was set up for certbot; None where the identity at hand was used.
    """

    domain: str
    live: Path
    sha256: str
    key_type: str
    issuer: str
    not_before: datetime
    not_after: datetime
    issued: bool
    staging: bool
    certificates: int
    renew_command: str
    iam: CertbotIdentity | None = None


def propose(here: Here) -> Request:
    """Return the last Request, for the domain that the guide goes on with.

    Raises:
        InputError: bad-domain, where neither the world nor an earlier step knows it.
    """
    last = here.session.request(NAME, Request)
    domain = known.domain(here)
    return replace(last, domain=domain, force=False) if last else Request(domain)


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return how to install certbot, how to give it its permission, and how to run it. Pure."""
    world, workspace = here.world, here.workspace
    policy = workspace.letsencrypt / (GUIDE_POLICY_FILE if request.iam is IamChoice.GUIDE else POLICY_FILE)
    document = policy_document(request.iam, _zone_id(request, here), request.domain)
    user = request.iam_user or default_user(request.iam, request.domain)
    profile = request.iam_profile or world.aws.certbot_profile
    cert_name = certbot.cert_name(request.domain, world)
    order = certbot.Order(request.domain, cert_name, request.key_type, request.email, request.preferred_chain)
    steps = (
        *((f"install-{system}", text) for system, text in install.commands().items()),
        ("policy", shell.write_document(policy, document)),
        ("engineer", shell.settings(world.aws)),
        ("user", shell.create_user(user, policy_name(request.iam, request.domain), policy)),
        ("settings", shell.settings(world.aws, profile)),
        ("certbot", certbot.command(order, world, workspace)),
    )
    return tuple(Command(message(f"server_certificate.command.{name}"), text) for name, text in steps if text)


def standing(here: Here) -> Standing:
    """Return where the step stands: the files must be there, be the ones of the last run, and last for a while."""
    return derive(here, NAME, Result, lambda result: _attention(result, here))


async def changes(request: Request, here: Here) -> tuple[Change, ...]:
    """Return what a run would make in IAM and ask of the CA, after looking whether it could; empty where all is right.

    Raises:
        ServiceError: what stands in the way (`services.acme.preflight`).
    """
    from services.guide import obtaining  # noqa: PLC0415 - brings cryptography and boto3, not wanted at start-up

    found, _ = await asyncio.to_thread(obtaining.at_hand, request, here)
    return await obtaining.planned(request, here, _identity(here), issuing=found is None)


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Use the valid certificate that is there; else look for troubles, run certbot, and read what it left.

    Raises:
        ServiceError: what was found before, what certbot's words stand for, and for unreadable files their own.
    """
    from services.guide import obtaining  # noqa: PLC0415 - as in `changes`

    found, reasons = await asyncio.to_thread(obtaining.at_hand, request, here)
    for reason in reasons:
        yield Check("not-reused", Answer.YES, message("server_certificate.not-reused", reason=str(reason)))
    issued = found is None
    given: Given | None = None
    async with aclosing(obtaining.obtain(request, here, _identity(here), issuing=issued)) as events:
        async for event in events:
            if isinstance(event, Given):
                given = event
            else:
                yield event
    if found is None:
        found = await asyncio.to_thread(obtaining.left_by_certbot, request, here)
    words = "server_certificate.issued" if issued else "server_certificate.reused"
    yield Check("certificate", Answer.YES, message(words, **_said(found, here)))
    for artifact in _artifacts(found, fresh=issued):
        yield artifact
    identity = given.identity if given else _identity(here)
    yield Done(_result(request, here, found, issued=issued, iam=identity))


async def rehearse(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Try it all without a certificate coming of it: the preflight, and certbot with --dry-run. No Done at the end.

    certbot really writes and removes its challenge record, and really asks the CA (Let's Encrypt's staging in the
    place of production).

    Raises:
        ServiceError: as `run`.
    """
    from services.guide import obtaining  # noqa: PLC0415 - as in `changes`

    async with aclosing(obtaining.run_certbot(request, here, dry_run=True)) as events:
        async for event in events:
            yield event
    yield Check("rehearsed", Answer.YES, message("server_certificate.rehearsed", domain=request.domain))


def _zone_id(request: Request, here: Here) -> str:
    """Return the hosted zone's id where an earlier step found it; else the guide's placeholder."""
    record = here.session.record("subdomain").result
    found = record if isinstance(record, dict) and record.get("domain") == request.domain else {}
    return str(found.get("zone_id") or ZONE_PLACEHOLDER)


def _identity(here: Here) -> CertbotIdentity | None:
    """Return the AWS identity that an earlier run set up for certbot."""
    result = here.session.result(NAME, Result)
    return result.iam if result else None


def _said(found: AtHand, here: Here) -> dict[str, str | int]:
    return {
        "issuer": found.issuer,
        "key_type": found.leaf.key_type,
        "until": f"{found.not_after:%Y-%m-%d}",
        "count": (found.not_after - here.world.clock()).days,
        "certificates": found.certificates,
    }


def _artifacts(found: AtHand, *, fresh: bool) -> Iterator[Artifact]:
    for role, path in zip(_ROLES, LiveFolder(found.folder).files, strict=True):
        yield Artifact(role, path, fresh)


def _result(request: Request, here: Here, found: AtHand, *, issued: bool, iam: CertbotIdentity | None) -> Result:
    own = request.existing is None
    return Result(
        domain=request.domain,
        live=found.folder,
        sha256=found.sha256,
        key_type=found.leaf.key_type,
        issuer=found.issuer,
        not_before=found.not_before,
        not_after=found.not_after,
        issued=issued,
        staging=found.staging,
        certificates=found.certificates,
        renew_command=certbot.renew_command(found.folder.name, here.workspace) if own else "",
        iam=iam,
    )


def _attention(result: Result, here: Here) -> Iterator[Message]:
    live = LiveFolder(result.live)
    yield from missing(live.certificate, live.fullchain, live.key)
    sha256 = file_sha256(live.certificate)
    if sha256 is not None and sha256 != result.sha256:
        yield message("standing.file-changed", path=live.certificate)
    lifetime = (result.not_after - result.not_before).days
    yield from dates(here, result.not_after, days=min(EXPIRES_SOON_DAYS, lifetime // 3))
    domain = known.domain(here)
    if domain and domain != result.domain:
        yield message("standing.other-domain", domain=result.domain, now=domain)
    if result.staging and not here.world.acme.staging:
        yield message("server_certificate.reason.staging")
