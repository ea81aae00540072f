"""Reading what a deployment is to be given, and judging it before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from services.acme.lineage import Lineage, read_lineage
from services.emqx.bundle import Bundle, Concern, Standard, assemble, preflight
from services.errors import ServiceError
from services.files import read_file
from services.tls.chain import key_facts
from services.tls.files import certificates_in
from services.tls.handshake import Identity

if TYPE_CHECKING:
    from datetime import datetime

    from services.tls.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Sources:
    """The files it is made of.

    Attributes:
        live: certbot's folder of the current certificate.
        client_ca: the client CA's certificate (or several).
        client_certificate, client_key: a client that is to be let in; None where none is at hand.
    """

    live: Path
    client_ca: Path
    client_certificate: Path | None = None
    client_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read.

    Attributes:
        lineage: what certbot's folder holds.
        bundle: what is to be uploaded.
        identity: the client to prove with; None where none is at hand.
        concerns: what was found, the blocking ones first.
    """

    lineage: Lineage
    bundle: Bundle
    identity: Identity | None = field(repr=False)
    concerns: tuple[Concern, ...]

    def refuse_blocking(self) -> None:
        """Raise the first concern that makes an upload pointless.

        Raises:
            ServiceError: see `services.emqx.bundle.preflight`.
        """
        for concern in self.concerns:
            if concern.blocking:
                raise concern.error

    @property
    def warnings(self) -> tuple[Concern, ...]:
        """What is said, and does not stop the upload."""
        return tuple(concern for concern in self.concerns if not concern.blocking)


def prepare(
    sources: Sources, domain: str, *, extra_roots: bytes, now: datetime, staging_allowed: bool = False
) -> Prepared:
    """Read `sources`, make the bundle for `domain`, and judge it.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable, certificate-missing,
            server-files-unreadable, client-key-mismatch, client-key-locked.
    """
    lineage = read_lineage(sources.live, extra_roots, now=now)
    bundle = assemble(lineage, certificates_in(sources.client_ca))
    client, identity = _client(sources)
    standard = Standard(
        domain=domain,
        root=lineage.root.certificate if lineage.root else None,
        now=now,
        client=client,
        staging_allowed=staging_allowed,
    )
    return Prepared(lineage, bundle, identity, preflight(bundle, standard))


def _client(sources: Sources) -> tuple[Certificate | None, Identity | None]:
    if sources.client_certificate is None or sources.client_key is None:
        return None, None
    chain = certificates_in(sources.client_certificate)
    key_pem = read_file(sources.client_key)
    facts = key_facts(key_pem)
    if facts.spki_sha256 is None:
        raise ServiceError("client-key-locked", path=sources.client_key, details=facts.problem)
    if facts.spki_sha256 != chain[0].spki_sha256:
        raise ServiceError("client-key-mismatch", certificate=sources.client_certificate, key=sources.client_key)
    return chain[0], Identity(tuple(each.der for each in chain), key_pem)
