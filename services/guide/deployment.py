"""Set up two-way TLS on the deployment: the bundle, its upload, and the proof by handshake.

Three equal ways lead there: EMQX Cloud's Platform API, the user's own hand in the console (the files lie ready, then
the deployment is watched), and self-managed EMQX's API. What is right already is left alone.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from services.emqx.folder import BundleFolder
from services.errors import InputError
from services.events import Answer, Check, Done, Event, Progress
from services.guide import deployment_words as words
from services.guide import inputs, known, reach
from services.guide.console_fields import console_commands
from services.guide.earlier import CLIENT_CERTIFICATES, SERVER_CERTIFICATE, Clients, clients, issued
from services.guide.standing import dates, derive, missing
from services.guide.step import Change, Command, Here, Standing
from services.pki.light import file_sha256
from services.pki.places import ClientFolder
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.emqx.install import Installation
    from services.emqx.targets import Target

NAME: Final = "deployment"

Way = Literal["platform", "console", "self-managed"]

_PATIENCE: Final = {"platform": 60, "self-managed": 60, "console": 900}  # seconds; a hand needs its time
_MOST_PATIENCE: Final = 86_400


@dataclass(frozen=True, slots=True)
class Request:
    """What the deployment is to serve and to demand.

    Attributes:
        domain: the name that clients connect to.
        live: certbot's folder of the current certificate.
        client_ca: the CA whose client certificates are let in.
        client_certificate, client_key: a client of that CA, to prove that it is let in; None where none is at hand.
        target: by which way: "platform", "console" (by hand) or "self-managed".
        port: the deployment's port for MQTT over TLS.
        staging: upload a staging certificate all the same.
        listener: of self-managed EMQX.
        login: self-managed EMQX: "api-key", or "password" for the dashboard's user name and password.
        patience: seconds to wait until the deployment is ready; 0 for the way's usual.
    """

    domain: str
    live: Path
    client_ca: Path
    client_certificate: Path | None = None
    client_key: Path | None = None
    target: Way = "platform"
    port: int = 8883
    staging: bool = False
    listener: str = "ssl:default"
    login: Literal["api-key", "password"] = "api-key"
    patience: int = 0

    def __post_init__(self) -> None:
        if self.target not in _PATIENCE:
            raise InputError("target", "bad-choice", value=str(self.target), choices=", ".join(_PATIENCE))
        if self.login not in {"api-key", "password"}:
            raise InputError("login", "bad-choice", value=str(self.login), choices="api-key, password")
        checked: dict[str, Any] = {
            "domain": inputs.domain("domain", self.domain),
            "live": inputs.folder("live", self.live),
            "port": inputs.port("port", self.port),
            "listener": inputs.words("listener", self.listener),
            "patience": max(0, min(self.patience, _MOST_PATIENCE)),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def deadline(self) -> int:
        """Seconds to wait until the deployment is ready: what was asked for, else the way's usual."""
        return self.patience or _PATIENCE[self.target]

    @property
    def by_hand(self) -> bool:
        """Whether the user's own hand does the upload."""
        return self.target == "console"


@dataclass(frozen=True, slots=True)
class Result:
    """What the deployment serves and demands now, and the files that went there.

    Attributes:
        certificate, chain, merged, private_key, client_ca: the files of the console's fields.
        domain, port: where it was looked at.
        served: SHA-256 of what it serves, in its order.
        not_after: when the served leaf ends, aware, UTC.
        client_ca_sha256: of the client CA.
        tls_type: "two-way".
        status: as the control side says; "served" where only the handshake says it.
        target: the way.
        uploaded: False where all was right already, or a hand did it.
        uploads_left: how many uploads this hour still has; None where they are not counted.
        previous_sha256: of the leaf that was served before; empty where none was.
    """

    certificate: Path
    chain: Path
    merged: Path
    private_key: Path
    client_ca: Path
    domain: str
    port: int
    served: tuple[str, ...]
    not_after: datetime
    client_ca_sha256: str
    tls_type: str
    status: str
    target: str
    uploaded: bool
    uploads_left: int | None = None
    previous_sha256: str = ""


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
    emqx = here.world.emqx
    return Request(
        domain=certificate.domain,
        live=certificate.live,
        client_ca=_client_ca(client, here),
        client_certificate=client.certificate,
        client_key=client.key,
        target=last.target if last else "platform" if emqx.platform_url else "console",
        port=emqx.port,
        staging=last.staging if last else False,
        listener=last.listener if last else "ssl:default",
        login=last.login if last else "api-key",
        patience=last.patience if last else 0,
    )


