"""Test two-way TLS over MQTT: a root that is one, the round trip, and proof that everybody else is refused.

The guide makes root.pem of the last certificate of fullchain.pem, which is no root; that can be tried here too, and
fails with OpenSSL's own words.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from services.errors import InputError, ServiceError
from services.events import Answer, Artifact, Check, Done, Event, Progress
from services.guide import connection_words as words
from services.guide import inputs, known, reach
from services.guide.earlier import CLIENT_CERTIFICATES, SERVER_CERTIFICATE, clients, issued
from services.guide.management import has_api, management_api
from services.guide.standing import derive, missing
from services.guide.step import Change, Command, Here, Standing
from services.mqtt.kinds import Proof
from services.pki.light import file_sha256
from services.secrets import SecretName
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.emqx.api import DeploymentApi

NAME: Final = "connection"
VERSIONS: Final = ("3.1.1", "5.0")


@dataclass(frozen=True, slots=True)
class Request:
    """Whom to connect to, as whom, and what to try.

    Attributes:
        host: the subdomain.
        live: certbot's folder of the current certificate, to find the root below it.
        certificate, key: the client's.
        port: the deployment's port for MQTT over TLS.
        user: the MQTT user; empty where the certificate alone must do.
        create_user: have the deployment create the user (with the password of EMQX_MQTT_PASSWORD).
        reset_password: give a user that exists already this password.
        ca_file: what to trust: "root", or "last-of-fullchain", the guide's own mistake.
        versions: which versions of MQTT to try.
        topic: where to publish; empty for one of our own.
    """

    host: str
    live: Path
    certificate: Path
    key: Path
    port: int = 8883
    user: str = ""
    create_user: bool = False
    reset_password: bool = False
    ca_file: Literal["root", "last-of-fullchain"] = "root"
    versions: tuple[str, ...] = VERSIONS
    topic: str = ""

    def __post_init__(self) -> None:
        if self.ca_file not in {"root", "last-of-fullchain"}:
            raise InputError("ca_file", "bad-choice", value=str(self.ca_file), choices="root, last-of-fullchain")
        if not self.versions or set(self.versions) - set(VERSIONS):
            raise InputError("versions", "bad-choice", value=", ".join(self.versions), choices=", ".join(VERSIONS))
        checked: dict[str, Any] = {
            "host": inputs.domain("host", self.host),
            "live": inputs.folder("live", self.live),
            "port": inputs.port("port", self.port),
            "user": inputs.words("user", self.user),
            "topic": inputs.words("topic", self.topic),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class Result:
    """What was proven, and the files for other clients.

    Attributes:
        host, port, user: where and as whom.
        root: the CA file, mqtt/root.pem.
        root_sha256: its fingerprint.
        certificate, key: the client's.
        proofs: what was proven.
        exports: files for MQTTX, mosquitto and Python.
        round_trip_seconds: the quickest.
        address: where the name leads, where only the world's own name server knows it; else empty.
    """

    host: str
    port: int
    user: str
    root: Path
    root_sha256: str
    certificate: Path
    key: Path
    proofs: tuple[Proof, ...]
    exports: tuple[Path, ...]
    round_trip_seconds: float
    address: str = ""


def propose(here: Here) -> Request:
    """Return the last Request with what the steps before left since, else one made of that alone.

    Raises:
        InputError: a step before was not done here.
    """
    certificate, client = issued(here), clients(here)
    last = here.session.request(NAME, Request)
    if certificate is None or client is None:
        if last is not None:
            return last
        needs = SERVER_CERTIFICATE if certificate is None else CLIENT_CERTIFICATES
        raise InputError("live", "step-not-ready", section=NAME, needs=needs)
    world = here.world
    fresh = Request(
        host=certificate.domain,
        live=certificate.live,
        certificate=client.certificate,
        key=client.key,
        port=world.emqx.port,
        user=world.mqtt_user,
        create_user=bool(world.emqx.api_url),
    )
    if last is None:
        return fresh
    chosen = ("user", "create_user", "reset_password", "ca_file", "versions", "topic")
    return replace(fresh, **{name: getattr(last, name) for name in chosen})


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return openssl's look at both certificates, and the scripts for mosquitto and Python. Pure."""
    return words.commands(request, here)


def standing(here: Here) -> Standing:
    """Return where the step stands: its files must be there, and the certificates be those that were proven."""
    return derive(
        here, NAME, Result, lambda result: _attention(result, here), needs=(CLIENT_CERTIFICATES, SERVER_CERTIFICATE)
    )


