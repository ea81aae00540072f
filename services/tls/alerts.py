"""The alerts of TLS: numbers and names (RFC 8446, section 6; RFC 5246, 7.2). Pure."""

from __future__ import annotations

from typing import Final

HANDSHAKE_FAILURE: Final = 40
BAD_CERTIFICATE: Final = 42
UNSUPPORTED_CERTIFICATE: Final = 43
CERTIFICATE_REVOKED: Final = 44
CERTIFICATE_EXPIRED: Final = 45
CERTIFICATE_UNKNOWN: Final = 46
UNKNOWN_CA: Final = 48
ACCESS_DENIED: Final = 49
DECRYPT_ERROR: Final = 51
PROTOCOL_VERSION: Final = 70
INSUFFICIENT_SECURITY: Final = 71
UNRECOGNIZED_NAME: Final = 112
CERTIFICATE_REQUIRED: Final = 116

NAMES: Final = {
    0: "close notify",
    10: "unexpected message",
    20: "bad record mac",
    22: "record overflow",
    HANDSHAKE_FAILURE: "handshake failure",
    BAD_CERTIFICATE: "bad certificate",
    UNSUPPORTED_CERTIFICATE: "unsupported certificate",
    CERTIFICATE_REVOKED: "certificate revoked",
    CERTIFICATE_EXPIRED: "certificate expired",
    CERTIFICATE_UNKNOWN: "certificate unknown",
    47: "illegal parameter",
    UNKNOWN_CA: "unknown ca",
    ACCESS_DENIED: "access denied",
    50: "decode error",
    DECRYPT_ERROR: "decrypt error",
    PROTOCOL_VERSION: "protocol version",
    INSUFFICIENT_SECURITY: "insufficient security",
    80: "internal error",
    86: "inappropriate fallback",
    90: "user canceled",
    109: "missing extension",
    110: "unsupported extension",
    UNRECOGNIZED_NAME: "unrecognized name",
    113: "bad certificate status response",
    115: "unknown psk identity",
    CERTIFICATE_REQUIRED: "certificate required",
    120: "no application protocol",
}


def alert_name(number: int) -> str:
    """Return the name of alert `number`, in OpenSSL's spelling; "unknown" for one that no RFC has."""
    return NAMES.get(number, "unknown")


def alert_text(number: int) -> str:
    """Return alert `number` as it is shown: "alert 116 (certificate required)"."""
    return f"alert {number} ({alert_name(number)})"
