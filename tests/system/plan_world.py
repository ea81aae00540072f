"""What the tests of `emqx-mtls run --plan` share: a practice world, a plan that points there, the program as a child.

Nothing but standard options leads to the stand-ins: an endpoint, profiles and their files, a directory address, a name
server, base addresses of APIs, and EMQX's secrets in the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.aws.session import make_client
from services.practice.world import DOMAIN, PracticeWorld
from services.secrets import SecretName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.practice.journal import RequestRecord

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "app")


@dataclass(frozen=True)
class Ended:
    """A run of the program that has ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[str]:
        """The ids of the findings of all steps."""
        return [step["error"]["id"] for step in self.document["steps"] if step["error"]]

    @property
    def done(self) -> list[str]:
        """The names of the steps that were done."""
        return [step["name"] for step in self.document["steps"] if step["status"] == "done"]


@dataclass
class PlanWorld:
    """A running practice world, and a folder for plan, workspace and home.

    Attributes:
        running: the world.
        folder: of this test.
        domain: the plan's.
        tables: what the plan says beside where things are, by table.
        secrets: EMQX's, as the environment has them.
    """

    running: PracticeWorld
    folder: Path
    domain: str = DOMAIN
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        store = self.running.world().secrets
        known = {name.value: store.get(name) for name in SecretName}
        self.secrets = {name: secret.reveal() for name, secret in known.items() if secret} | self.secrets

    @property
    def workspace(self) -> Path:
        """Where the run leaves everything."""
        return self.folder / "workspace"

    def plan(self) -> Path:
        """Write the plan and return it."""
        world = self.running.world()
        roots = self.folder / "roots.pem"
        roots.write_bytes(world.extra_roots)
        assert world.dns.nameserver is not None
        where: dict[str, dict[str, Any]] = {
            "aws": {
                "endpoint_url": world.aws.endpoint_url,
                "profile": world.aws.profile,
                "certbot_profile": world.aws.certbot_profile,
                "config_file": str(world.aws.config_file),
                "credentials_file": str(world.aws.credentials_file),
            },
            "acme": {"server": world.acme.directory_url, "roots": str(roots)},
            "dns": {"nameserver": "{}:{}".format(*world.dns.nameserver)},
            "emqx": {
                "address": world.emqx.address,
                "port": world.emqx.port,
                "platform_url": world.emqx.platform_url,
                "deployment_id": world.emqx.deployment_id,
                "api_url": world.emqx.api_url,
            },
        }
        lines = [f"domain = {json.dumps(self.domain)}"]
        for table in (*where, *(name for name in self.tables if name not in where)):
            values = where.get(table, {}) | self.tables.get(table, {})
            lines += [f"[{table}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items() if value != "")]
        path = self.folder / "plan.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def command(self, *arguments: str) -> list[str]:
        """Return the program's command line with the plan and the workspace."""
        first, *rest = arguments
        return [*PROGRAM, first, "--plan", str(self.plan()), "--workspace", str(self.workspace), *rest]

    def environment(self) -> dict[str, str]:
        """Return the child's whole environment: no AWS variable, a home of its own."""
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return keep | {"HOME": str(self.folder), "NO_COLOR": "1"} | self.secrets

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the program; the caller waits for its end."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*arguments), cwd=ROOT, env=self.environment(), stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: str, answers: str = "") -> Ended:
        """Run the program to its end; `answers` is what is typed."""
        child = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment(),
            input=answers,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Ended(child.returncode, child.stdout, child.stderr)

    def walk(self) -> Ended:
        """Walk the guide, with a document at the end."""
        return self.run("run", "--json")

    def administrator(self, service: str) -> Any:
        """A boto3 client with which the account's owner does something in the console."""
        return make_client(self.running.world(), service)

    def put(self, name: str, kind: str, *values: str, zone_id: str = "") -> None:
        """Put a record into the hosted zone, as the owner would by hand."""
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}
        change = {"Action": "UPSERT", "ResourceRecordSet": record}
        zone = zone_id or self.running.aws.zone_id
        self.administrator("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})

    def requests(self) -> list[RequestRecord]:
        """Every request that reached a stand-in so far."""
        return self.running.journal.list()


def writes(records: list[RequestRecord]) -> list[str]:
    """What changed something, in words."""
    return [f"{each.part} {each.method_or_action} {each.target}" for each in records if each.write]


def secret_values(world: PlanWorld) -> Mapping[str, str]:
    """Every secret of the world by what it is: EMQX's, and the secret keys of all AWS profiles."""
    files = world.running.world().aws.credentials_file
    assert files is not None
    lines = files.read_text().splitlines()
    keys = {f"AWS {n}": line.partition("= ")[2] for n, line in enumerate(lines) if "secret_access_key" in line}
    return world.secrets | keys
