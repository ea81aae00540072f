"""One X.509 certificate as a frozen record of what matters to TLS (RFC 5280), read leniently. Pure.

A damaged or strange certificate must never stop a diagnosis: `from_der` gives an `Unreadable` record instead of
raising, and a field that cannot be read counts as absent.
"""

from __future__ import annotations

import base64
import hashlib
import re
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from services.outside import safe
from services.tls import extensions
from services.tls.der import public_key_info
from services.tls.public_keys import key_type
from services.tls.signatures import parsed, verifies

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEMORY: Final = 2_048  # records that are remembered
_COMMON_NAME: Final = re.compile(r"(?:^|[,+])CN=((?:\\.|[^,+\\])*)")
_ESCAPED: Final = re.compile(r"\\(.)")  # RFC 4514, 2.4


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. Names and other text in it are safe for display.

    Attributes:
        der: its bytes.
        subject, issuer: in RFC 4514's form, most specific part first, e.g. "CN=YE1,O=Let's Encrypt,C=US".
        subject_key, issuer_key: the names in a form to compare: as OpenSSL does, without regard to case, spaces and
            string types.
        common_name: the subject's last CN; empty where it has none.
        serial: hex.
        not_before, not_after: aware, in UTC.
        sha256: of the certificate, hex.
        spki_sha256: of its public key (SubjectPublicKeyInfo), hex; the same in all cross-signs of one CA.
        ski, aki: subject and authority key identifier, hex; None where it has none.
        aki_issuer_key, aki_serial: the authority key identifier's other form: name and serial of the issuer's own
            certificate.
        key_type: e.g. "ECDSA P-256", "RSA 2048"; "unknown" for what cannot be read.
        key_bits: of the public key; 0 where unknown.
        signature: what it is signed with, e.g. "SHA-256 with RSA", "Ed25519"; "unknown" where it cannot be read.
        digest: the signature's digest, e.g. "SHA-256"; empty where the algorithm has none or is not known.
        is_ca: basicConstraints say so.
        path_length: how many intermediates may stand below it; None for no limit.
        key_usage: names as in RFC 5280, e.g. ("digitalSignature", "keyCertSign"); None for any.
        extended_key_usage: e.g. ("serverAuth", "clientAuth"), else dotted OIDs; None for any.
        names: DNS names and IP addresses of the subjectAltName.
        issuer_urls: where it says that its issuer's certificate can be had (AIA caIssuers).
        self_signed: its own key verifies its signature, and subject and issuer are one.
        version: 1 or 3.
    """

    der: bytes = field(repr=False)
    subject: str
    issuer: str
    subject_key: str
    issuer_key: str
    common_name: str
    serial: str
    not_before: datetime
    not_after: datetime
    sha256: str
    spki_sha256: str
    ski: str | None
    aki: str | None
    aki_issuer_key: str | None
    aki_serial: str | None
    key_type: str
    key_bits: int
    signature: str
    digest: str
    is_ca: bool
    path_length: int | None
    key_usage: tuple[str, ...] | None
    extended_key_usage: tuple[str, ...] | None
    names: tuple[str, ...]
    issuer_urls: tuple[str, ...]
    self_signed: bool
    version: int

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are one name (RFC 5280, 3.2), proven by signature or not."""
        return self.subject_key == self.issuer_key

    @property
    def label(self) -> str:
        """A short name for people: the common name, else the whole subject, else the fingerprint's beginning."""
        return self.common_name or self.subject or f"SHA-256 {self.sha256[:16]}…"

    @property
    def issuer_label(self) -> str:
        """A short name of the issuer: its common name, else the whole name."""
        found = _COMMON_NAME.search(self.issuer)
        return _ESCAPED.sub(r"\1", found[1]) if found and found[1] else self.issuer

    @property
    def key_algorithm(self) -> str:
        """The family of its key, e.g. "RSA" or "ECDSA"."""
        return self.key_type.partition(" ")[0]

    @property
    def signature_algorithm(self) -> str:
        """The family of key that its signature needs; empty where it is not known."""
        family = self.signature.rpartition(" ")[2]
        return "" if family == "unknown" else family

    def valid_at(self, at: datetime) -> bool:
        """Tell whether `at` lies within its validity, both ends included (RFC 5280, 4.1.2.5)."""
        return self.not_before <= at <= self.not_after

    def may_sign_certificates(self) -> bool:
        """Tell whether it may stand as an issuer: a CA, and key usage (where there is any) includes keyCertSign.

        A version 1 certificate has no extensions and may only where it is its own issuer, as a trusted root.
        """
        if self.version == 1:
            return self.self_signed
        return self.is_ca and (self.key_usage is None or "keyCertSign" in self.key_usage)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in a certificate's place that cannot be read as one.

    Attributes:
        der: its bytes.
        reason: why, as the reader said it; safe for display.
    """

    der: bytes
    reason: str


Read: TypeAlias = Certificate | Unreadable


@lru_cache(_MEMORY)
def from_der(der: bytes) -> Read:
    """Return the certificate that `der` holds; an `Unreadable` where it holds none."""
    try:
        return _certificate(der, parsed(der))
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        return Unreadable(der, safe(str(error), limit=200))


def readable(ders: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Return the certificates of `ders`, in their order; what cannot be read is left out."""
    return tuple(read for read in map(from_der, ders) if isinstance(read, Certificate))


