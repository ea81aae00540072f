"""Gathering the evidence: the files that are named are read, the server that is named is probed. Blocking.

Private keys are read to compare them and to shake hands; what is kept of them is the fingerprint of the public half.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from services.files import read_file
from services.secrets import Secret
from services.tls.evidence import CertificateFile, Evidence, certificate_file, key_file
from services.tls.observed import DEFAULT_PORT, Probe, Target
from services.tls.pem import read_all
from services.tls.scene import shows_certificate

if TYPE_CHECKING:
    from services.tls.evidence import KeyFile
    from services.tls.handshake import Identity


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is to be looked at; any sensible subset works.

    Attributes:
        host, port: the server; host "" for files alone.
        address: connect here instead of where the name leads.
        resolver: the name server to ask (address, port); None for the system's.
        deployment: the deployment's own name, to see whether `host` leads there.
        hostname: the name that clients check; "" for `host`.
        ca: the clients' CA file; None where they use their own store.
        certificate, key: what the client shows.
        chain: the server's chain, from a file.
        server_key: the server's private key.
        user, password: where given, an MQTT CONNECT is tried.
        at: the clients' time; None for now.
        extra_roots: PEM of roots that the clients trust beside public ones.
        newest: the newest TLS version that the clients may speak.
        seconds: the deadline of each connection; None for the usual one.
    """

    host: str = ""
    port: int = DEFAULT_PORT
    address: str = ""
    resolver: tuple[str, int] | None = None
    deployment: str = ""
    hostname: str = ""
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    chain: Path | None = None
    server_key: Path | None = None
    user: str = ""
    password: Secret | None = field(default=None, repr=False)
    at: datetime | None = None
    extra_roots: bytes = b""
    newest: Literal["", "TLSv1.2"] = ""
    seconds: float | None = None


def gather(inquiry: Inquiry) -> Evidence:
    """Return the evidence for `inquiry`.

    Raises:
        ServiceError: file-not-found, file-not-readable.
    """
    evidence = Evidence(
        taken_at=datetime.now(UTC),
        at=inquiry.at,
        host=inquiry.hostname or inquiry.host,
        ca=_certificates(inquiry.ca),
        chain=_certificates(inquiry.chain),
        certificate=_certificates(inquiry.certificate),
        key=_key(inquiry.key),
        server_key=_key(inquiry.server_key),
        extra_roots=tuple(each.der for each in read_all(inquiry.extra_roots)),
        newest=inquiry.newest,
    )
    if not inquiry.host:
        return evidence
    return replace(evidence, probe=_probe(inquiry, evidence))


def _probe(inquiry: Inquiry, evidence: Evidence) -> Probe:
    from services.tls.handshake import HANDSHAKE_SECONDS  # noqa: PLC0415 - pyOpenSSL is for live targets only
    from services.tls.probe import Login, probe  # noqa: PLC0415 - as is dnspython

    target = Target(inquiry.host, inquiry.port, inquiry.address, inquiry.resolver, inquiry.deployment)
    login = Login(inquiry.user, inquiry.password) if inquiry.user else None
    return probe(target, _identity(inquiry, evidence), login, seconds=inquiry.seconds or HANDSHAKE_SECONDS)


def _identity(inquiry: Inquiry, evidence: Evidence) -> Identity | None:
    """Return what the client shows, where its certificate and key can be used."""
    from services.tls.handshake import Identity  # noqa: PLC0415 - as above

    if not shows_certificate(evidence) or evidence.certificate is None or inquiry.key is None:
        return None
    return Identity(evidence.certificate.der, read_file(inquiry.key)) if evidence.certificate.der else None


def _certificates(path: Path | None) -> CertificateFile | None:
    return None if path is None else certificate_file(str(path), read_file(path))


def _key(path: Path | None) -> KeyFile | None:
    return None if path is None else key_file(str(path), read_file(path))
