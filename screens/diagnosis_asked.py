"""What the diagnosis screen asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screens.widgets.line_input import with_line_ends
from services.errors import InputError
from services.guide import inputs

if TYPE_CHECKING:
    from screens.walk import Walk


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
        evidence: what a colleague saved; it stands for everything but the error text.
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
    evidence: Path | None = None

    def __post_init__(self) -> None:
        """Check each value.

        Raises:
            InputError: names the field.
        """
        if self.host:
            host, port = _place(self.host)
            object.__setattr__(self, "host", inputs.host("host", host))
            object.__setattr__(self, "port", int(port) if port.isdecimal() else self.port)
        object.__setattr__(self, "error", with_line_ends(self.error))
        inputs.port("port", self.port)
        for name in ("ca", "certificate", "key", "chain", "server_key", "evidence"):
            path = getattr(self, name)
            if path is not None and not path.expanduser().is_file():
                raise InputError(name, "file-not-found", path=path)
        if not (self.has_target or self.error):
            raise InputError("host", "nothing-to-diagnose", variant="screen")

    @property
    def has_target(self) -> bool:
        """Whether there is a server or a file to look at."""
        files = (self.ca, self.certificate, self.key, self.chain, self.server_key, self.evidence)
        return bool(self.host) or any(files)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are looked at: never to be written over."""
        named = (self.ca, self.certificate, self.key, self.chain, self.server_key, self.evidence)
        return tuple(path for path in named if path is not None)


def _place(typed: str) -> tuple[str, str]:
    """Return host and port ("" where none is given) of an address as people copy it: mqtts://host:8883/mqtt."""
    place = typed.strip().rpartition("://")[2].partition("/")[0]
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = place.partition(":")
    return (host, port) if port.isdecimal() else (place, "")


def proposal(walk: Walk | None) -> dict[str, str]:
    """Return what the open walk has at hand, as the form's values; the last failure's own words among them."""
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
    errors = [run.error.details for run in walk.runs.values() if run.error is not None and run.error.details]
    found["error"] = errors[-1] if errors else ""
    return found | {name: str(path) for name, path in files.items() if path.is_file()}
