"""Understand certbot's certificates: what each file holds, who issued whom, and which root belongs under it.

The guide counts ("three certificates, the last is the root"); here everything is found by content. The last certificate
of fullchain.pem is shown for what it is, and the root comes from where clients keep theirs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from services.acme.live import LiveFolder
from services.errors import InputError, ServiceError
from services.events import Done, Event, Progress
from services.guide import inputs
from services.guide import understanding_words as words
from services.guide.earlier import SERVER_CERTIFICATE, issued
from services.guide.standing import dates, derive, missing
from services.guide.step import Change, Command, Here, Standing
from services.pki.light import file_sha256
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.acme.lineage import Lineage
    from services.tls.chain import Certificate

NAME: Final = "understanding"


@dataclass(frozen=True, slots=True)
class Request:
    """What to understand: certbot's folder of the current certificate (cert, chain, fullchain and privkey .pem)."""

    live: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "live", inputs.folder("live", self.live))


@dataclass(frozen=True, slots=True)
class Described:
    """One certificate.

    Attributes:
        role: leaf, intermediate, cross-signed or root.
        subject, issuer: distinguished names for display.
        sha256: fingerprint, hexadecimal.
        not_before, not_after: aware, UTC.
        key_type: e.g. "ECDSA P-256".
        names: DNS names and IP addresses that it is for.
        files: the files that hold it.
    """

    role: str
    subject: str
    issuer: str
    sha256: str
    not_before: datetime
    not_after: datetime
    key_type: str
    names: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One step up: `issuer_sha256` issued `sha256`. `proven` is "yes" where the signature verifies, else what fails."""

    sha256: str
    issuer_sha256: str
    proven: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was understood.

    Attributes:
        live: the folder.
        roles: every certificate in the order of the chain, the leaf first, the root (where one is known) last.
        links: from each to the next.
        key_matches: whether privkey.pem belongs to the leaf.
        root_sha256, root_subject: the root that belongs under the chain; empty where none is known.
        root_source: "certifi", or "world" for a root that only this world's clients trust; empty as above.
        staging: a staging CA issued it.
        not_after: when the first of them ends, aware, UTC.
    """

    live: Path
    roles: tuple[Described, ...]
    links: tuple[ChainLink, ...]
    key_matches: bool
    root_sha256: str
    root_subject: str
    root_source: str
    staging: bool
    not_after: datetime


def propose(here: Here) -> Request:
    """Return the last Request of this workspace, else the folder that the certificate step left.

    Raises:
        InputError: there is no certificate yet.
    """
    if (certificate := issued(here)) is not None:
        return Request(certificate.live)
    if (last := here.session.request(NAME, Request)) is not None:
        return last
    raise InputError("live", "step-not-ready", section=NAME, needs=SERVER_CERTIFICATE)


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return the openssl commands that show the same. Pure."""
    leaf, chain, full, key = (quote(str(path)) for path in LiveFolder(request.live).files)
    root = quote(str(here.workspace.mqtt / "root.pem"))
    show = f"openssl crl2pkcs7 -nocrl -certfile {full} | openssl pkcs7 -print_certs -noout"
    same = f'test "$(openssl x509 -noout -pubkey -in {leaf})" = "$(openssl pkey -pubout -in {key})" && echo "one pair"'
    verify = f"openssl verify -CAfile {root} -untrusted {chain} {leaf}"
    lines = (("show", show), ("key", same), ("verify", verify))
    return tuple(Command(message(f"understanding.command.{name}"), shell) for name, shell in lines)


def standing(here: Here) -> Standing:
    """Return where the step stands: the files must still hold the certificate that was looked at."""
    return derive(here, NAME, Result, lambda result: _attention(result, here), needs=(SERVER_CERTIFICATE,))


async def changes(request: Request, here: Here) -> tuple[Change, ...]:  # noqa: ARG001 - a step's signature
    """Return nothing: this step only reads."""
    return ()


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Read the files, and say what they are.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable, certificate-missing,
            server-files-unreadable, key-mismatch (files of two issuances mixed).
    """
    from services.acme.lineage import read_lineage  # noqa: PLC0415 - brings cryptography, not wanted at start-up

    yield Progress(message("understanding.reading", path=request.live))
    lineage = await asyncio.to_thread(read_lineage, request.live, here.world.extra_roots, now=here.world.clock())
    for event in words.told(lineage, here):
        yield event
    if not lineage.key_matches:
        raise ServiceError("key-mismatch", domain=request.live.name)
    yield Done(_result(request, lineage))


def _result(request: Request, lineage: Lineage) -> Result:
    root = lineage.root
    line = [*lineage.certificates]
    if root is not None and all(each.sha256 != root.certificate.sha256 for each in line):
        line.append(root.certificate)
    return Result(
        live=request.live,
        roles=tuple(_described(lineage, certificate) for certificate in line),
        links=tuple(ChainLink(below.sha256, above.sha256, str(link)) for below, above, link in lineage.links()),
        key_matches=lineage.key_matches,
        root_sha256=root.certificate.sha256 if root else "",
        root_subject=root.certificate.subject if root else "",
        root_source=words.root_source(lineage) if root else "",
        staging=lineage.is_staging,
        not_after=min(certificate.not_after for certificate in lineage.certificates),
    )


def _described(lineage: Lineage, certificate: Certificate) -> Described:
    files = (file.path.name for file in lineage.files if certificate in file.certificates)
    return Described(
        role=str(lineage.role(certificate)),
        subject=certificate.subject,
        issuer=certificate.issuer,
        sha256=certificate.sha256,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        key_type=certificate.key_type,
        names=certificate.names,
        files=tuple(files),
    )


def _attention(result: Result, here: Here) -> Iterator[Message]:
    live = LiveFolder(result.live)
    yield from missing(*live.files)
    if live.certificate.is_file() and file_sha256(live.certificate) != result.roles[0].sha256:
        yield message("standing.file-changed", path=live.certificate)
    yield from dates(here, result.not_after)
