"""What a deployment is given, in both of the console's forms, and what is found before it is sent. Pure.

Certificates are told apart by content, never by position or count: the leaf is the one whose key it is, and the chain
follows from names, key identifiers and signatures (services.tls.chain).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.errors import ServiceError
from services.facts import facts
from services.secrets import Secret
from services.tls.catalog import is_staging, known_by_key
from services.tls.chain import Certificate, Link, build, issues, key_facts, to_pem
from services.tls.hostname import is_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.acme.lineage import Lineage


@dataclass(frozen=True, slots=True)
class Bundle:
    """The contents of the console's fields.

    Attributes:
        leaf: the server's own certificate ("Certificate body" of the older form).
        chain_certificates: what stands between leaf and root, in order, without the root ("Certificate chain").
        private_key: the leaf's, in PEM, unencrypted.
        client_ca_certificates: the CA (or CAs) whose client certificates are let in.
        left_out: self-signed roots that were among the files; a server does not send them.
    """

    leaf: Certificate
    chain_certificates: tuple[Certificate, ...]
    private_key: Secret
    client_ca_certificates: tuple[Certificate, ...]
    left_out: tuple[Certificate, ...] = ()

    @property
    def certificate(self) -> bytes:
        """The leaf, in PEM."""
        return to_pem(self.leaf)

    @property
    def chain(self) -> bytes:
        """The chain without leaf and root, in PEM."""
        return to_pem(*self.chain_certificates)

    @property
    def merged(self) -> bytes:
        """Leaf and chain in one, in PEM: the console's newer form, and what the APIs take."""
        return to_pem(*self.to_serve)

    @property
    def client_ca(self) -> bytes:
        """The client CA, in PEM."""
        return to_pem(*self.client_ca_certificates)

    @property
    def to_serve(self) -> tuple[Certificate, ...]:
        """What the deployment has to send in a handshake, in this order."""
        return (self.leaf, *self.chain_certificates)


@dataclass(frozen=True, slots=True)
class Concern:
    """Something found before the upload; a blocking one makes it pointless."""

    error: ServiceError
    blocking: bool


@dataclass(frozen=True, slots=True)
class Standard:
    """What a bundle is held against.

    Attributes:
        domain: the name that clients connect to.
        root: the root that ends the chain and that clients trust; None where none is known.
        now: aware, UTC.
        client: the client certificate that is to be let in; None where it is not at hand.
        staging_allowed: the user asked for a staging certificate to be uploaded.
    """

    domain: str
    root: Certificate | None
    now: datetime
    client: Certificate | None = None
    staging_allowed: bool = False


def assemble(lineage: Lineage, client_ca: Sequence[Certificate]) -> Bundle:
    """Return the bundle that a certbot lineage makes, with the client CA (its certificate, or several)."""
    return Bundle(
        leaf=lineage.leaf,
        chain_certificates=tuple(certificate for certificate in lineage.chain if not certificate.self_signed),
        private_key=Secret(lineage.key_pem.decode("ascii", "replace")),
        client_ca_certificates=tuple(client_ca),
        left_out=tuple(certificate for certificate in lineage.pool if certificate.self_signed),
    )


def preflight(bundle: Bundle, standard: Standard) -> tuple[Concern, ...]:
    """Return all that is wrong with `bundle`, the blocking ones first; empty where nothing is."""
    found = (*_about_leaf(bundle, standard), *_about_chain(bundle, standard), *_about_client_ca(bundle, standard))
    return tuple(sorted(found, key=lambda concern: not concern.blocking))


def _about_leaf(bundle: Bundle, standard: Standard) -> Iterator[Concern]:
    leaf, now = bundle.leaf, standard.now
    place = {"host": standard.domain, "port": "TLS", "domain": standard.domain}
    if key_facts(bundle.private_key.reveal().encode()).spki_sha256 != leaf.spki_sha256:
        yield Concern(ServiceError("key-mismatch", **place), blocking=True)
    if now > leaf.not_after:
        yield Concern(ServiceError("server-expired", variant="file", date=_day(leaf.not_after), **place), blocking=True)
    if not is_for(leaf, standard.domain):
        names = ", ".join(leaf.names)
        yield Concern(ServiceError("hostname-mismatch", variant="file", names=names, **place), blocking=True)
    if is_staging(leaf):
        yield Concern(ServiceError("staging-certificate"), blocking=not standard.staging_allowed)
    if leaf.key_type not in facts().emqx.key_types:
        yield Concern(ServiceError("emqx-key-type", key_type=leaf.key_type), blocking=False)
    if leaf.not_before > now or now <= leaf.not_after < now + facts().emqx.window:
        dates = {"not_before": _day(leaf.not_before), "not_after": _day(leaf.not_after)}
        yield Concern(ServiceError("emqx-validity-window", **dates), blocking=False)


def _about_chain(bundle: Bundle, standard: Standard) -> Iterator[Concern]:
    """Yield where the way from the leaf to a root that clients trust breaks off."""
    best = build(bundle.leaf, bundle.chain_certificates, [standard.root] if standard.root else [])[0]
    if best.anchored or is_staging(bundle.leaf):
        return
    top = best.certificates[-1]
    place = {"host": standard.domain, "port": "TLS", "issuer": top.issuer}
    if best.reason in {"key-id", "algorithm", "signature"}:
        yield Concern(ServiceError("server-chain-mixed", variant="file", **place), blocking=True)
    elif not bundle.chain_certificates:
        yield Concern(ServiceError("server-leaf-only", variant="file", **place), blocking=True)
    elif known_by_key(top.aki) or len(best.certificates) < len(bundle.to_serve):
        yield Concern(ServiceError("server-chain-incomplete", variant="file", **place), blocking=True)
    else:  # all that the CA gave is there; its root is one that today's clients do not have
        yield Concern(ServiceError("root-not-found", **place), blocking=False)


def _about_client_ca(bundle: Bundle, standard: Standard) -> Iterator[Concern]:
    authorities = bundle.client_ca_certificates
    for authority in authorities:
        about = {"subject": authority.subject, "date": _day(authority.not_after)}
        if not authority.may_sign_certificates():
            yield Concern(ServiceError("client-ca-not-ca", **about), blocking=True)
        if standard.now > authority.not_after:
            yield Concern(ServiceError("client-ca-expired", **about), blocking=True)
    client = standard.client
    if client is not None and not any(issues(authority, client) is Link.YES for authority in authorities):
        about = {"subject": client.subject, "issuer": client.issuer}
        yield Concern(ServiceError("client-cert-unknown-ca", variant="file", **about), blocking=True)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
