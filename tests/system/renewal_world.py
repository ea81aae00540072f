"""What the tests of renewals share: a set-up on a practice world that looks live to the program, and the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.plan import AcmeTable, AwsTable, DnsTable, EmqxTable, Plan
from app.whereabouts import world_toml
from services import session as sessions
from services.events import Done, Event
from services.guide import client_certificates
from services.guide.runner import Guide
from services.pki.kinds import KeyType
from services.practice.world import PracticeWorld
from services.secrets import SecretName
from services.workspace import Workspace
from tests.system.later_steps_world import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from services.world import World

ROOT = Path(__file__).parents[2]


class Clock:
    """The real time and what was added to it."""

    def __init__(self, start: datetime | None = None) -> None:
        self.ahead = (start - datetime.now(UTC)) if start else timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, by: timedelta) -> None:
        self.ahead += by


@dataclass
class SetUp:
    """A set-up whose deployment serves its certificate."""

    stage: Stage
    clock: Clock

    @property
    def guide(self) -> Guide:
        """A Guide that knows what the session file holds now."""
        self.stage.guide = Guide.open(self.world, self.stage.workspace)
        return self.stage.guide

    @property
    def world(self) -> World:
        return replace(self.stage.practice.world(), kind="live", practice=None)

    @property
    def workspace(self) -> Workspace:
        return self.stage.workspace

    @property
    def served(self) -> str:
        """SHA-256 of the leaf that the next connection is sent."""
        return self.stage.practice.deployment.served_fingerprint()

    def new_certificate(self) -> None:
        """Have a new certificate in certbot's folder, as if certbot had renewed it; the session does not know of it."""
        kept = self.stage.guide.session
        self.stage.issue()
        self.stage.guide.session = kept

    def let_an_hour_pass(self) -> None:
        """The limits of six uploads an hour, EMQX's and our own, are full again."""
        self.clock.forward(timedelta(minutes=61))
        (self.workspace.emqx / "uploads.json").unlink(missing_ok=True)

    def keep_plan(self) -> None:
        """Keep in the workspace where things are, as `emqx-mtls run` does."""
        world = self.world
        roots = self.workspace.root / "roots.pem"
        roots.write_bytes(world.extra_roots)
        dns = world.dns.nameserver
        assert dns is not None
        aws, emqx = world.aws, world.emqx
        plan = Plan(
            world.domain,
            AwsTable(
                aws.profile, aws.certbot_profile, aws.endpoint_url, aws.region, aws.config_file, aws.credentials_file
            ),
            AcmeTable(world.acme.directory_url, world.acme.caa_domain, roots=roots),
            DnsTable(f"{dns[0]}:{dns[1]}"),
            EmqxTable(emqx.address, emqx.port, emqx.deployment_id, emqx.platform_url, emqx.api_url),
        )
        (self.workspace.root / "plan.toml").write_text(world_toml(plan))

    def environment(self) -> dict[str, str]:
        """What a timer's environment would hold."""
        found = {name.value: self.world.secrets.get(name) for name in SecretName}
        return os.environ | {name: secret.reveal() for name, secret in found.items() if secret}

    def program(self, *arguments: str, kill_at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `emqx-mtls` with `arguments` on this workspace; `kill_at` is explained in killed_program.py."""
        start = [str(Path(__file__).with_name("killed_program.py")), str(kill_at)] if kill_at else ["-m", "app"]
        return subprocess.run(
            [sys.executable, *start, *arguments, "--workspace", str(self.workspace.root)],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def killed_at_each(self, file: Path, boundaries: Sequence[str], *arguments: str) -> Iterator[Ended]:
        """Run the program again and again, killed at another of `boundaries` each time, until it comes to its end.

        Yields after each run; `file` is a scratch file.
        """
        file.write_text("\n".join(boundaries))
        while True:
            self.let_an_hour_pass()
            before = file.read_text().splitlines()
            done = self.program(*arguments, kill_at=file)
            passed = [each for each in before if each not in file.read_text().splitlines()]
            yield Ended("".join(passed), done.returncode, done.stdout + done.stderr)
            if done.returncode != -signal.SIGKILL:
                return


@dataclass(frozen=True)
class Ended:
    """How a run ended: the boundary it was killed at ("" for none), its status, what it said."""

    at: str
    status: int
    said: str


@contextmanager
def a_world(root: Path, clock: Clock | None = None, *, lifetime: timedelta | None = None) -> Iterator[SetUp]:
    """A practice world that is up, and a set-up in `root` that has not begun."""
    clock = clock or Clock()
    practice = PracticeWorld(clock=clock, lifetime=lifetime)
    practice.start()
    try:
        found = SetUp(Stage(practice, Workspace(root)), clock)
        sessions.save(found.workspace, sessions.Session(world="live"))
        found.stage.guide = found.guide
        yield found
    finally:
        practice.stop()


async def deployed(found: SetUp, *, days: int = 365, connected: bool = True) -> SetUp:
    """Bring it to where the guide ends: certificates are there, served, and (if `connected`) proven by MQTT."""
    stage = found.stage
    request = client_certificates.Request(key_type=KeyType.ECDSA_P256, ca_days=days, client_days=days)
    assert not (await stage.run(client_certificates.NAME, request)).error
    stage.point()
    stage.issue()
    for section in ("deployment", *(["connection"] if connected else [])):
        ran = await stage.run(section)
        assert not ran.error, ran.failure.details
    return found


async def ended(events: AsyncGenerator[Event, None]) -> Any:
    """Go through `events`; return the result of the last one."""
    last: Event | None = None
    async with aclosing(events) as running:
        async for event in running:
            last = event
    assert isinstance(last, Done)
    return last.result
