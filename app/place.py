"""Where a real set-up takes place: the domain, the deployment, the identities. Asked for once, kept beside the session.

It is kept as a plan (`plan.toml` in the workspace), so that the same set-up can be run headless later:
`emqx-mtls run --plan <workspace>/plan.toml --workspace <workspace>`. What a plan says beside is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from app.plan import Plan, nameserver
from services.errors import InputError, ServiceError
from services.guide import inputs
from services.loopback import is_loopback
from services.world import LETS_ENCRYPT, LETS_ENCRYPT_STAGING

if TYPE_CHECKING:
    from services.workspace import Workspace

PRODUCTION: Final = "production"

_NAMES: Final[dict[str, Literal["staging", "production"]]] = {
    "staging": "staging",
    LETS_ENCRYPT_STAGING: "staging",
    PRODUCTION: PRODUCTION,
    LETS_ENCRYPT: PRODUCTION,
}


@dataclass(frozen=True, slots=True)
class Place:
    """What the world cannot guess.

    Attributes:
        domain: the subdomain to set up.
        address, port: the deployment's own address, as the console shows it, and its port for MQTT over TLS.
        server: "staging" to try, which is offered first; "production" for certificates that clients trust; "other" for
            another CA.
        directory: the address of another CA's ACME directory.
        roots: a PEM file of roots that clients trust beside the public ones; for another CA.
        profile: the AWS profile of the engineer; empty for boto3's own chain.
        certbot_profile: the AWS profile that certbot runs as; empty for the same.
        platform_url, deployment_id: EMQX Cloud's Platform API; both empty for the console by hand.
        api_url: the deployment's own API, or self-managed EMQX's; may be empty.
        nameserver: who is asked for names; empty for this machine's resolver.
    """

    domain: str = ""
    address: str = ""
    port: int = 8883
    server: Literal["staging", "production", "other"] = "staging"
    directory: str = ""
    roots: Path | None = None
    profile: str = ""
    certbot_profile: str = ""
    platform_url: str = ""
    deployment_id: str = ""
    api_url: str = ""
    nameserver: str = ""

    def __post_init__(self) -> None:
        """Check each value.

        Raises:
            InputError: names the field.
        """
        object.__setattr__(self, "domain", inputs.domain("domain", self.domain))
        object.__setattr__(self, "address", inputs.cname_target("address", self.address))
        inputs.port("port", self.port)
        if self.server == "other" or self.directory:
            _check_url("directory", self.directory, needed=self.server == "other")
        _check_url("platform_url", self.platform_url)
        _check_url("api_url", self.api_url, plain=True)  # self-managed EMQX has plain http; the step warns of it
        if self.platform_url and not self.deployment_id:
            raise InputError("deployment_id", "bad-value", variant="missing")
        _check_nameserver(self.nameserver)

    @classmethod
    def of(cls, plan: Plan) -> Place:
        """Return the place of `plan`."""
        aws, acme, emqx = plan.aws, plan.acme, plan.emqx
        server = _NAMES.get(acme.server)
        return cls(
            domain=plan.domain,
            address=emqx.address,
            port=emqx.port,
            server=server or "other",
            directory="" if server else acme.server,
            roots=acme.roots,
            profile=aws.profile or "",
            certbot_profile=aws.certbot_profile or "",
            platform_url=emqx.platform_url or "",
            deployment_id=emqx.deployment_id or "",
            api_url=emqx.api_url or "",
            nameserver=plan.dns.nameserver,
        )

    def plan(self, before: Plan | None = None) -> Plan:
        """Return the plan of this place; what it does not know of stays as it was `before`."""
        plan = before or Plan(self.domain)
        other = self.server == "other"
        return replace(
            plan,
            domain=self.domain,
            aws=replace(plan.aws, profile=self.profile or None, certbot_profile=self.certbot_profile or None),
            acme=replace(
                plan.acme,
                server=self.directory if other else self.server,
                roots=self.roots if other else None,
            ),
            dns=replace(plan.dns, nameserver=self.nameserver),
            emqx=replace(
                plan.emqx,
                address=self.address,
                port=self.port,
                platform_url=self.platform_url or None,
                deployment_id=self.deployment_id or None,
                api_url=self.api_url or None,
            ),
        )


def plan_file(workspace: Workspace) -> Path:
    """Return where a workspace keeps it."""
    return workspace.root / "plan.toml"


def _check_url(name: str, url: str, *, needed: bool = False, plain: bool = False) -> None:
    """See that `url` can be used; only to this machine may it be without TLS, unless `plain` is allowed."""
    if not url and not needed:
        return
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and (plain or is_loopback(url)))
    if not secure or not parts.hostname:
        raise InputError(name, "bad-url", variant=name, value=url)


def _check_nameserver(value: str) -> None:
    try:
        nameserver(value)
    except ServiceError as error:
        raise InputError("nameserver", "bad-value", variant="nameserver", value=value) from error
