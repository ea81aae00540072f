"""A plan: everything that `emqx-mtls run` needs to know, in one TOML file that holds no secret.

Top-level tables say where things are ([aws], [acme], [dns], [emqx]); a table named after a section of the guide gives
values of that step's Request. Unknown names are errors that tell the nearest right one.
"""

from __future__ import annotations

import dataclasses
import difflib
import ipaddress
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import msgspec

from assets import FOLDER
from services import session as sessions
from services.errors import ServiceError
from services.files import read_file
from services.guide import inputs
from services.guide.step import SECTIONS, load
from services.world import LETS_ENCRYPT, LETS_ENCRYPT_STAGING, Acme, Aws, Dns, Emqx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")

_WITH_PORT: Final = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[^:]*))(?::(?P<port>[0-9]{1,5}))?")
_ADDRESS_FIELDS: Final = {"prerequisites": "address", "subdomain": "target"}
_SERVERS: Final = {"production": LETS_ENCRYPT, "staging": LETS_ENCRYPT_STAGING}


@dataclass(frozen=True, slots=True)
class AwsTable:
    """[aws]: which identity works on Route 53, and which certbot runs as."""

    profile: str | None = None
    certbot_profile: str | None = None
    endpoint_url: str | None = None
    region: str = "us-east-1"
    config_file: Path | None = None
    credentials_file: Path | None = None


@dataclass(frozen=True, slots=True)
class AcmeTable:
    """[acme]: the certificate authority. `server` is "staging", "production" or a directory's address."""

    server: str = "staging"
    caa_domain: str = "letsencrypt.org"
    ca_bundle: Path | None = None
    roots: Path | None = None


@dataclass(frozen=True, slots=True)
class DnsTable:
    """[dns]: who is asked; empty for the system's resolver."""

    nameserver: str = ""


@dataclass(frozen=True, slots=True)
class EmqxTable:
    """[emqx]: the deployment and its APIs."""

    address: str = ""
    port: int = 8883
    deployment_id: str | None = None
    platform_url: str | None = None
    api_url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as read, each table checked; `steps` holds the tables of the guide's sections as plain values."""

    domain: str
    aws: AwsTable = field(default_factory=AwsTable)
    acme: AcmeTable = field(default_factory=AcmeTable)
    dns: DnsTable = field(default_factory=DnsTable)
    emqx: EmqxTable = field(default_factory=EmqxTable)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: Literal[1] = 1

    def adjust(self, section: str, request: Any) -> Any:
        """Return `request` with the plan's values for `section` in it.

        The plan's domain and deployment address win over what an earlier run in the same workspace worked on.

        Raises:
            ServiceError: plan-bad-value; the Request's own InputError.
        """
        known = set(_fields(type(request)))
        shared = {"domain": self.domain, _ADDRESS_FIELDS.get(section, ""): self.emqx.address}
        values = {name: value for name, value in shared.items() if name in known and value}
        values |= self.steps.get(section, {})
        if not values:
            return request
        return _convert(sessions.plain(request) | values, type(request), section)


_PLACE: Final = re.compile(r"`\$\.([\w.]+)`")  # where msgspec says that it is
_TABLES: Final = {"aws": AwsTable, "acme": AcmeTable, "dns": DnsTable, "emqx": EmqxTable}


def example() -> str:
    """Return an annotated plan to start from."""
    return (FOLDER / "plan.example.toml").read_text("utf-8")


def read_plan(path: Path) -> Plan:
    """Read the plan in `path`.

    Raises:
        ServiceError: file-not-found, file-not-readable, plan-not-toml, plan-unknown-name, plan-bad-value,
            plan-missing-value, bad-domain.
    """
    try:
        document = tomllib.loads(read_file(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ServiceError("plan-not-toml", path=path, details=str(error)) from error
    _check_names(document, ["domain", "version", *_TABLES, *SECTIONS], "")
    if not document.get("domain"):
        raise ServiceError("plan-missing-value", name="domain")
    tables = {name: _table(document, name, kind) for name, kind in _TABLES.items()}
    steps: dict[str, dict[str, Any]] = {name: document[name] for name in SECTIONS if name in document}
    for section, values in steps.items():
        _check_table(values, section)
        _check_names(values, _fields(load(section).Request), section)
    plain = {"domain": document["domain"], "version": document.get("version", 1)}
    plan = _convert(plain, Plan, "")
    return dataclasses.replace(plan, domain=inputs.domain("domain", plan.domain), **tables, steps=steps)


def world_parts(plan: Plan) -> dict[str, Any]:
    """Return the keyword arguments of `services.worlds.live` that the plan stands for.

    Raises:
        ServiceError: file-not-found, file-not-readable for [acme] roots; plan-bad-value for [dns] nameserver.
    """
    acme = plan.acme
    directory = _SERVERS.get(acme.server, acme.server)
    return {
        "domain": plan.domain,
        "aws": Aws(**{name: getattr(plan.aws, name) for name in _fields(AwsTable)}),
        "acme": Acme(directory, acme.caa_domain, acme.ca_bundle, staging="staging" in directory),
        "dns": Dns(nameserver(plan.dns.nameserver)),
        "emqx": Emqx(**{name: getattr(plan.emqx, name) for name in _fields(EmqxTable)}),
        "extra_roots": read_file(acme.roots) if acme.roots else b"",
    }


def nameserver(value: str) -> tuple[str, int] | None:
    """Read "1.1.1.1", "127.0.0.1:5353", "::1" or "[::1]:5353"; None for "", the system's resolver.

    Raises:
        ServiceError: plan-bad-value.
    """
    if not value:
        return None
    found = _WITH_PORT.fullmatch(value)
    host, port = (found["six"] or found["four"], found["port"] or "53") if found else (value, "53")
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise ServiceError("plan-bad-value", name="dns.nameserver", details=value) from error
    if not 0 < int(port) < 65536:
        raise ServiceError("plan-bad-value", name="dns.nameserver", details=value)
    return host, int(port)


def _table(document: Mapping[str, Any], name: str, kind: type) -> Any:
    values = document.get(name, {})
    _check_table(values, name)
    _check_names(values, _fields(kind), name)
    return _convert(values, kind, name)


def _check_table(values: object, name: str) -> None:
    if not isinstance(values, dict):
        raise ServiceError("plan-bad-value", name=name, details=f"[{name}]")


def _check_names(values: Iterable[str], known: list[str], table: str) -> None:
    """Refuse the first name that is not known, and tell the nearest that is."""
    for name in values:
        if name not in known:
            nearest = difflib.get_close_matches(name.lower(), known, 1, 0.0)
            whole = f"{table}.{name}" if table else name
            raise ServiceError("plan-unknown-name", name=whole, nearest=nearest[0] if nearest else known[0])


def _fields(kind: type) -> list[str]:
    return [each.name for each in dataclasses.fields(kind)]


def _convert(values: object, kind: type[T], table: str) -> T:
    """Return `values` as a `kind`; what its own validation raises (InputError) passes through."""
    try:
        return msgspec.convert(values, kind, dec_hook=sessions.decode_path)
    except msgspec.ValidationError as error:
        found = _PLACE.search(str(error))
        name = ".".join(part for part in (table, found[1] if found else "") if part)
        raise ServiceError("plan-bad-value", name=name or "plan", details=str(error)) from error
