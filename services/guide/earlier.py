"""What later steps read of the results of earlier ones: only the fields that they need.

A session's result is read into the smaller record by name, so that a step may grow without its followers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.guide.step import Here

CLIENT_CERTIFICATES: Final = "client_certificates"
SUBDOMAIN: Final = "subdomain"
SERVER_CERTIFICATE: Final = "server_certificate"


@dataclass(frozen=True, slots=True)
class Clients:
    """Of client_certificates: the client CA's certificate, and a client certificate with its key."""

    ca_certificate: Path
    certificate: Path
    key: Path
    ca_subject: str
    subject: str
    ca_sha256: str
    sha256: str
    ca_not_after: datetime
    not_after: datetime
    key_type: str


@dataclass(frozen=True, slots=True)
class PointedAt:
    """Of subdomain: the name, the deployment's address that it points at, and the IP addresses behind."""

    domain: str
    target: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """Of server_certificate: certbot's folder of the current certificate, and facts about that."""

    domain: str
    live: Path
    sha256: str
    key_type: str
    issuer: str
    not_before: datetime
    not_after: datetime
    staging: bool
    renew_command: str


def clients(here: Here) -> Clients | None:
    """Return what client_certificates left; None where it was not done here."""
    return here.session.result(CLIENT_CERTIFICATES, Clients)


def pointed_at(here: Here) -> PointedAt | None:
    """Return what subdomain left; None where it was not done here."""
    return here.session.result(SUBDOMAIN, PointedAt)


def issued(here: Here) -> Issued | None:
    """Return what server_certificate left; None where it was not done here."""
    return here.session.result(SERVER_CERTIFICATE, Issued)
