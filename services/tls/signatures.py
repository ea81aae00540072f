"""Whether one certificate's key made another's signature; what was parsed and checked is remembered. Pure."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

_MEMORY: Final = 2_048  # certificates that are remembered; of signatures, four times as many


@lru_cache(_MEMORY)
def parsed(der: bytes) -> x509.Certificate:
    """Return the certificate in `der`, without any warning.

    Raises:
        ValueError, TypeError, x509.InvalidVersion: it is none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd about a certificate is for the diagnosis to say
        return x509.load_der_x509_certificate(der)


@lru_cache(_MEMORY * 4)
def verifies(issuer_der: bytes, subject_der: bytes) -> bool | None:
    """Tell whether the key of `issuer_der` made the signature of `subject_der`; None where that cannot be checked."""
    try:
        return _verify(parsed(issuer_der).public_key(), parsed(subject_der))
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _verify(key: object, subject: x509.Certificate) -> bool:
    """True, or InvalidSignature; False where the key is of another kind than the signature."""
    signed = (subject.signature, subject.tbs_certificate_bytes)
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(*signed)
        return True
    parameters = subject.signature_algorithm_parameters
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
        key.verify(*signed, parameters)
        return True
    digest = subject.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.AsymmetricPadding) and digest is not None:
        key.verify(*signed, parameters, digest)
        return True
    return False
