"""DER by hand (X.690, 8.1), where a part of a certificate is wanted as the bytes that it is. Pure."""

from __future__ import annotations

from typing import Final

_VERSION_TAG: Final = 0xA0
_LONG_FORM: Final = 0x80


def public_key_info(tbs: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo out of a certificate's signed part (RFC 5280, 4.1), by its place."""
    _, content, _ = element(tbs, 0)
    has_version = tbs[content] == _VERSION_TAG
    start = content
    for _ in range(6 if has_version else 5):  # version, serial, signature, issuer, validity, subject
        _, _, start = element(tbs, start)
    _, _, end = element(tbs, start)
    return tbs[start:end]


def element(der: bytes, start: int) -> tuple[int, int, int]:
    """Return where the DER element at `start` begins, where its content does, and where it ends."""
    length, content = der[start + 1], start + 2
    if length >= _LONG_FORM:
        size = length - _LONG_FORM
        length, content = int.from_bytes(der[content : content + size]), content + size
    return start, content, content + length