async def changes(request: Request, here: Here) -> tuple[Change, ...]:
    """Return the user that would be created.

    Raises:
        ServiceError: it could not be found out.
    """
    if not (request.create_user and request.user):
        return ()
    async with management_api(here) as api:
        exists = await api.has_user(request.user)
    what = message("connection.change.user", user=request.user)
    if exists and not request.reset_password:
        return ()
    before = str(message("connection.change.exists")) if exists else ""
    return (Change(what, before, str(message("connection.change.after")), overwrites=exists),)


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Connect and prove.

    Raises:
        ServiceError: name-not-found, cname-wrong, connection-…, client-cert-…, mqtt-…, ca-file-not-root, what is wrong
            with the served chain (server-…, hostname-mismatch); client-cert-not-required, client-ca-not-checked,
            mqtt-password-not-checked where somebody is let in who should not be.
    """
    from services.guide import connecting  # noqa: PLC0415 - brings paho and cryptography, not wanted at start-up

    yield Progress(message("connection.preparing"))
    lineage = await asyncio.to_thread(connecting.write_ca_file, request, here)
    yield _trusts(request, here)
    addresses = await _lead(request, here)
    yield Check("name", Answer.YES, message("connection.name", host=request.host, addresses=", ".join(addresses)))
    found: list[Proof] = []
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(management_api(here)) if has_api(here) else None
        if request.create_user and request.user:
            yield await _create_user(request, here, api)
        client = connecting.client(request, here, addresses)
        async with aclosing(connecting.prove(client, request, lineage, api)) as proving:
            async for proof in proving:
                found.append(proof)
                yield words.check(proof)
    address = addresses[0] if here.world.dns.nameserver else ""
    paths: list[Path] = []
    for artifact in words.export(request, here, address):
        paths.append(artifact.path)
        yield artifact
    yield Done(_result(request, here, tuple(found), tuple(paths), address))


async def _lead(request: Request, here: Here) -> tuple[str, ...]:
    """Return the addresses of the subdomain, which must be the deployment's.

    Raises:
        ServiceError: name-not-found, dns-timeout, dns-failed, cname-wrong.
    """
    target = known.address(here)
    found, wanted = await asyncio.gather(
        reach.look_up(request.host, here.world), reach.look_up(target or request.host, here.world)
    )
    addresses = reach.found(found)
    if target and not reach.same_end(found, wanted):
        leads_to = ", ".join((*found.cnames, *addresses))
        raise ServiceError("cname-wrong", domain=request.host, found=leads_to, target=target)
    return addresses


def _trusts(request: Request, here: Here) -> Event:
    """Return what is said of the CA file."""
    path = words.ca_file(request, here)
    if request.ca_file == "root":
        return Artifact("mqtt-root", path)
    return Check("ca-file", Answer.NO, message("connection.mistake", path=path), message("connection.mistake.fix"))


async def _create_user(request: Request, here: Here, api: DeploymentApi | None) -> Check:
    password = here.world.secrets.get(SecretName.MQTT_PASSWORD)
    if password is None:
        raise ServiceError("no-mqtt-password", user=request.user)
    if api is None:
        raise ServiceError("emqx-no-credentials", names=f"{SecretName.API_KEY.value}, {SecretName.API_SECRET.value}")
    outcome = await api.create_user(request.user, password, reset=request.reset_password)
    return Check("user", Answer.YES, message(f"connection.user.{outcome}", user=request.user))


def _result(request: Request, here: Here, found: tuple[Proof, ...], exports: tuple[Path, ...], address: str) -> Result:
    root = here.workspace.mqtt / "root.pem"
    times = [proof.seconds for proof in found if proof.seconds is not None]
    return Result(
        host=request.host,
        port=request.port,
        user=request.user,
        root=root,
        root_sha256=file_sha256(root) or "",
        certificate=request.certificate,
        key=request.key,
        proofs=found,
        exports=exports,
        round_trip_seconds=min(times, default=0.0),
        address=address,
    )


def _attention(result: Result, here: Here) -> Iterator[Message]:
    yield from missing(result.root, *result.exports)
    if result.root.is_file() and file_sha256(result.root) != result.root_sha256:
        yield message("standing.file-changed", path=result.root)
    client = clients(here)
    if client is not None and client.certificate == result.certificate and _newer(here, CLIENT_CERTIFICATES):
        yield message("connection.newer-client")
    if _newer(here, SERVER_CERTIFICATE) or _newer(here, "deployment"):
        yield message("connection.newer-server")


def _newer(here: Here, section: str) -> bool:
    """Tell whether `section` made something new after this step was run last."""
    own, other = here.session.record(NAME), here.session.record(section)
    fresh = isinstance(other.result, dict) and any(other.result.get(name) for name in ("made", "issued", "uploaded"))
    return bool(fresh and own.finished and other.finished and other.finished > own.finished)