def to_pem(*certificates: Certificate) -> bytes:
    """Return the certificates one after the other in PEM (RFC 7468), each line 64 characters, ended by line feeds."""
    return b"".join(_pem(certificate.der) for certificate in certificates)


def signature_verifies(issuer: Certificate, subject: Certificate) -> bool | None:
    """Tell whether `issuer`'s key made `subject`'s signature; None where that cannot be checked."""
    return verifies(issuer.der, subject.der)


def _certificate(der: bytes, parsed: x509.Certificate) -> Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = extensions.read(parsed)
        subject, issuer = parsed.subject, parsed.issuer
        public_key = _public_key(parsed)
        label, bits = key_type(public_key)
        signature, digest = _signature(parsed)
        return Certificate(
            der=der,
            subject=safe(subject.rfc4514_string(), limit=500),
            issuer=safe(issuer.rfc4514_string(), limit=500),
            subject_key=extensions.comparable(subject),
            issuer_key=extensions.comparable(issuer),
            common_name=extensions.common_name(subject),
            serial=f"{parsed.serial_number:x}",
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            sha256=hashlib.sha256(der).hexdigest(),
            spki_sha256=hashlib.sha256(public_key_info(parsed.tbs_certificate_bytes)).hexdigest(),
            ski=found.ski,
            aki=found.aki,
            aki_issuer_key=found.aki_issuer_key,
            aki_serial=found.aki_serial,
            key_type=label,
            key_bits=bits,
            signature=signature,
            digest=digest,
            is_ca=found.is_ca,
            path_length=found.path_length,
            key_usage=found.key_usage,
            extended_key_usage=found.extended_key_usage,
            names=found.names,
            issuer_urls=found.issuer_urls,
            self_signed=subject == issuer and verifies(der, der) is True,
            version=1 if parsed.version is x509.Version.v1 else 3,
        )


def _public_key(parsed: x509.Certificate) -> object:
    try:
        return parsed.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def _signature(parsed: x509.Certificate) -> tuple[str, str]:
    """Return the signature's algorithm in words, and its digest."""
    oid = parsed.signature_algorithm_oid
    if oid in {x509.SignatureAlgorithmOID.ED25519, x509.SignatureAlgorithmOID.ED448}:
        return ("Ed25519" if oid == x509.SignatureAlgorithmOID.ED25519 else "Ed448"), ""
    try:
        hashed = parsed.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return "unknown", ""
    if hashed is None:
        return "unknown", ""
    digest = hashed.name.upper().replace("SHA", "SHA-").replace("SHA-3-", "SHA3-")
    name = str(getattr(oid, "_name", "")).lower()
    family = "ECDSA" if "ecdsa" in name else "RSA" if "rsa" in name else "DSA"
    return f"{digest} with {family}", digest


def _pem(der: bytes) -> bytes:
    encoded = base64.b64encode(der)
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return b"\n".join((b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""))
