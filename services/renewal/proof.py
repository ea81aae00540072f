"""Proving what a deployment serves, from outside.

DNS, handshakes with and without a certificate, MQTT, and the chain judged as a strict client judges it, against the CA
file that the clients have.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.files import read_file
from services.guide import connection
from services.mqtt import findings
from services.secrets import SecretName
from services.tls import catalog, openssl_verify
from services.tls.certificate import Certificate
from services.tls.mqtt_connect import Login
from services.tls.pem import readable
from services.tls.probe import Probe, Target, probe

if TYPE_CHECKING:
    from services.emqx.prepare import Prepared
    from services.guide.deployment import Request
    from services.guide.runner import Guide

_SECONDS: Final = 6.0
_PAUSES: Final = (1.0, 3.0)  # between tries: a network or a broker under load may miss one, and nothing is wrong


@dataclass(frozen=True, slots=True)
class Proven:
    """What was proven.

    Attributes:
        served: the chain, the leaf first.
        root: the common name of the root that clients trust, by which the chain verifies.
        mqtt: whether the broker let the client in; None where no password is at hand to try.
    """

    served: tuple[Certificate, ...]
    root: str
    mqtt: bool | None


async def from_outside(guide: Guide, request: Request, prepared: Prepared) -> Proven:
    """Look at the deployment as a client would; return what was seen.

    Args:
        guide: of the workspace.
        request: where the deployment is.
        prepared: what is to be served, and the client to show.

    Raises:
        ServiceError: renewal-unproven, its details saying what was seen; name-not-found, connection-…, not-tls;
            client-cert-… (the client is refused), mqtt-… (CONNECT is refused).
    """
    target = Target(request.domain, request.port, resolver=guide.world.dns.nameserver)
    login = login_of(guide)
    for pause in (*_PAUSES, None):
        seen = await asyncio.to_thread(probe, target, prepared.identity, login, seconds=_SECONDS)
        if _is_answered(seen, login) or pause is None:
            break
        await asyncio.sleep(pause)
    _reached(seen)
    served = seen.served
    wanted = [each.sha256 for each in prepared.bundle.to_serve]
    if [each.sha256 for each in served] != wanted:
        raise _unproven(seen, f"{len(served)} certificates, {served[0].label}, {served[0].sha256[:16]}…")
    root = _root(guide, served)
    verdict = openssl_verify.verify(served, root, guide.world.clock(), request.domain)
    if verdict.code:
        raise _unproven(seen, f"{verdict.code}: {verdict.text} (depth {verdict.depth})")
    _let_in(seen)
    return Proven(served, root[0].label, None if seen.mqtt is None else True)


def _is_answered(seen: Probe, login: Login | None) -> bool:
    """Tell whether the deployment answered at all, rightly or wrongly, so that asking again tells nothing new."""
    refused = any(each.alert is not None for each in seen.handshakes if each.with_certificate)
    return bool(seen.served) and (login is None or refused or (seen.mqtt is not None and seen.mqtt.code is not None))


def login_of(guide: Guide) -> Login | None:
    """Return the MQTT user of the connection step, where its password is at hand."""
    found = guide.session.result(connection.NAME, connection.Result)
    password = guide.world.secrets.get(SecretName.MQTT_PASSWORD)
    return Login(found.user, password) if found is not None and password is not None else None


def _root(guide: Guide, served: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """Return what clients trust: the CA file that the guide made for them, else the root below the chain.

    Raises:
        ServiceError: root-not-found.
    """
    found = guide.session.result(connection.NAME, connection.Result)
    if found is not None and found.root.is_file():
        given = readable(read_file(found.root))
        if given:
            return given
    known = catalog.root_for(served, guide.world.extra_roots)
    if known is None:
        raise ServiceError("root-not-found", host="", port="", issuer=served[-1].issuer)
    return (known.certificate,)


def _reached(seen: Probe) -> None:
    host, port = seen.target.host, seen.target.port
    if not seen.address:
        raise ServiceError("name-not-found", host=host)
    if seen.tcp != "ok":
        known = {"refused": "connection-refused", "reset": "connection-reset"}
        raise ServiceError(known.get(seen.tcp, "connection-timeout"), details=seen.details, host=host, port=port)
    if not seen.served:
        raise _unproven(seen, next((each.error for each in seen.handshakes if each.error), seen.plain))


def _let_in(seen: Probe) -> None:
    """Raise where the client with its certificate was not let in."""
    ours = seen.find(with_certificate=True)
    if ours is not None and ours.alert is not None:
        raise findings.of_alert(ours.alert, seen.target.host, seen.target.port)
    if seen.mqtt is None or seen.mqtt.code == 0:
        return
    if seen.mqtt.code is None:
        raise _unproven(seen, f"CONNECT: {seen.mqtt.kind}")
    raise findings.of_connack(seen.mqtt.code, seen.target.host, seen.target.port, seen.mqtt.user)


def _unproven(seen: Probe, details: str) -> ServiceError:
    return ServiceError("renewal-unproven", details=details, host=seen.target.host, port=seen.target.port)
