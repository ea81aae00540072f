"""What a certificate signing request must be like to be signed (RFC 8555 section 7.4; Boulder's rules and words)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from services.practice.acme.problems import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.practice.ca_profiles import LeafKey

_RSA_BITS = (2048, 3072, 4096)
_RSA_EXPONENT = 65537
_CURVES = (ec.SECP256R1, ec.SECP384R1)
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_SMALL_PRIMES = math.prod(
    candidate
    for candidate in range(3, 752, 2)
    if all(candidate % divisor for divisor in range(3, math.isqrt(candidate) + 1, 2))
)
_FERMAT_ROUNDS = 100


def checked_key(der: bytes, names: Sequence[str], account_key: LeafKey) -> LeafKey:
    """The public key of the request `der`, after everything about the request was found right.

    Args:
        der: PKCS #10.
        names: exactly the names that it must ask for.
        account_key: the ACME account's, which must not be used for a certificate too.

    Raises:
        AcmeError: `malformed`, `badCSR`, or `unauthorized` for other names than the order's.
    """
    try:
        request = x509.load_der_x509_csr(der)
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise refuse("malformed", "Error parsing certificate request: asn1: structure error") from error
    good = good_key(key)
    _check_signature(request)
    if _names(request) != sorted(names):
        raise _bad("CSR does not specify same identifiers as Order", unauthorized=True)
    if good.public_numbers() == account_key.public_numbers():
        raise refuse("malformed", "Error finalizing order :: certificate public key must be different than account key")
    return good


def good_key(key: object) -> LeafKey:
    """`key`, if it is of a kind and size that is signed, and not one of the known weak ones.

    Raises:
        AcmeError: `badCSR`.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, _CURVES):
            raise _bad(f"invalid public key in CSR: ECDSA curve {key.curve.name} not allowed")
        return key
    if not isinstance(key, rsa.RSAPublicKey):
        raise _bad("invalid public key in CSR: unsupported key type")
    numbers = key.public_numbers()
    if key.key_size not in _RSA_BITS:
        raise _bad(f"invalid public key in CSR: key size not supported: {key.key_size}")
    if numbers.e != _RSA_EXPONENT:
        raise _bad(f"invalid public key in CSR: key exponent must be {_RSA_EXPONENT}")
    if math.gcd(numbers.n, _SMALL_PRIMES) != 1:
        raise _bad("invalid public key in CSR: key divisible by small prime")
    if _has_close_primes(numbers.n):
        raise _bad("invalid public key in CSR: key generated with factors too close together")
    return key


def _has_close_primes(modulus: int) -> bool:
    """Fermat's factorization finds the two primes in a few rounds (CVE-2022-26320)."""
    middle = math.isqrt(modulus) + 1
    for candidate in range(middle, middle + _FERMAT_ROUNDS):
        remainder = candidate * candidate - modulus
        if math.isqrt(remainder) ** 2 == remainder:
            return True
    return False


def _check_signature(request: x509.CertificateSigningRequest) -> None:
    try:
        digest = request.signature_hash_algorithm
    except UnsupportedAlgorithm:
        digest = None
    if not isinstance(digest, _DIGESTS):
        raise _bad("signature algorithm not supported")
    try:
        valid = request.is_signature_valid
    except InvalidSignature:
        valid = False
    if not valid:
        raise _bad("invalid signature on CSR")


def _names(request: x509.CertificateSigningRequest) -> list[str]:
    """All names asked for, once each, sorted; the common name counts as one."""
    try:
        alternative = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        alternative = x509.SubjectAlternativeName([])
    if alternative.get_values_for_type(x509.RFC822Name):
        raise _bad("CSR contains one or more email address fields")
    if alternative.get_values_for_type(x509.UniformResourceIdentifier):
        raise _bad("CSR contains one or more URI fields")
    names = {one.lower() for one in alternative.get_values_for_type(x509.DNSName)}
    names.update(str(address) for address in alternative.get_values_for_type(x509.IPAddress))
    names.update(str(part.value).lower() for part in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    if not names:
        raise _bad("at least one identifier is required")
    return sorted(names)


def _bad(detail: str, *, unauthorized: bool = False) -> Exception:
    return refuse("unauthorized" if unauthorized else "badCSR", f"Error finalizing order :: {detail}")
