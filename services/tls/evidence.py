"""Everything that a diagnosis is made from, as one record that can be saved, mailed to a colleague, and judged there.

It holds certificates, what was seen on the wire, and of private keys only the fingerprint of their public half.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from services.errors import ServiceError
from services.outside import safe
from services.tls import pem
from services.tls.certificate import Certificate, readable
from services.tls.observed import Probe
from services.tls.pem import KeyFacts, key_facts, problem_of
from services.tls.situation import CaProblem

VERSION: Final = 1
SIZE_LIMIT: Final = 20_000_000  # bytes of an evidence file


class CertificateFile(msgspec.Struct, frozen=True):
    """A file of certificates.

    Attributes:
        path: as the user named it.
        der: its certificates, in its order; those that can be read.
        problem: why it, or a part of it, cannot be read; "" for no reason.
    """

    path: str
    der: tuple[bytes, ...]
    problem: CaProblem = ""

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Its certificates, in its order."""
        return readable(self.der)


class KeyFile(msgspec.Struct, frozen=True):
    """A private key's file, without the key."""

    path: str
    facts: KeyFacts


class Evidence(msgspec.Struct, frozen=True):
    """What a diagnosis is made from.

    Attributes:
        taken_at: when it was gathered: the true time.
        at: the client's time, where it is to be judged at another one; None for `taken_at`.
        host: the name that clients connect to and check; "" for none.
        probe: what the server did; None where only files are judged.
        ca: the clients' CA file; None where they use the store that comes with them.
        chain: the chain of the server, from a file: what it would send, or ought to.
        certificate, key: what the client shows.
        server_key: the server's private key.
        fetched: certificates had from AIA addresses, DER.
        extra_roots: roots that the clients trust beside public ones, DER.
        newest: the newest TLS version that the clients may speak; "" for their own.
        version: of this record's form.
    """

    taken_at: datetime
    at: datetime | None = None
    host: str = ""
    probe: Probe | None = None
    ca: CertificateFile | None = None
    chain: CertificateFile | None = None
    certificate: CertificateFile | None = None
    key: KeyFile | None = None
    server_key: KeyFile | None = None
    fetched: tuple[bytes, ...] = ()
    extra_roots: tuple[bytes, ...] = ()
    newest: Literal["", "TLSv1.2"] = ""
    version: int = VERSION

    @property
    def judged_at(self) -> datetime:
        """The time that everything is judged at."""
        return self.at or self.taken_at

    @property
    def served(self) -> tuple[Certificate, ...]:
        """The chain as the server sends it; where no server was asked, as the chain file has it."""
        if self.probe is not None:
            return self.probe.served
        return self.chain.certificates if self.chain else ()


def certificate_file(path: str, data: bytes) -> CertificateFile:
    """Return what `data` holds of certificates."""
    found = tuple(each.der for each in pem.readable(data))
    return CertificateFile(path, found, _PROBLEMS.get(problem_of(data), "other"))


def key_file(path: str, data: bytes) -> KeyFile:
    """Return what may be known of the private key in `data`."""
    return KeyFile(path, key_facts(data))


def dump(evidence: Evidence) -> bytes:
    """Return `evidence` as a JSON document, indented, ending in a line feed."""
    return msgspec.json.format(msgspec.json.encode(evidence), indent=1) + b"\n"


def load(data: bytes, path: str = "") -> Evidence:
    """Return the evidence that `dump` wrote.

    Raises:
        ServiceError: evidence-unreadable, evidence-newer.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version > VERSION:
            raise ServiceError("evidence-newer", path=path, version=version)
        evidence = msgspec.convert(_harmless(msgspec.json.decode(data)), Evidence)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ServiceError("evidence-unreadable", path=path, details=str(error)) from error
    if evidence.taken_at.tzinfo is None or (evidence.at is not None and evidence.at.tzinfo is None):
        raise ServiceError("evidence-unreadable", path=path, details="a time without a time zone")
    return evidence


def _harmless(value: object) -> object:
    """Return what a JSON document holds with every text in it made safe: a mail may come from anybody."""
    if isinstance(value, str):
        return safe(value, limit=SIZE_LIMIT)
    if isinstance(value, list):
        return [_harmless(each) for each in value]
    if isinstance(value, dict):
        return {key: _harmless(each) for key, each in value.items()}
    return value


class _Versioned(msgspec.Struct, frozen=True):
    version: int


_PROBLEMS: Final[dict[str, CaProblem]] = {
    "": "", "empty": "empty", "der": "der", "key": "key", "damaged": "damaged", "other": "other",
}  # fmt: skip
