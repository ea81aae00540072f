"""What the diagnosis screen asks, and the work behind it. The work is blocking, and brings cryptography: in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import InputError
from services.guide import inputs

if TYPE_CHECKING:
    from screens.walk import Walk
    from services.explain import Cause
    from services.secrets import Secret
    from services.tls.evidence import Evidence
    from services.tls.findings import Diagnosis
    from services.tls.gather import Inquiry
    from services.tls.repair import Repair


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody has at hand; any part may be missing, but not all of them.

    Attributes:
        host, port: the server; host "" for files alone.
        ca: the clients' CA file.
        certificate, key: what the client shows.
        chain, server_key: the server's files.
        user: where given, with a password, an MQTT CONNECT is tried.
        error: an error text of any client, broker or tool.
    """

    host: str = ""
    port: int = 8883
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    chain: Path | None = None
    server_key: Path | None = None
    user: str = ""
    error: str = ""

    def __post_init__(self) -> None:
        """Check each value.

        Raises:
            InputError: names the field.
        """
        if self.host:
            object.__setattr__(self, "host", inputs.host("host", self.host))
        inputs.port("port", self.port)
        for name in ("ca", "certificate", "key", "chain", "server_key"):
            path = getattr(self, name)
            if path is not None and not path.expanduser().is_file():
                raise InputError(name, "file-not-found", path=path)
        if not (self.has_target or self.error):
            raise InputError("host", "nothing-to-diagnose", variant="screen")

    @property
    def has_target(self) -> bool:
        """Whether there is a server or a file to look at."""
        files = (self.ca, self.certificate, self.key, self.chain, self.server_key)
        return bool(self.host) or any(files)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are looked at: never to be written over."""
        named = (self.ca, self.certificate, self.key, self.chain, self.server_key)
        return tuple(path for path in named if path is not None)


@dataclass(frozen=True, slots=True)
class Examined:
    """The answer: evidence, diagnosis and repair where there was something to look at; causes of an error text."""

    evidence: Evidence | None
    diagnosis: Diagnosis | None
    repair: Repair | None
    causes: tuple[Cause, ...]


def examine(asked: Asked, walk: Walk | None, password: Secret | None) -> Examined:
    """Look at what there is, and say what is wrong.

    Raises:
        ServiceError: a file cannot be read.
    """
    from services.explain import explain  # noqa: PLC0415 - its knowledge is read when it is wanted
    from services.tls import gather, repair  # noqa: PLC0415 - bring cryptography and OpenSSL
    from services.tls.diagnose import diagnose  # noqa: PLC0415 - as above

    causes = explain(asked.error) if asked.error else ()
    if not asked.has_target:
        return Examined(None, None, None, causes)
    evidence = gather.gather(_inquiry(asked, walk, password))
    diagnosis = diagnose(evidence)
    return Examined(evidence, diagnosis, repair.plan(evidence, diagnosis), causes)


def _inquiry(asked: Asked, walk: Walk | None, password: Secret | None) -> Inquiry:
    from services.tls.gather import Inquiry  # noqa: PLC0415 - as above

    world = walk.guide.world if walk is not None else None
    return Inquiry(
        host=asked.host,
        port=asked.port,
        resolver=world.dns.nameserver if world else None,
        deployment=world.emqx.address if world else "",
        ca=asked.ca,
        certificate=asked.certificate,
        key=asked.key,
        chain=asked.chain,
        server_key=asked.server_key,
        user=asked.user if password else "",
        password=password if asked.user else None,
        extra_roots=world.extra_roots if world else b"",
    )


def proposal(walk: Walk | None) -> dict[str, str]:
    """Return what the open walk has at hand, as the form's values."""
    if walk is None:
        return {}
    workspace, world = walk.guide.workspace, walk.guide.world
    found = {"host": world.domain, "port": str(world.emqx.port)}
    subdomain = walk.result("subdomain")
    if isinstance(subdomain, dict):
        found["host"] = str(subdomain.get("domain", world.domain))
    files = {
        "ca": workspace.mqtt / "root.pem",
        "certificate": workspace.client / "client.crt",
        "key": workspace.client / "client.key",
    }
    return found | {name: str(path) for name, path in files.items() if path.is_file()}
