"""What each kind of client prints, word for word as observed, so that a user finds again what stands on the screen.

Versions observed: OpenSSL 3.0 and 3.6, Python 3.11 and 3.13, Node 20, curl 7.88, mosquitto 2.0.11, Java 17, Go 1.27,
mbedTLS 2.28, wolfSSL 5.5, GnuTLS 3.7. These are the clients' texts, not ours: they are not translated.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from services.tls import alerts, x509_errors
from services.tls.alerts import alert_name
from services.tls.openssl_verify import error_text

Code: TypeAlias = int | str | None
Words: TypeAlias = tuple[Code, str]

NODE_CODES: Final = {
    x509_errors.UNABLE_TO_GET_ISSUER: "UNABLE_TO_GET_ISSUER_CERT",
    x509_errors.SIGNATURE_FAILURE: "CERT_SIGNATURE_FAILURE",
    x509_errors.NOT_YET_VALID: "CERT_NOT_YET_VALID",
    x509_errors.EXPIRED: "CERT_HAS_EXPIRED",
    x509_errors.SELF_SIGNED_LEAF: "DEPTH_ZERO_SELF_SIGNED_CERT",
    x509_errors.SELF_SIGNED_IN_CHAIN: "SELF_SIGNED_CERT_IN_CHAIN",
    x509_errors.NO_LOCAL_ISSUER: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    x509_errors.UNVERIFIED_LEAF: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    x509_errors.CHAIN_TOO_LONG: "CERT_CHAIN_TOO_LONG",
    x509_errors.NOT_A_CA: "INVALID_CA",
    x509_errors.PATH_LENGTH_EXCEEDED: "PATH_LENGTH_EXCEEDED",
    x509_errors.PURPOSE: "INVALID_PURPOSE",
    x509_errors.UNTRUSTED: "CERT_UNTRUSTED",
    x509_errors.REJECTED: "CERT_REJECTED",
}

_GO_ALERTS: Final = {
    alerts.CERTIFICATE_EXPIRED: "expired certificate",
    alerts.UNKNOWN_CA: "unknown certificate authority",
    alerts.PROTOCOL_VERSION: "protocol version not supported",
    alerts.DECRYPT_ERROR: "error decrypting message",
    alerts.CERTIFICATE_REVOKED: "revoked certificate",
    alerts.CERTIFICATE_UNKNOWN: "unknown certificate",
}
_GNUTLS_ALERTS: Final = {
    alerts.HANDSHAKE_FAILURE: "Handshake failed",
    alerts.BAD_CERTIFICATE: "Certificate is bad",
    alerts.UNSUPPORTED_CERTIFICATE: "Certificate is not supported",
    alerts.CERTIFICATE_REVOKED: "Certificate was revoked",
    alerts.CERTIFICATE_EXPIRED: "Certificate is expired",
    alerts.CERTIFICATE_UNKNOWN: "Unknown certificate",
    alerts.UNKNOWN_CA: "CA is unknown",
    alerts.DECRYPT_ERROR: "Decrypt error",
    alerts.PROTOCOL_VERSION: "Error in protocol version",
    alerts.UNRECOGNIZED_NAME: "The server name sent was not recognized",
    alerts.CERTIFICATE_REQUIRED: "Certificate is required",
}
_SSLV3_ALERTS: Final = range(10, 48)  # alerts that SSL 3.0 had already; OpenSSL 3.0 names them so
_TLS13_ALERTS: Final = frozenset({109, 116})
_EXTENSION_ALERTS: Final = frozenset({110, 112, 113})


def openssl_alert(number: int) -> str:
    """Return how OpenSSL 3.0 names an alert that it received."""
    name = alert_name(number)
    if number in _TLS13_ALERTS:
        return f"tlsv13 alert {name}"
    if number in _EXTENSION_ALERTS:
        return f"tlsv1 {name}"
    return f"sslv3 alert {name}" if number in _SSLV3_ALERTS else f"tlsv1 alert {name}"


def alert_words(client: str, number: int) -> Words:
    """Return code and text of `client` that received alert `number`."""
    reason = openssl_alert(number)
    constant = reason.upper().replace(" ", "_")
    code = f"error:{0x0A000000 + 1000 + number:08X}:SSL routines"
    java = {"handshake failure": "handshake_failure"}.get(alert_name(number), alert_name(number).replace(" ", "_"))
    words: dict[str, Words] = {
        "openssl": (number, f"{code}:ssl3_read_bytes:{reason}:SSL alert number {number}"),
        "python": (number, f"[SSL: {constant}] {reason}"),
        "python-3.13": (number, f"[SSL: {constant}] {reason}"),
        "node": (f"ERR_SSL_{constant}", f"{code}:ssl3_read_bytes:{reason}:SSL alert number {number}"),
        "mosquitto": (number, f"OpenSSL Error[0]: {code}::{reason}"),
        "curl": (56, f"curl: (56) OpenSSL SSL_read: {code}::{reason}, errno 0"),
        "java": (None, f"javax.net.ssl.SSLHandshakeException: Received fatal alert: {java}"),
        "go": (None, f"remote error: tls: {_GO_ALERTS.get(number, alert_name(number))}"),
        "mbedtls": ("-0x7780", "SSL - A fatal alert message was received from our peer"),
        "wolfssl": (-313, "received alert fatal error"),
        "gnutls": (None, f"*** Received alert [{number}]: {_GNUTLS_ALERTS.get(number, alert_name(number))}"),
    }
    return words[client]


def verify_words(client: str, code: int, host: str) -> Words:
    """Return code and text of a client of the OpenSSL family whose verification ended in `code`."""
    text = error_text(code)
    if client in {"python", "python-3.13"}:
        if code in {x509_errors.HOSTNAME, x509_errors.ADDRESS}:
            kind = "Hostname mismatch" if code == x509_errors.HOSTNAME else "IP address mismatch"
            text = f"{kind}, certificate is not valid for '{host}'."
        return code, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {text}"
    if client == "node":
        return NODE_CODES.get(code, "UNSPECIFIED"), text
    if client == "mosquitto":
        return code, "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed"
    if client == "curl":
        return code, f"curl: (60) SSL certificate problem: {text}"
    return code, f"verify error:num={code}:{text}"


def hostname_words(client: str, host: str, names: tuple[str, ...]) -> Words:
    """Return code and text of a client that compares the host name itself, and found another."""
    shown = ", ".join(f"DNS:{name}" for name in names[:5])
    words: dict[str, Words] = {
        "node": (
            "ERR_TLS_CERT_ALTNAME_INVALID",
            f"Hostname/IP does not match certificate's altnames: Host: {host}. is not in the cert's altnames: {shown}",
        ),
        "mosquitto": (None, "Error: host name verification failed."),
        "curl": (60, f"curl: (60) SSL: no alternative certificate subject name matches target host name '{host}'"),
        "java": (
            None,
            f"javax.net.ssl.SSLHandshakeException: No subject alternative DNS name matching {host} found.",
        ),
        "go": (
            None,
            f"tls: failed to verify certificate: x509: certificate is valid for {', '.join(names[:5])}, not {host}",
        ),
        "wolfssl": (-322, "peer subject name mismatch"),
        "gnutls": (
            None,
            "The certificate is NOT trusted. The name in the certificate does not match the expected.",
        ),
    }
    return words[client]


# A CA file without a certificate that can be read. Node (and Go) take it silently as an empty one.
CA_FILE_WORDS: Final[dict[str, Words]] = {
    "openssl": (
        None,
        "error:05800088:x509 certificate routines:X509_load_cert_crl_file_ex:no certificate or crl found",
    ),
    "python": (None, "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found"),
    "python-3.13": (None, "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found"),
    "mosquitto": (
        None,
        "Error: Unable to load CA certificates. OpenSSL Error[0]: error:05800088:x509 certificate routines::no certificate or crl found",  # noqa: E501 - a client's own line
    ),
    "curl": (77, "curl: (77) error setting certificate file"),
    "java": (None, "java.security.cert.CertificateException: No certificate data found"),
    "mbedtls": ("-0x2780", "X509 - Format not recognized as DER or PEM"),
    "wolfssl": (0, "load_verify_locations 0"),
    "gnutls": (None, "Error setting the x509 trust file: Base64 unexpected header error."),
}

# A private key that does not belong to the certificate. Java, wolfSSL and GnuTLS notice only the server's alert 51.
KEY_MISMATCH_WORDS: Final[dict[str, Words]] = {
    "openssl": (None, "error:05800074:x509 certificate routines:X509_check_private_key:key values mismatch"),
    "python": (None, "[X509: KEY_VALUES_MISMATCH] key values mismatch"),
    "python-3.13": (None, "[X509: KEY_VALUES_MISMATCH] key values mismatch"),
    "node": ("ERR_OSSL_X509_KEY_VALUES_MISMATCH", "error:05800074:x509 certificate routines::key values mismatch"),
    "mosquitto": (
        None,
        "Error: Unable to load client key file. OpenSSL Error[0]: error:05800074:x509 certificate routines::key values mismatch",  # noqa: E501 - a client's own line
    ),
    "curl": (58, "curl: (58) unable to set private key file"),
    "java": (None, "javax.net.ssl.SSLHandshakeException: Received fatal alert: decrypt_error"),
    "go": (None, "tls: private key does not match public key"),
    "mbedtls": ("-0x4f80", "ECP - Bad input parameters to function"),
    "wolfssl": (-313, "received alert fatal error"),
    "gnutls": (None, "*** Received alert [51]: Decrypt error"),
}

_REFUSED: Final[dict[str, Words]] = {
    "openssl": (None, "BIO_connect:Connection refused"),
    "python": (111, "[Errno 111] Connection refused"),
    "python-3.13": (111, "[Errno 111] Connection refused"),
    "node": ("ECONNREFUSED", "connect ECONNREFUSED"),
    "mosquitto": (None, "Error: Connection refused"),
    "curl": (7, "curl: (7) Failed to connect: Couldn't connect to server"),
    "java": (None, "java.net.ConnectException: Connection refused"),
    "go": (None, "dial tcp: connect: connection refused"),
    "mbedtls": ("-0x0044", "NET - The connection to the given server / port failed"),
    "wolfssl": (None, "connect fail"),
    "gnutls": (None, "Could not connect: Connection refused"),
}
_RESET: Final[dict[str, Words]] = {
    "openssl": (104, "write:errno=104"),
    "python": (104, "[Errno 104] Connection reset by peer"),
    "python-3.13": (104, "[Errno 104] Connection reset by peer"),
    "node": ("ECONNRESET", "Client network socket disconnected before secure TLS connection was established"),
    "mosquitto": (None, "OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading"),
    "curl": (35, "curl: (35) Recv failure: Connection reset by peer"),
    "java": (None, "java.net.SocketException: Connection reset"),
    "go": (None, "read: connection reset by peer"),
    "mbedtls": ("-0x0050", "NET - Connection was reset by peer"),
    "wolfssl": (-308, "error state on socket"),
    "gnutls": (None, "*** Fatal error: Error in the pull function."),
}
_TIMEOUT: Final[dict[str, Words]] = {
    "openssl": (110, "BIO_connect:Connection timed out"),
    "python": (None, "timed out"),
    "python-3.13": (None, "timed out"),
    "node": ("ETIMEDOUT", "connect ETIMEDOUT"),
    "mosquitto": (None, "Error: Connection timed out"),
    "curl": (28, "curl: (28) Connection timed out"),
    "java": (None, "java.net.SocketTimeoutException: Connect timed out"),
    "go": (None, "dial tcp: i/o timeout"),
    "mbedtls": ("-0x0044", "NET - The connection to the given server / port failed"),
    "wolfssl": (None, "connect fail"),
    "gnutls": (None, "Could not connect: Connection timed out"),
}
_NAME: Final[dict[str, Words]] = {
    "openssl": (None, "BIO_lookup_ex:system lib: Name or service not known"),
    "python": (-2, "[Errno -2] Name or service not known"),
    "python-3.13": (-2, "[Errno -2] Name or service not known"),
    "node": ("ENOTFOUND", "getaddrinfo ENOTFOUND"),
    "mosquitto": (None, "Error: Lookup error."),
    "curl": (6, "curl: (6) Could not resolve host"),
    "java": (None, "java.net.UnknownHostException"),
    "go": (None, "dial tcp: lookup: no such host"),
    "mbedtls": ("-0x0052", "NET - Failed to get an IP address for the given hostname"),
    "wolfssl": (None, "no entry for host"),
    "gnutls": (None, "Cannot resolve: Name or service not known"),
}
WIRE_WORDS: Final = {"refused": _REFUSED, "reset": _RESET, "timeout": _TIMEOUT, "name": _NAME, "not-tls": _RESET}
