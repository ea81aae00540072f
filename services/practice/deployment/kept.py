"""What of the practice deployment outlives its process: its TLS settings and its users."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.practice.deployment.material import (
    ClientCheck,
    ListenerTls,
    ServerIdentity,
    parse_certificates,
    parse_key,
    pem,
)
from services.practice.deployment.users import Entry


@dataclass(frozen=True, slots=True)
class KeptTls:
    """The TLS listener's settings, everything as PEM."""

    chain: str
    key: str = field(repr=False)
    client_cas: str = ""
    check: ClientCheck = ClientCheck.NONE


@dataclass(frozen=True, slots=True)
class KeptDeployment:
    """The deployment; `tls` is None while it shows the certificate that it came with."""

    tls: KeptTls | None
    users: tuple[Entry, ...]


def keep_tls(settings: ListenerTls) -> KeptTls:
    """Copy `settings`."""
    identity = settings.identity
    return KeptTls(identity.chain_pem(), identity.key_pem().decode(), pem(settings.client_cas), settings.check)


def restore_tls(kept: KeptTls) -> ListenerTls:
    """The settings that `kept` was copied from.

    Raises:
        RejectedTlsError: somebody has changed what was kept.
    """
    identity = ServerIdentity(parse_certificates("cert", kept.chain), parse_key(kept.key))
    cas = parse_certificates("cacert", kept.client_cas) if kept.client_cas else ()
    return ListenerTls(identity, cas, kept.check)