def _client_ca(client: Clients, here: Here) -> Path:
    """Return the file of client CAs to upload: while the client CA is being rotated, the one that holds both."""
    both = ClientFolder(here.workspace.client).trusted
    return both if both.is_file() else client.ca_certificate


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return the curl commands (or, by hand, where each file goes), and the handshake that proves it. Pure."""
    return console_commands(request, here)


def standing(here: Here) -> Standing:
    """Return where the step stands: the files must be those that were uploaded, and the certificate be valid."""
    return derive(
        here, NAME, Result, lambda result: _attention(result, here), needs=(CLIENT_CERTIFICATES, SERVER_CERTIFICATE)
    )


async def changes(request: Request, here: Here) -> tuple[Change, ...]:
    """Return what an upload would change; empty where the deployment serves and demands the right thing already.

    Raises:
        ServiceError: it could not be found out, or the bundle cannot be uploaded.
    """
    course = await begin(request, here)
    async with target_of(request, here) as target:
        state = await target.ready()
    if course.judged() is None:
        return ()
    what = message("deployment.change", host=course.place.name, port=course.place.port)
    before = str(words.leaf(course.before.served[0])) if course.before else ""
    after = words.leaf(course.prepared.bundle.leaf)
    notes = words.notes(course.prepared, state, _own_api(request, here))
    return (Change(what, before, str(after), overwrites=state.exists, by_hand=request.by_hand, notes=notes),)


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Prepare, upload where anything is to be changed, wait, and prove.

    Raises:
        ServiceError: what is wrong with the bundle (key-mismatch, server-leaf-only, staging-certificate …), with the
            way (emqx-…), or with what is served in the end (server-…, hostname-mismatch, emqx-stale-certificate,
            client-cert-…, connection-…).
    """
    yield Progress(message("deployment.preparing"))
    course = await begin(request, here)
    for check in words.judged(course.prepared):
        yield check
    folder = BundleFolder(here.workspace.emqx)
    written = await asyncio.to_thread(folder.write, course.prepared.bundle)
    for artifact in words.artifacts(folder, written):
        yield artifact
    yield Check("before", Answer.YES, words.shown(course))
    for check in words.exposed(_own_api(request, here)):
        yield check
    async with target_of(request, here) as target:
        course.state = await target.ready()
        for check in words.target_checks(course.state):
            yield check
        await course.bring(target)
        yield Check("brought", Answer.YES, words.brought(course, request))
        if course.uploaded and (left := words.uploads_left(course.state)):
            yield left
        async with aclosing(_settled(course, target, request)) as events:
            async for event in events:
                yield event
    for check in words.proofs(course):
        yield check
    yield Done(_result(course, request, here))


async def _settled(course: Installation, target: Target, request: Request) -> AsyncGenerator[Event, None]:
    """Wait until it is right; what a hand brought that is not right is said once."""
    said: Check | None = None
    async with aclosing(course.settle(target, patience=request.deadline, by_hand=request.by_hand)) as waiting:
        async for seconds in waiting:
            wrong = words.misplaced(course) if request.by_hand else None
            if wrong is not None and wrong != said:
                yield wrong
            said = wrong
            yield Progress(words.waits_for(course, request), seconds, request.deadline)


def _own_api(request: Request, here: Here) -> str:
    """Return the address of self-managed EMQX's API, where it is what the certificate and its key are given to."""
    return here.world.emqx.api_url or "" if request.target == "self-managed" else ""


async def begin(request: Request, here: Here) -> Installation:
    """Read and judge the files, and look at what is served now.

    Raises:
        ServiceError: what is wrong with the bundle; name-not-found, dns-timeout, dns-failed.
    """
    from services.emqx.install import Installation  # noqa: PLC0415 - brings OpenSSL, not wanted at start-up
    from services.emqx.look import Place  # noqa: PLC0415 - as above
    from services.emqx.prepare import Sources, prepare  # noqa: PLC0415 - as above

    sources = Sources(request.live, request.client_ca, request.client_certificate, request.client_key)
    prepared = await asyncio.to_thread(
        prepare,
        sources,
        request.domain,
        extra_roots=here.world.extra_roots,
        now=here.world.clock(),
        staging_allowed=request.staging,
    )
    prepared.refuse_blocking()
    own_name = known.address(here)
    addresses = await reach.addresses(own_name or request.domain, here.world)
    place = Place(request.domain, request.port, addresses, own_name)
    course = Installation(prepared, place, here.world.clock)
    await course.look_first()
    return course


def target_of(request: Request, here: Here) -> Target:
    """Return the way to the deployment, not yet open.

    Raises:
        ServiceError: emqx-no-deployment, emqx-no-credentials.
    """
    from services.emqx import targets  # noqa: PLC0415 - brings httpx, not wanted at start-up

    world = here.world
    if request.target == "platform":
        uploads = BundleFolder(here.workspace.emqx).uploads
        return targets.PlatformTarget(world.emqx, world.secrets, uploads, world.clock)
    if request.target == "self-managed":
        login = request.login == "password"
        return targets.SelfManagedTarget(world.emqx, world.secrets, request.listener, login=login)
    return targets.ConsoleTarget()


def _result(course: Installation, request: Request, here: Here) -> Result:
    folder, bundle, state = BundleFolder(here.workspace.emqx), course.prepared.bundle, course.state
    before = course.before.served[0].sha256 if course.before else ""
    return Result(
        certificate=folder.certificate,
        chain=folder.chain,
        merged=folder.merged,
        private_key=folder.private_key,
        client_ca=folder.client_ca,
        domain=request.domain,
        port=request.port,
        served=tuple(certificate.sha256 for certificate in (course.seen.served if course.seen else ())),
        not_after=bundle.leaf.not_after,
        client_ca_sha256=bundle.client_ca_certificates[0].sha256,
        tls_type="two-way",
        status=(state.status if state else "") or "served",
        target=request.target,
        uploaded=course.uploaded and not request.by_hand,
        uploads_left=state.uploads_left if state else None,
        previous_sha256=before if before != bundle.leaf.sha256 else "",
    )


def _attention(result: Result, here: Here) -> Iterator[Message]:
    yield from missing(result.merged, result.private_key, result.client_ca)
    if result.certificate.is_file() and result.served and file_sha256(result.certificate) != result.served[0]:
        yield message("standing.file-changed", path=result.certificate)
    certificate = issued(here)
    if certificate is not None and result.served and certificate.sha256 != result.served[0]:
        yield message("deployment.newer-certificate")
    client = clients(here)
    if client is not None and client.ca_sha256 != result.client_ca_sha256:
        yield message("deployment.newer-client-ca")
    yield from dates(here, result.not_after)
