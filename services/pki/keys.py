"""Private keys: RSA and ECDSA, made, read, and written as PKCS#8 PEM without a passphrase.

Without a passphrase because every MQTT client must be able to read the key; the file's permissions guard it instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.errors import ServiceError
from services.tls.public_keys import UNKNOWN, key_type, spki_sha256

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateSigningRequest

    from services.pki.kinds import KeyType

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_CURVES: dict[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}
_EXPONENT = 65537  # FIPS 186-5, and every CA's own requirement


def generate_key(kind: KeyType) -> PrivateKey:
    """Return a new private key. RSA takes 50 ms to some 100 ms, ECDSA none to speak of."""
    if kind.is_rsa:
        return rsa.generate_private_key(_EXPONENT, kind.bits)
    return ec.generate_private_key(_CURVES[kind.curve]())


def private_pem(key: PrivateKey) -> bytes:
    """Return `key` as PKCS#8 PEM, unencrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def parse_private_key(pem: bytes, *, path: str = "") -> PrivateKey:
    """Return the RSA or ECDSA key that `pem` holds (PKCS#8, PKCS#1 or SEC 1).

    Raises:
        ServiceError: client-key-locked (it has a passphrase), key-format (it is no such key).
    """
    try:
        key = serialization.load_pem_private_key(pem, None)
    except TypeError as error:  # cryptography's word for "a passphrase is needed"
        raise ServiceError("client-key-locked", path=path) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ServiceError("key-format", path=path) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ServiceError("key-format", path=path)
    return key


def key_label(public_key: object) -> str:
    """Return what kind of key this is, in words: "RSA 2048", "ECDSA P-256", "Ed25519"; "" for what is none of these."""
    label, _ = key_type(public_key)
    return "" if label == UNKNOWN else label


def belongs(key: PrivateKey, owner: Certificate | CertificateSigningRequest) -> bool:
    """Tell whether `key` is the private half of `owner`'s public key."""
    return spki_sha256(key.public_key()) == spki_sha256(owner.public_key())


def digest_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """Return the digest to sign with: as strong as the key, as NIST SP 800-57 pairs them."""
    strong = isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 256
    return hashes.SHA384() if strong else hashes.SHA256()
