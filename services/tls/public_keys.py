"""Public keys: what kind they are, and their fingerprint. Pure."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

UNKNOWN: Final = "unknown"
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def key_type(public_key: object) -> tuple[str, int]:
    """Return what kind of key it is ("RSA 2048", "ECDSA P-256", "Ed25519" …) and its bits; else UNKNOWN and 0."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA {public_key.key_size}", public_key.key_size
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return f"ECDSA {_CURVES.get(public_key.curve.name, public_key.curve.name)}", public_key.key_size
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    if isinstance(public_key, ed448.Ed448PublicKey):
        return "Ed448", 456
    return UNKNOWN, 0


def spki_sha256(public_key: object) -> str:
    """Return the SHA-256 of a public key's SubjectPublicKeyInfo, hex."""
    # Only keys need it: for a certificate the bytes stand in it, and importing this costs a tenth of the start.
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    encoded: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]  # every public key has it
    return hashlib.sha256(encoded).hexdigest()
