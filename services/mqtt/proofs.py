"""The proofs that mutual TLS is mutual: the right client comes in, and each wrong one is refused, and how.

Blocking: run them in a thread.
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import ServiceError
from services.events import Answer
from services.files import PRIVATE, write_file
from services.mqtt import findings
from services.mqtt.client import Connection, Login
from services.mqtt.kinds import NO_CERTIFICATE, OTHER_CA, WRONG_PASSWORD, Proof, Version
from services.mqtt.wire import CONNECT_SECONDS, Identity, Target, client_context, connect_tls, refusal_after_handshake
from services.pki.authority import certificate_pem, issue_client, make_ca
from services.pki.keys import generate_key, private_pem
from services.pki.kinds import KeyType
from services.pki.names import distinguished_name
from services.secrets import Secret
from services.tls.alerts import alert_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def mutual_tls(connection: Connection, version: Version, topic: str) -> Proof:
    """Prove the round trip on an open `connection`.

    Raises:
        ServiceError: those of `Connection.round_trip`.
    """
    seconds = connection.round_trip(topic, secrets.token_hex(16).encode())
    return Proof(f"mutual-tls-{version}", Answer.YES, connection.tls_version, seconds)


def without_certificate(target: Target, ca_file: Path, login: Login, *, seconds: float = CONNECT_SECONDS) -> Proof:
    """Prove that a client without a certificate is refused in TLS."""
    return _refused_in_tls(NO_CERTIFICATE, target, client_context(ca_file, None), login, seconds)


def with_other_ca(
    target: Target, ca_file: Path, login: Login, common_name: str, *, seconds: float = CONNECT_SECONDS
) -> Proof:
    """Prove that a certificate of another CA, in our client's name, is refused in TLS."""
    with tempfile.TemporaryDirectory(prefix="emqx-mtls-") as folder:
        context = client_context(ca_file, stranger(Path(folder), common_name))
    return _refused_in_tls(OTHER_CA, target, context, login, seconds)


def with_wrong_password(
    target: Target, context: ssl.SSLContext, login: Login, version: Version, *, seconds: float = CONNECT_SECONDS
) -> Proof:
    """Prove that the right certificate with a wrong password is refused, by the code in CONNACK."""
    proof = f"{WRONG_PASSWORD}-{version}"
    wrong = replace(login, password=Secret(secrets.token_urlsafe(18)))
    try:
        with Connection(target, context, wrong, version, seconds=seconds):
            return Proof(proof, Answer.NO, "CONNACK 0")
    except ServiceError as error:
        refused = error.id in {"mqtt-credentials", "mqtt-not-authorized"}
        return Proof(proof, Answer.YES if refused else Answer.UNKNOWN, error.details or error.id)


def stranger(folder: Path, common_name: str) -> Identity:
    """Write a client certificate called `common_name` of a CA made for the moment, and its key, into `folder`."""
    now = datetime.now(UTC)
    ca_name = distinguished_name("Another CA (emqx-mtls proof)")
    authority = make_ca(ca_name, generate_key(KeyType.ECDSA_P256), days=1, now=now)
    client = issue_client(authority, distinguished_name(common_name), KeyType.ECDSA_P256, days=1, now=now)
    identity = Identity(folder / "other.crt", folder / "other.key")
    write_file(identity.certificate, certificate_pem(client.certificate))
    write_file(identity.key, private_pem(client.key), mode=PRIVATE)
    return identity


def _refused_in_tls(proof: str, target: Target, context: ssl.SSLContext, login: Login, seconds: float) -> Proof:
    """Handshake, write nothing, and hear the alert; where none comes, see whether MQTT is let through."""
    error: BaseException | None
    try:
        with connect_tls(target, context, time.monotonic() + seconds) as sock:
            error = refusal_after_handshake(sock)
    except ssl.SSLError as failure:
        error = failure
    except ServiceError as failure:
        return Proof(proof, Answer.UNKNOWN, failure.details or failure.id)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Proof(proof, Answer.UNKNOWN, findings.words(error))
    if (alert := findings.alert_of(error)) is not None:
        return Proof(proof, Answer.YES, alert_text(alert))
    return _let_through(proof, target, context, login, seconds)


def _let_through(proof: str, target: Target, context: ssl.SSLContext, login: Login, seconds: float) -> Proof:
    """No alert was heard: any CONNACK means that TLS let the client in, none at all that it did not."""
    try:
        with Connection(target, context, login, Version.V5, seconds=seconds):
            return Proof(proof, Answer.NO, "CONNACK 0")
    except ServiceError as error:
        if (alert := next(_alerts(error), None)) is not None:
            return Proof(proof, Answer.YES, alert_text(alert))
        if error.details.startswith("CONNACK"):
            return Proof(proof, Answer.NO, error.details)
        closed = error.id in {"connection-reset", "mqtt-protocol"}
        return Proof(proof, Answer.YES if closed else Answer.UNKNOWN, "closed" if closed else error.id)


def _alerts(error: BaseException | None) -> Iterator[int]:
    while error is not None:
        if (alert := findings.alert_of(error)) is not None:
            yield alert
        error = error.__cause__
