"""What a server really does, seen from outside: DNS, TCP, TLS with and without a client certificate, MQTT CONNECT.

Nothing is verified, so that everything can be judged afterwards. Nothing is sent that a normal client would not send.
Blocking (run it in `asyncio.to_thread`); every step has a deadline, and nothing stays open.
"""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from services.dns.lookup import look_up_now
from services.outside import safe
from services.tls import handshake as tls
from services.tls import mqtt_connect
from services.tls.alerts import HANDSHAKE_FAILURE, PROTOCOL_VERSION, UNRECOGNIZED_NAME
from services.tls.handshake import Endpoint, Identity, Session
from services.tls.mqtt_connect import Login
from services.tls.observed import (
    DEFAULT_PORT,
    Answer,
    Handshake,
    MqttVersion,
    Offer,
    Outcome,
    Plain,
    Probe,
    Target,
    Tcp,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["DEFAULT_PORT", "Answer", "Handshake", "Identity", "Login", "Probe", "Target", "probe"]

_MQTT_SECONDS: Final = 3.0
_PLAIN_SECONDS: Final = 1.5
_AT_ONCE: Final = 4


@dataclass(slots=True)
class _Work:
    """One probe under way."""

    target: Target
    identity: Identity | None
    login: Login | None
    seconds: float
    wait_for_alert: float
    answer: Answer | None = field(default=None)


def probe(
    target: Target,
    identity: Identity | None = None,
    login: Login | None = None,
    *,
    seconds: float = tls.HANDSHAKE_SECONDS,
    wait_for_alert: float = tls.ALERT_SECONDS,
) -> Probe:
    """Look at `target`; what goes wrong is part of the answer, nothing is raised.

    Args:
        target: whom to look at.
        identity: the client certificate to show; handshakes are made with it and without it.
        login: where given, an MQTT CONNECT follows the best handshake (5.0, then 3.1.1 where 5.0 is not taken).
        seconds: the deadline of each connection.
        wait_for_alert: how long to wait for a refusal after a TLS 1.3 handshake, at least.
    """
    start = time.monotonic()
    work = _Work(target, identity, login, seconds, wait_for_alert)
    seen = _names(target)
    addresses = (target.address,) if target.address else seen.lookup.addresses if seen.lookup else ()
    if not addresses:
        return replace(seen, seconds=time.monotonic() - start)
    address, tcp, details = _reach(addresses, target.port, seconds)
    if tcp != "ok":
        return replace(seen, address=address, tcp=tcp, seconds=time.monotonic() - start, details=details)
    handshakes = _handshakes(work, address)
    return replace(
        seen,
        address=address,
        tcp=tcp,
        handshakes=handshakes,
        plain=_plain(address, target.port) if _no_tls_at_all(handshakes) else "",
        mqtt=work.answer,
        seconds=time.monotonic() - start,
    )


def _names(target: Target) -> Probe:
    """Ask DNS, unless the address is given and nothing is to be compared with it."""
    asked = not target.address or target.resolver is not None or bool(target.deployment)
    found = look_up_now(target.host, target.resolver) if asked else None
    deployment = look_up_now(target.deployment, target.resolver) if target.deployment else None
    return Probe(target, found, deployment)


def _reach(addresses: Sequence[str], port: int, seconds: float) -> tuple[str, Tcp, str]:
    """Return the first address that takes a connection, else the last one's failure."""
    failure: tuple[str, Tcp, str] = (addresses[0], "unreachable", "")
    for address in addresses:
        try:
            socket.create_connection((address, port), timeout=seconds / len(addresses)).close()
        except OSError as error:
            failure = (address, _tcp_failure(error), safe(error.strerror or str(error), limit=200))
        else:
            return address, "ok", ""
    return failure


def _tcp_failure(error: OSError) -> Tcp:
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "timeout"
    return "reset" if isinstance(error, ConnectionError) else "unreachable"


def _handshakes(work: _Work, address: str) -> tuple[Handshake, ...]:
    """Make all handshakes at once, each on a connection of its own; then those that the first ones call for."""
    endpoint = Endpoint(address, work.target.port, work.target.host)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe") as pool:
        jobs = [pool.submit(_shake, work, endpoint, offer, identity) for offer, identity in _plan(work)]
        first = tuple(job.result() for job in jobs)
        more = [pool.submit(_shake, work, *extra) for extra in _follow_up(first, endpoint)]
        return first + tuple(job.result() for job in more)


def _plan(work: _Work) -> tuple[tuple[Offer, Identity | None], ...]:
    bare: tuple[tuple[Offer, Identity | None], ...] = (("any", None), ("TLSv1.2", None))
    if work.identity is None:
        return bare
    return (*bare, ("any", work.identity), ("TLSv1.2", work.identity))


def _follow_up(first: Sequence[Handshake], endpoint: Endpoint) -> tuple[tuple[Endpoint, Offer, None], ...]:
    """Refused by name: try without one. Refused by version or cipher: try the old versions."""
    basic = first[0]
    if basic.alert == UNRECOGNIZED_NAME:
        return ((Endpoint(endpoint.address, endpoint.port, ""), "any", None),)
    if not basic.chain and basic.alert in {PROTOCOL_VERSION, HANDSHAKE_FAILURE}:
        return ((endpoint, "legacy", None),)
    return ()


def _shake(work: _Work, endpoint: Endpoint, offer: Offer, identity: Identity | None) -> Handshake:
    speaks = work.login is not None and offer == "any" and identity is work.identity
    talk = _talker(work) if speaks else None
    try:
        done = _shake_once(work, endpoint, offer, identity, talk)
        if talk is not None and work.answer is not None and work.answer.wrong_version:
            _shake_once(work, endpoint, offer, identity, _talker(work, "3.1.1"))
    except OSError as error:
        outcome: Outcome = "timeout" if isinstance(error, TimeoutError) else "reset"
        words = safe(error.strerror or str(error), limit=200)
        return Handshake(offer, identity is not None, outcome, endpoint.server_name, error=words)
    return done


def _shake_once(
    work: _Work, endpoint: Endpoint, offer: Offer, identity: Identity | None, talk: Callable[[Session], None] | None
) -> Handshake:
    return tls.shake_hands(
        endpoint, offer, identity, seconds=work.seconds, wait_for_alert=work.wait_for_alert, afterwards=talk
    )


def _talker(work: _Work, version: MqttVersion = "5.0") -> Callable[[Session], None]:
    """Return what sends CONNECT over an open session and keeps the answer."""

    def talk(session: Session) -> None:
        packet = mqtt_connect.connect_packet(version, work.login)
        said = session.exchange(packet, _MQTT_SECONDS)
        work.answer = mqtt_connect.read_answer(version, said, safe(work.login.user) if work.login else "")
        if said and work.answer.code == 0:
            session.exchange(mqtt_connect.disconnect_packet(), 0.0)

    return talk


def _no_tls_at_all(handshakes: Sequence[Handshake]) -> bool:
    """Whether nothing of what came back was TLS, so that a plain question may tell what listens there."""
    silent = {"closed", "reset", "timeout"}
    return all(not each.chain and each.alert is None and each.outcome in silent for each in handshakes)


def _plain(address: str, port: int) -> Plain:
    """Ask as a plain MQTT client would, without a login."""
    try:
        with socket.create_connection((address, port), timeout=_PLAIN_SECONDS) as sock:
            sock.sendall(mqtt_connect.connect_packet("3.1.1"))
            said = sock.recv(200)
    except TimeoutError:
        return "open"
    except OSError:
        return "silent"
    answer = mqtt_connect.read_answer("3.1.1", said)
    kinds: dict[str, Plain] = {"connack": "mqtt", "http": "http", "nothing": "silent", "other": "other"}
    return kinds[answer.kind]
