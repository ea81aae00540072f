"""What is asked of the diagnosis: what the form's fields hold, and what a guide's walk can fill them with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from screens.fields import Field, Kind, Rows
from services.errors import InputError
from services.guide.step import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from screens.walk import Walk

ROWS: Final[Rows] = (
    (Field("host"), Field("ca", Kind.PATH)),
    (Field("chain", Kind.PATH), Field("server_key", Kind.PATH)),
    (Field("certificate", Kind.PATH), Field("key", Kind.PATH)),
    (Field("folder", Kind.PATH),),
)
FILES: Final = ("ca", "chain", "server_key", "certificate", "key")
_SCHEMES: Final = ("mqtts://", "ssl://", "tls://", "wss://", "https://", "mqtt://")
_MQTT_TLS: Final = 8883
_FOLDER: Final = "diagnosis"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What only a guide's world knows of the target; the defaults are the world outside of any guide.

    Attributes:
        resolver: the name server to ask (address, port); None for the system's.
        deployment: the deployment's own name.
        extra_roots: PEM of roots trusted beside the public ones.
        at: the time there; None for now.
        isolated: nothing but what was named may be asked, so no issuer is fetched.
    """

    resolver: tuple[str, int] | None = None
    deployment: str = ""
    extra_roots: bytes = b""
    at: datetime | None = None
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be diagnosed; any sensible subset.

    Attributes:
        pasted: an error text of any client or broker.
        host, port: the server; host "" for none.
        ca, chain, server_key, certificate, key: files; None for those that were not named.
        around: what the guide's world knows.
    """

    pasted: str = ""
    host: str = ""
    port: int = _MQTT_TLS
    ca: Path | None = None
    chain: Path | None = None
    server_key: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    around: Surroundings = Surroundings()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that were named."""
        return tuple(path for name in FILES if (path := getattr(self, name)) is not None)

    @property
    def about_tls(self) -> bool:
        """Whether there is a server or a file to look at."""
        return bool(self.host or self.files)


def question(values: Mapping[str, str], pasted: str, walk: Walk | None = None) -> Question:
    """Return the question that the form's `values` and the `pasted` text make.

    Raises:
        InputError: bad-target (field "host"); nothing-to-diagnose where all is empty.
    """
    host, port = host_and_port(values["host"]) if values.get("host", "").strip() else ("", _MQTT_TLS)
    files = {name: Path(typed).expanduser() for name in FILES if (typed := values.get(name, "").strip())}
    asked = Question(pasted.strip(), host, port, **files, around=_surroundings(walk))
    if not asked.pasted and not asked.about_tls:
        raise InputError("host", "nothing-to-diagnose")
    return asked


def host_and_port(typed: str) -> tuple[str, int]:
    """Read HOST, HOST:PORT, [IPv6]:PORT, or an address with a scheme before it; the port is 8883 unless named.

    Raises:
        InputError: bad-target.
    """
    place = typed.strip()
    for scheme in _SCHEMES:
        place = place.removeprefix(scheme)
    host, port = place.partition("/")[0], ""
    if host.startswith("["):
        host, _, port = host[1:].partition("]")
        port = port.removeprefix(":")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    wrong = InputError("host", "bad-target", value=typed)
    if not host or any(map(str.isspace, host)) or (port and not _is_port(port)):
        raise wrong
    try:
        return host if host.isascii() else host.encode("idna").decode(), int(port or _MQTT_TLS)
    except UnicodeError as error:
        raise wrong from error


def _is_port(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 6 and 0 < int(typed) < 65_536


def _surroundings(walk: Walk | None) -> Surroundings:
    if walk is None:
        return Surroundings()
    world = walk.guide.world
    return Surroundings(
        world.dns.nameserver, world.emqx.address, world.extra_roots, world.clock(), isolated=world.practice is not None
    )


def proposed(walk: Walk | None) -> tuple[dict[str, str], str]:
    """Return the values that the form begins with, and the error text: of the guide's last failure, if there is one."""
    values = {field.name: "" for row in ROWS for field in row}
    if walk is None:
        return values | {"folder": str(Path.cwd() / _FOLDER)}, ""
    values |= {name: str(path) for name, path in _files(walk) if path.is_file()}
    values["folder"] = str(walk.guide.workspace.root / _FOLDER)
    if isinstance(walk.result("deployment"), dict):
        values["host"] = f"{_domain(walk)}:{walk.guide.world.emqx.port}" if _domain(walk) else ""
    return values, _last_failure(walk)


def _files(walk: Walk) -> Iterator[tuple[str, Path]]:
    workspace = walk.guide.workspace
    live = workspace.live(_domain(walk) or "-")
    yield "ca", workspace.mqtt / "root.pem"
    yield "chain", live / "fullchain.pem"
    yield "server_key", live / "privkey.pem"
    yield "certificate", workspace.client / "client.crt"
    yield "key", workspace.client / "client.key"


def _domain(walk: Walk) -> str:
    result = walk.result("subdomain")
    return str(result.get("domain", "")) if isinstance(result, dict) else walk.guide.world.domain


def _last_failure(walk: Walk) -> str:
    """Return what the outside system said when the furthest step failed; else what we said of it; "" for no failure."""
    for section in reversed(SECTIONS):
        if (error := walk.runs[section].error) is not None:
            return walk.guide.world.secrets.redact(error.details or str(error))
    return ""
