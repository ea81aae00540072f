"""OpenSSL's verdicts on a chain, by the numbers that it prints: X509_V_ERR_… of openssl/x509_vfy.h. Pure.

The names are OpenSSL's own, shortened where it repeats itself.
"""

from __future__ import annotations

from typing import Final

OK: Final = 0
UNABLE_TO_GET_ISSUER: Final = 2
SIGNATURE_FAILURE: Final = 7
NOT_YET_VALID: Final = 9
EXPIRED: Final = 10
SELF_SIGNED_LEAF: Final = 18
SELF_SIGNED_IN_CHAIN: Final = 19
NO_LOCAL_ISSUER: Final = 20
UNVERIFIED_LEAF: Final = 21
CHAIN_TOO_LONG: Final = 22
NOT_A_CA: Final = 24
PATH_LENGTH_EXCEEDED: Final = 25
PURPOSE: Final = 26
UNTRUSTED: Final = 27
REJECTED: Final = 28
NO_CERT_SIGN: Final = 32
PERMITTED_VIOLATION: Final = 47
EXCLUDED_VIOLATION: Final = 48
HOSTNAME: Final = 62
ADDRESS: Final = 64
LEAF_KEY_WEAK: Final = 66
CA_KEY_WEAK: Final = 67
DIGEST_WEAK: Final = 68
INVALID_CA: Final = 79
