"""Certificates and private keys out of files as people have them: bundles, CRLF, text between, DER by mistake. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm

from services.errors import ServiceError
from services.tls.certificate import Certificate, Read, Unreadable, from_der
from services.tls.public_keys import spki_sha256

if TYPE_CHECKING:
    from pathlib import Path

LIMIT: Final = 4_000  # certificates read of one file; the largest public bundle has some 150
_BLOCK: Final = re.compile(
    rb"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([A-Za-z0-9+/=\s]*?)-----END \1-----", re.DOTALL
)
_BEGIN: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_DER_SEQUENCE: Final = 0x30


class KeyFacts(msgspec.Struct, frozen=True):
    """What may be known of a private key without keeping it.

    Attributes:
        spki_sha256: of its public half, to compare with certificates; None where the key cannot be read.
        problem: "" where it can be read, else "locked" (it has a passphrase), "format" (it is no PEM private key) or
            "empty".
    """

    spki_sha256: str | None
    problem: str = ""


def read_all(data: bytes) -> tuple[Read, ...]:
    """Return every certificate block of a PEM bundle in its order, damaged ones as `Unreadable`; () for none."""
    found: list[Read] = []
    for match in _BLOCK.finditer(data):
        found.append(_block(match[2], trusted=match[1].startswith(b"TRUSTED")))
        if len(found) == LIMIT:
            break
    return tuple(found)


def readable(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates of a PEM bundle, in its order; damaged blocks are left out."""
    return tuple(read for read in read_all(data) if isinstance(read, Certificate))


def read_pem(data: bytes, path: Path | str = "") -> tuple[Certificate, ...]:
    """Return the certificates of a PEM bundle, in its order. `path` is for the error's words.

    Raises:
        ServiceError: ca-file-unreadable, variants "empty", "der", "key", "damaged", "other".
    """
    found = read_all(data)
    certificates = tuple(read for read in found if isinstance(read, Certificate))
    if not certificates or len(certificates) < len(found):
        details = next((each.reason for each in found if isinstance(each, Unreadable)), "")
        raise ServiceError("ca-file-unreadable", variant=problem_of(data), details=details, path=str(path))
    return certificates


def problem_of(data: bytes) -> str:
    """Return why no certificate can be read from `data`: "empty", "der", "key", "damaged" or "other"; "" for no reason.

    "damaged" also where only one block of several is.
    """
    found = read_all(data)
    if found:
        return "damaged" if any(isinstance(each, Unreadable) for each in found) else ""
    if not data.strip():
        return "empty"
    if data[0] == _DER_SEQUENCE and isinstance(from_der(data), Certificate):
        return "der"
    labels = [match[1] for match in _BEGIN.finditer(data)]
    if any(b"PRIVATE KEY" in label for label in labels):
        return "key"
    return "damaged" if any(b"CERTIFICATE" in label for label in labels) else "other"


def key_facts(data: bytes) -> KeyFacts:
    """Return what may be known of the private key in `data` (PKCS#8, PKCS#1 or SEC 1 in PEM)."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - 10 ms, for keys only

    if not data.strip():
        return KeyFacts(None, "empty")
    try:
        key = load_pem_private_key(data, None)
        return KeyFacts(spki_sha256(key.public_key()))
    except TypeError:  # cryptography's word for "a passphrase is needed"
        return KeyFacts(None, "locked")
    except (ValueError, UnsupportedAlgorithm, AttributeError):
        return KeyFacts(None, "format")


def _block(encoded: bytes, *, trusted: bool) -> Read:
    try:
        der = base64.b64decode(b"".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return Unreadable(encoded, "not base64")
    if trusted:  # OpenSSL's own form: the certificate, and its trust settings after it
        der = der[: _der_length(der)]
    return from_der(der)


def _der_length(der: bytes) -> int:
    """Return how long the first DER element of `der` is, head and content."""
    if len(der) < 2 or der[1] < 0x80:
        return 2 + (der[1] if len(der) > 1 else 0)
    size = der[1] & 0x7F
    return 2 + size + int.from_bytes(der[2 : 2 + size])
