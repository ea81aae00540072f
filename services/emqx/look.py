"""Looking at a deployment's TLS port from outside: what it serves, and whom it lets in.

Two handshakes, both under TLS 1.2 where the server has it: there the verdict on the client's certificate is part of the
handshake, so nothing has to be waited for. Blocking: run it in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.emqx.served import difference
from services.errors import ServiceError
from services.mqtt import findings
from services.tls.certificate import Certificate, readable
from services.tls.handshake import Endpoint, Handshake, Identity, shake_hands

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.emqx.bundle import Bundle

SECONDS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deployment is looked at: `name` is asked for, at `addresses`; `own_name` is the deployment's own."""

    name: str
    port: int
    addresses: tuple[str, ...]
    own_name: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a TLS port showed.

    Attributes:
        served: the certificates that it sent, in its order.
        with_ours: how the handshake with our client certificate went; without any, where we have none.
        without: how the handshake without a client certificate went.
    """

    served: tuple[Certificate, ...]
    with_ours: Handshake
    without: Handshake

    @property
    def asks_for_certificate(self) -> bool:
        """Whether clients are asked for a certificate."""
        return self.without.asks_for_certificate or self.with_ours.asks_for_certificate

    @property
    def refuses_without(self) -> bool:
        """Whether a client without a certificate is refused."""
        return self.without.outcome == "alert"


def look(place: Place, identity: Identity | None) -> Seen:
    """Shake hands with `identity` and without one.

    Raises:
        ServiceError: connection-refused, connection-timeout, connection-reset, not-tls, tls-refused: no certificate was
            seen at all.
    """
    ours = _shake(place, identity)
    served = readable(ours.chain)
    if not served:
        raise _unseen(ours, place)
    return Seen(served, ours, _shake(place, None) if identity else ours)


def verdict(seen: Seen, bundle: Bundle, place: Place, now: datetime) -> ServiceError | None:
    """Return why a deployment is not as `bundle` wants it; None where it serves and demands exactly that. Pure."""
    if (
        other := difference(
            seen.served, bundle.to_serve, host=place.name, port=place.port, now=now, own_name=place.own_name
        )
    ) is not None:
        return other
    facts = {"host": place.name, "evidence": seen.without.protocol or seen.without.outcome}
    if not seen.asks_for_certificate:
        return ServiceError("client-cert-not-required", port=place.port, **facts)
    if seen.with_ours.with_certificate and seen.with_ours.outcome == "alert":
        return findings.of_alert(seen.with_ours.alert or 0, place.name, place.port)
    if not seen.refuses_without:
        return ServiceError("client-cert-not-required", port=place.port, **facts)
    if not seen.with_ours.with_certificate and not _names(seen.without, bundle.client_ca_certificates):
        return ServiceError("client-cert-unknown-ca", variant="names", host=place.name, port=place.port)
    return None


def _names(handshake: Handshake, authorities: Sequence[Certificate]) -> bool:
    """Tell whether the server's certificate request names one of `authorities`; a list that is empty names all."""
    named = set(handshake.client_ca_keys)
    return not named or any(authority.subject_key in named for authority in authorities)


def _shake(place: Place, identity: Identity | None) -> Handshake:
    failure: OSError = OSError("no address")
    for address in place.addresses:
        endpoint = Endpoint(address, place.port, place.name)
        try:
            done = shake_hands(endpoint, "TLSv1.2", identity, seconds=SECONDS)
            if not done.chain and done.outcome in {"alert", "failed"}:  # no TLS 1.2 here
                done = shake_hands(endpoint, "TLSv1.3", identity, seconds=SECONDS)
        except OSError as error:
            failure = error
        else:
            return done
    raise findings.of_tcp(failure, place.name, place.port) from failure


def _unseen(handshake: Handshake, place: Place) -> ServiceError:
    ids = {"not-tls": "not-tls", "closed": "connection-reset", "reset": "connection-reset"}
    ids |= {"timeout": "connection-timeout"}
    finding = ids.get(handshake.outcome, "tls-refused")
    said = handshake.alert_text or handshake.error
    return ServiceError(finding, details=said, host=place.name, port=place.port, alert=said)
