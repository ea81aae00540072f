"""Where a real set-up takes place: the domain, the deployment, the identities. Asked for once, kept beside the session.

It is kept as a plan (`plan.toml` in the workspace), so that the same set-up can be run headless later:
`emqx-mtls run --plan <workspace>/plan.toml --workspace <workspace>`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from services.errors import InputError
from services.files import PRIVATE, write_file
from services.guide import inputs

if TYPE_CHECKING:
    from pathlib import Path

    from services.workspace import Workspace

_SERVERS: Final = ("staging", "production")


@dataclass(frozen=True, slots=True)
class Place:
    """What the world cannot guess.

    Attributes:
        domain: the subdomain to set up.
        address, port: the deployment's own address, as the console shows it, and its port for MQTT over TLS.
        server: "staging" to try, which is offered first; "production" for certificates that clients trust.
        profile: the AWS profile of the engineer; empty for boto3's own chain.
        certbot_profile: the AWS profile that certbot runs as; empty for the same.
        platform_url, deployment_id: EMQX Cloud's Platform API; both empty for the console by hand.
        api_url: the deployment's own API; may be empty.
    """

    domain: str = ""
    address: str = ""
    port: int = 8883
    server: Literal["staging", "production"] = "staging"
    profile: str = ""
    certbot_profile: str = ""
    platform_url: str = ""
    deployment_id: str = ""
    api_url: str = ""

    def __post_init__(self) -> None:
        """Check each value.

        Raises:
            InputError: names the field.
        """
        object.__setattr__(self, "domain", inputs.domain("domain", self.domain))
        object.__setattr__(self, "address", inputs.cname_target("address", self.address))
        inputs.port("port", self.port)
        for name in ("platform_url", "api_url"):
            url = getattr(self, name).strip()
            if url and not url.startswith("https://"):
                raise InputError(name, "bad-url", value=url)

    def toml(self) -> str:
        """Return it as a plan."""
        tables: dict[str, dict[str, str | int]] = {
            "aws": {"profile": self.profile, "certbot_profile": self.certbot_profile},
            "acme": {"server": self.server},
            "emqx": {
                "address": self.address,
                "port": self.port,
                "platform_url": self.platform_url,
                "deployment_id": self.deployment_id,
                "api_url": self.api_url,
            },
        }
        lines = ["version = 1", f"domain = {json.dumps(self.domain)}"]
        for table, values in tables.items():
            lines += ["", f"[{table}]"]
            lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value]
        return "\n".join(lines) + "\n"


def plan_file(workspace: Workspace) -> Path:
    """Return where a workspace keeps it."""
    return workspace.root / "plan.toml"


def keep(place: Place, workspace: Workspace) -> None:
    """Write `place` into the workspace.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    write_file(plan_file(workspace), place.toml(), mode=PRIVATE, replace=True)


def world_parts(workspace: Workspace) -> dict[str, Any]:
    """Return what `services.worlds.live` is to be given for `workspace`.

    Raises:
        ServiceError: there is no plan, or it cannot be read.
    """
    from app import plan  # noqa: PLC0415 - only for a real set-up

    return plan.world_parts(plan.read_plan(plan_file(workspace)))
