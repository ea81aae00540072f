"""Create the client side's self-signed certificates: a CA of one's own, and a client certificate that it issues.

What the guide does with openssl, made right: X.509 v3 with the extensions that strict verifiers ask for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.events import Answer, Artifact, Check, Done, Event, Progress
from services.guide import inputs
from services.guide.standing import dates, derive, missing
from services.guide.step import Change, Command, Here, Standing
from services.pki import openssl
from services.pki.kinds import KeyType
from services.pki.light import file_sha256
from services.pki.places import ClientFolder
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from services.pki.folder import Order, Outcome

NAME: Final = "client_certificates"

_MOST_CA_DAYS: Final = 7300  # 20 years: longer than any broker's configuration
_MOST_CLIENT_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Request:
    """What to make. The values that stand here are the guide's.

    Attributes:
        ca_country, ca_organization, ca_common_name: the CA's subject; country and organization may be empty.
        client_common_name: the client's subject; EMQX can take it for the user name or the client id.
        key_type: of both keys.
        ca_days, client_days: how long each is valid; the client certificate ends with its CA at the latest.
        replace: what lies there and differs may be replaced; a copy of it is kept.
    """

    ca_country: str = "US"
    ca_organization: str = "Test Org"
    ca_common_name: str = "Test CA"
    client_common_name: str = "Client"
    key_type: KeyType = KeyType.RSA_2048
    ca_days: int = 365
    client_days: int = 365
    replace: bool = False

    def __post_init__(self) -> None:
        checked = {
            "ca_country": inputs.country("ca_country", self.ca_country),
            "ca_organization": inputs.name_part("ca_organization", self.ca_organization, optional=True),
            "ca_common_name": inputs.name_part("ca_common_name", self.ca_common_name),
            "client_common_name": inputs.name_part("client_common_name", self.client_common_name),
            "ca_days": inputs.days("ca_days", self.ca_days, most=_MOST_CA_DAYS),
            "client_days": inputs.days("client_days", self.client_days, most=_MOST_CLIENT_DAYS),
        }
        for field, value in checked.items():
            object.__setattr__(self, field, value)


@dataclass(frozen=True, slots=True)
class Result:
    """What lies in the workspace's folder `client` now.

    Attributes:
        ca_certificate, ca_key, certificate, key, csr: the files, absolute.
        ca_subject, subject: distinguished names for display.
        ca_sha256, sha256: fingerprints, hexadecimal.
        ca_not_after, not_after: when they end, aware, UTC.
        key_type: of the client's key, in words: "RSA 2048".
        made: False where all was right already.
    """

    ca_certificate: Path
    ca_key: Path
    certificate: Path
    key: Path
    csr: Path
    ca_subject: str
    subject: str
    ca_sha256: str
    sha256: str
    ca_not_after: datetime
    not_after: datetime
    key_type: str
    made: bool = True


def propose(here: Here) -> Request:
    """Return the last Request of this workspace, else the guide's values."""
    return here.session.request(NAME, Request) or Request()


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return the openssl commands that make the same files. Pure."""
    folder = ClientFolder(here.workspace.client)
    ca = openssl.subject_argument(
        ("C", request.ca_country), ("O", request.ca_organization), ("CN", request.ca_common_name)
    )
    client = openssl.subject_argument(("CN", request.client_common_name))
    kind = request.key_type
    lines = (
        ("folder", openssl.make_folder(folder)),
        ("ca", openssl.make_ca(folder, ca, kind, request.ca_days)),
        ("key", openssl.make_key(folder, kind)),
        ("csr", openssl.make_csr(folder, client)),
        ("issue", openssl.issue_client(folder, kind, min(request.client_days, request.ca_days))),
        ("view", openssl.view(folder)),
        ("verify", openssl.verify(folder)),
    )
    return tuple(Command(message(f"client_certificates.command.{name}"), shell) for name, shell in lines)


def standing(here: Here) -> Standing:
    """Return where the step stands: the files must be there, be the ones that were made, and be valid for a while."""
    return derive(here, NAME, Result, lambda result: _attention(result, here))


async def changes(request: Request, here: Here) -> tuple[Change, ...]:  # noqa: ARG001 - a step's signature
    """Return nothing: this step works in the workspace only."""
    return ()


async def run(request: Request, here: Here) -> AsyncGenerator[Event, None]:
    """Make what is missing, keep what is right.

    Raises:
        ServiceError: file-in-the-way (something else lies there and `replace` is not set), folder-not-writable,
            disk-full, file-not-readable.
    """
    from services.pki.folder import fill  # noqa: PLC0415 - brings cryptography, not wanted at start-up

    folder = ClientFolder(here.workspace.client)
    yield Progress(message("client_certificates.making", key_type=request.key_type.label))
    outcome = await asyncio.to_thread(fill, folder, order_of(request, here))
    for event in _told(folder, outcome):
        yield event
    yield Done(_result(folder, outcome))


def order_of(request: Request, here: Here) -> Order:
    """Return what `services.pki.folder.fill` is to make for `request`."""
    from services.pki.folder import Order  # noqa: PLC0415 - as in `run`
    from services.pki.judge import Wanted  # noqa: PLC0415 - as in `run`
    from services.pki.names import distinguished_name  # noqa: PLC0415 - as in `run`

    ca = distinguished_name(request.ca_common_name, organization=request.ca_organization, country=request.ca_country)
    client = distinguished_name(request.client_common_name)
    return Order(
        Wanted(ca, request.key_type, request.ca_days),
        Wanted(client, request.key_type, request.client_days),
        request.replace,
        here.world.clock(),
    )


def _told(folder: ClientFolder, outcome: Outcome) -> Iterator[Event]:
    """Yield what was made, what was kept, and where copies lie."""
    roles = {
        "client-ca-certificate": folder.ca_certificate,
        "client-ca-key": folder.ca_key,
        "client-certificate": folder.certificate,
        "client-key": folder.key,
        "client-csr": folder.csr,
    }
    for role, path in roles.items():
        if path.exists():
            yield Artifact(role, path, path in outcome.written)
    for copy in outcome.copies:
        yield Artifact("replaced-copy", copy)
    if outcome.ca_key_away:
        yield Check("ca-key-away", Answer.YES, message("client_certificates.ca-key-away", path=folder.ca_key))
    words = "client_certificates.made" if outcome.written else "client_certificates.unchanged"
    yield Check("client-certificates", Answer.YES, message(words, days=_days_left(outcome)))


def _days_left(outcome: Outcome) -> int:
    return (outcome.client.not_valid_after_utc - outcome.client.not_valid_before_utc).days


def _result(folder: ClientFolder, outcome: Outcome) -> Result:
    from services.pki.keys import key_label  # noqa: PLC0415 - as in `run`
    from services.pki.names import name_text  # noqa: PLC0415 - as in `run`
    from services.pki.store import sha256_hex  # noqa: PLC0415 - as in `run`

    ca, client = outcome.ca, outcome.client
    return Result(
        ca_certificate=folder.ca_certificate,
        ca_key=folder.ca_key,
        certificate=folder.certificate,
        key=folder.key,
        csr=folder.csr,
        ca_subject=name_text(ca.subject),
        subject=name_text(client.subject),
        ca_sha256=sha256_hex(ca),
        sha256=sha256_hex(client),
        ca_not_after=ca.not_valid_after_utc,
        not_after=client.not_valid_after_utc,
        key_type=key_label(client.public_key()),
        made=bool(outcome.written),
    )


def _attention(result: Result, here: Here) -> Iterator[Message]:
    yield from missing(result.ca_certificate, result.certificate, result.key)
    for path, sha256 in ((result.ca_certificate, result.ca_sha256), (result.certificate, result.sha256)):
        if path.is_file() and file_sha256(path) != sha256:
            yield message("standing.file-changed", path=path)
    yield from dates(here, min(result.not_after, result.ca_not_after))
