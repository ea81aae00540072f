"""A practice world with a workspace in which the steps before `understanding` were done: the later steps start here."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services import session as sessions
from services.events import Artifact, Check, Done, Event, Failed
from services.guide import client_certificates
from services.guide.runner import Guide
from services.pki.kinds import KeyType
from services.practice.world import ADDRESS, DOMAIN, PracticeWorld
from services.tls.chain import read_pem
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.errors import ServiceError


@dataclass
class Ran:
    """What came of a run."""

    events: list[Event] = field(default_factory=list)

    @property
    def failure(self) -> ServiceError:
        last = self.events[-1]
        assert isinstance(last, Failed), last
        return last.error

    @property
    def error(self) -> str:
        """The id of the error; empty where it went well."""
        last = self.events[-1]
        return last.error.id if isinstance(last, Failed) else ""

    @property
    def result(self) -> Any:
        last = self.events[-1]
        assert isinstance(last, Done), last.error if isinstance(last, Failed) else last
        return last.result

    @property
    def checks(self) -> dict[str, Check]:
        return {event.id: event for event in self.events if isinstance(event, Check)}

    @property
    def artifacts(self) -> dict[str, Artifact]:
        return {event.role: event for event in self.events if isinstance(event, Artifact)}


class Stage:
    """The practice world, and a Guide in a workspace of it."""

    def __init__(self, practice: PracticeWorld, workspace: Workspace) -> None:
        self.practice = practice
        self.workspace = workspace
        self.guide = Guide.open(practice.world(), workspace)

    async def run(self, section: str, request: Any = None) -> Ran:
        ran = Ran()
        async for event in self.guide.run(section, request):
            ran.events.append(event)
        return ran

    def issue(self, key_type: str = "ecdsa") -> Path:
        """Put a certificate into certbot's live folder, and say in the session that it was issued."""
        key = ec.generate_private_key(ec.SECP256R1()) if key_type == "ecdsa" else rsa.generate_private_key(65537, 2048)
        full = self.practice.hierarchy.issue(key.public_key(), [DOMAIN]).fullchain_pem()
        leaf, end, chain = full.partition("-----END CERTIFICATE-----\n")
        live = self.workspace.live(DOMAIN)
        live.mkdir(parents=True, exist_ok=True)
        (live / "cert.pem").write_text(leaf + end)
        (live / "chain.pem").write_text(chain)
        (live / "fullchain.pem").write_text(full)
        (live / "privkey.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificate = read_pem(full.encode())[0]
        result = {
            "domain": DOMAIN,
            "live": str(live),
            "sha256": certificate.sha256,
            "key_type": certificate.key_type,
            "issuer": certificate.issuer,
            "not_before": certificate.not_before.isoformat(),
            "not_after": certificate.not_after.isoformat(),
            "issued": True,
            "staging": False,
            "renew_command": "certbot renew",
        }
        self.remember("server_certificate", result)
        return live

    def point(self) -> None:
        """Point the subdomain at the deployment."""
        self.practice.aws.put_cname(DOMAIN, ADDRESS, 300)
        zone = {"zone_id": "Z", "zone_name": "example.test", "outcome": "created"}
        place = {"domain": DOMAIN, "target": ADDRESS, "addresses": ["127.0.0.1"], "polls": 1}
        self.remember("subdomain", {**zone, **place})

    def remember(self, section: str, result: dict[str, Any]) -> None:
        record = sessions.StepRecord(result=result, finished=datetime.now(UTC))
        self.guide.session = self.guide.session.with_record(section, record)

    def writes(self, part: str) -> list[str]:
        """What was asked to be changed of a part of the world, in order."""
        return [record.method_or_action for record in self.practice.journal.list(part) if record.write]


@contextmanager
def stage(root: Path, *faults: str) -> Iterator[Stage]:
    """A world that is up, its workspace still empty."""
    practice = PracticeWorld(faults=faults)
    practice.start()
    try:
        yield Stage(practice, Workspace(root))
    finally:
        practice.stop()


async def set_up(the_stage: Stage, key_type: str = "ecdsa") -> Stage:
    """Client certificates, CNAME and server certificate are there."""
    request = client_certificates.Request(key_type=KeyType.ECDSA_P256)  # RSA takes a quarter of a second to make
    ran = await the_stage.run(client_certificates.NAME, request)
    assert not ran.error
    the_stage.point()
    the_stage.issue(key_type)
    return the_stage
