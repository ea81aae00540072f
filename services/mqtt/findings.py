"""What went wrong on the way to a broker, as findings. Pure: errors and codes in, ServiceError out.

Which certificate is at fault where a chain does not verify takes a look at the chain itself: `services.tls.diagnose`.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import Final

from services.errors import ServiceError
from services.outside import safe
from services.tls import alerts, x509_errors
from services.tls.alerts import alert_text

# What OpenSSL calls an alert that it received (SSL_R_…_ALERT_…) has the alert's own name in it.
_NUMBERS: Final = {name.upper().replace(" ", "_"): number for number, name in alerts.NAMES.items()}
_ALERT_REASON = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?([A-Z_]+)")

# The alert with which a server refuses a client, to the cause.
_ALERT_FINDINGS: Final = {
    alerts.HANDSHAKE_FAILURE: "client-cert-missing",
    alerts.BAD_CERTIFICATE: "client-cert-unknown-ca",
    alerts.UNSUPPORTED_CERTIFICATE: "client-cert-purpose",
    alerts.CERTIFICATE_REVOKED: "client-cert-revoked",
    alerts.CERTIFICATE_EXPIRED: "client-cert-expired",
    alerts.CERTIFICATE_UNKNOWN: "client-cert-unknown-ca",
    alerts.UNKNOWN_CA: "client-cert-unknown-ca",
    alerts.DECRYPT_ERROR: "client-cert-unknown-ca",
    alerts.PROTOCOL_VERSION: "tls-version",
    alerts.UNRECOGNIZED_NAME: "sni-refused",
    alerts.CERTIFICATE_REQUIRED: "client-cert-missing",
}

# The verdict of OpenSSL's own verification, to the cause, where the number alone tells it (chains: see diagnose).
_VERDICT_FINDINGS: Final = {
    x509_errors.UNABLE_TO_GET_ISSUER: "ca-file-not-root",
    x509_errors.SIGNATURE_FAILURE: "signature-broken",
    x509_errors.NOT_YET_VALID: "server-not-yet-valid",
    x509_errors.EXPIRED: "server-expired",
    x509_errors.SELF_SIGNED_LEAF: "server-self-signed",
    x509_errors.SELF_SIGNED_IN_CHAIN: "server-private-ca",
    x509_errors.NO_LOCAL_ISSUER: "ca-file-unrelated",
    x509_errors.UNVERIFIED_LEAF: "server-leaf-only",
    x509_errors.NOT_A_CA: "issuer-not-ca",
    x509_errors.PURPOSE: "server-purpose",
    x509_errors.HOSTNAME: "hostname-mismatch",
    x509_errors.ADDRESS: "hostname-mismatch",
    x509_errors.LEAF_KEY_WEAK: "key-too-weak",
    x509_errors.CA_KEY_WEAK: "key-too-weak",
    x509_errors.DIGEST_WEAK: "digest-too-weak",
    x509_errors.INVALID_CA: "issuer-not-ca",
}

_NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})
_NO_CIPHER: Final = frozenset({"NO_CIPHERS_AVAILABLE", "NO_SHARED_CIPHER", "NO_SUITABLE_KEY_SHARE"})

# CONNACK: MQTT 3.1.1's return codes (3.2.2.3) and MQTT 5.0's reason codes (3.2.2.2).
_CONNACK_FINDINGS: Final = {
    1: "mqtt-protocol",
    2: "mqtt-client-id",
    4: "mqtt-credentials",
    5: "mqtt-not-authorized",
    0x84: "mqtt-protocol",
    0x85: "mqtt-client-id",
    0x86: "mqtt-credentials",
    0x87: "mqtt-not-authorized",
    0x8C: "mqtt-credentials",
}


def alert_of(error: BaseException | None) -> int | None:
    """Return the number of the TLS alert that `error` reports; None where it reports none."""
    if not isinstance(error, ssl.SSLError):
        return None
    found = _ALERT_REASON.fullmatch(error.reason or "")
    return _NUMBERS.get(found[1]) if found else None


def of_alert(alert: int, host: str, port: int) -> ServiceError:
    """Return why the server refused the client with `alert`."""
    finding = _ALERT_FINDINGS.get(alert, "tls-refused")
    return ServiceError(finding, details=alert_text(alert), host=safe(host), port=port, alert=alert_text(alert))


def of_tls(error: ssl.SSLError, host: str, port: int) -> ServiceError:
    """Return why the handshake failed, as far as the error itself tells."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_verdict(error, host, port)
    if (alert := alert_of(error)) is not None:
        return of_alert(alert, host, port)
    finding = _of_reason(error)
    return ServiceError(finding, details=words(error), host=safe(host), port=port, alert=words(error))


def of_tcp(error: OSError, host: str, port: int) -> ServiceError:
    """Return why no connection came about, or why it broke."""
    if isinstance(error, ConnectionRefusedError):
        finding = "connection-refused"
    elif isinstance(error, socket.gaierror):
        finding = "name-not-found"
    elif isinstance(error, ConnectionError):
        finding = "connection-reset"
    else:  # a deadline, no route, host or network unreachable: nothing came back
        finding = "connection-timeout"
    return ServiceError(finding, details=words(error), host=safe(host), port=port)


def of_connack(code: int, host: str, port: int, user: str) -> ServiceError:
    """Return why the broker refused CONNECT with `code` (3.1.1: 1 to 5; 5.0: 0x80 and above)."""
    finding = _CONNACK_FINDINGS.get(code, "mqtt-refused")
    shown = code_text(code)
    return ServiceError(finding, details=f"CONNACK {shown}", host=safe(host), port=port, user=safe(user), code=shown)


def code_text(code: int) -> str:
    """Return a CONNACK code as the documents write it: 4, 0x86."""
    return f"0x{code:02X}" if code >= 0x80 else str(code)


def words(error: BaseException) -> str:
    """Return what an error of `ssl` or the operating system says, safe for display and without its source line."""
    told = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return safe(re.sub(r"\s*\(_ssl\.c:\d+\)", "", str(told)), limit=300)


def _of_reason(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in _NOT_TLS:
        return "not-tls"
    if reason in _NO_CIPHER:
        return "no-shared-cipher"
    if "PROTOCOL" in reason or "VERSION" in reason:
        return "tls-version"
    ended = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return "connection-reset" if ended else "tls-refused"


def _of_verdict(error: ssl.SSLCertVerificationError, host: str, port: int) -> ServiceError:
    number = error.verify_code
    finding = _VERDICT_FINDINGS.get(number, "server-not-trusted")
    details = f"OpenSSL error {number}: {words(error)}"
    return ServiceError(finding, details=details, host=safe(host), port=port, name=safe(host), code=number)
