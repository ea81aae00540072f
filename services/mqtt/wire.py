"""TCP and TLS to a named server at known addresses, each with one deadline, on sockets of our own.

The name stays the true one for SNI and the host check, wherever its addresses came from. Blocking: run it in a thread.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.errors import ServiceError
from services.mqtt import findings

CONNECT_SECONDS: Final = 10.0
ALERT_SECONDS: Final = (
    3.0  # how long a refusal may take after the handshake: one round trip, and some for a busy broker
)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to connect to.

    Attributes:
        host: the name, for SNI and the host check.
        port: the TLS port.
        addresses: where the name leads; tried in this order.
    """

    host: str
    port: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """A client's certificate (with its chain, if any) and private key, as PEM files."""

    certificate: Path
    key: Path


def client_context(ca_file: Path, identity: Identity | None) -> ssl.SSLContext:
    """Return the context that paho's `tls_set` makes: `ca_file` alone is trusted, the host name is checked.

    It is a bare one, on every Python version without OpenSSL's partial-chain flag: so it judges a CA file as the
    openssl command line, Node (MQTTX) and mosquitto's clients do.

    Raises:
        ServiceError: ca-file-unreadable, client-key-mismatch, client-key-locked, file-not-found.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=ca_file)
    except FileNotFoundError as error:
        raise ServiceError("file-not-found", path=ca_file) from error
    except (OSError, ValueError) as error:
        raise ServiceError("ca-file-unreadable", path=ca_file, details=findings.words(error)) from error
    if identity is not None:
        _load(context, identity)
    return context


def connect_tcp(target: Target, deadline: float) -> socket.socket:
    """Return a connected socket, non-blocking; `deadline` is in `time.monotonic`'s terms.

    Raises:
        ServiceError: connection-refused, connection-timeout, connection-reset (the last address's).
    """
    failure: OSError = OSError("no address")
    for position, address in enumerate(target.addresses):
        share = (deadline - time.monotonic()) / (len(target.addresses) - position)
        try:
            sock = socket.create_connection((address, target.port), timeout=max(share, 0.05))
        except OSError as error:
            failure = error
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            return sock
    raise findings.of_tcp(failure, target.host, target.port) from failure


def connect_tls(target: Target, context: ssl.SSLContext, deadline: float) -> ssl.SSLSocket:
    """Return a socket whose handshake is done, non-blocking; `deadline` is in `time.monotonic`'s terms.

    Raises:
        ssl.SSLError: the handshake failed, here or there; the caller knows what that means.
        ServiceError: connection-refused, connection-timeout, connection-reset.
    """
    plain = connect_tcp(target, deadline)
    try:
        sock = context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
    except BaseException:
        plain.close()
        raise
    try:
        _shake_hands(sock, deadline)
    except ssl.SSLError:
        sock.close()
        raise
    except OSError as error:
        sock.close()
        raise findings.of_tcp(error, target.host, target.port) from error
    return sock


def refusal_after_handshake(sock: ssl.SSLSocket, seconds: float = ALERT_SECONDS) -> ssl.SSLError | OSError | None:
    """Write nothing, wait for the server's word, and return the error it ends in; None where the server is silent.

    In TLS 1.3 a server judges the client's certificate after the client's handshake is done (RFC 8446, 4.4.2.4). Who
    writes at once may be reset before the alert is read; who waits, reads it. An end without an alert comes back as
    ConnectionResetError.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if sock.recv(1) == b"":
                return ConnectionResetError("closed")
        except ssl.SSLWantReadError:
            if not _wait(sock, deadline, write=False):
                return None
        except ssl.SSLEOFError:
            return ConnectionResetError("closed")
        except OSError as error:
            return error


def _load(context: ssl.SSLContext, identity: Identity) -> None:
    for path in (identity.certificate, identity.key):
        if not path.is_file():
            raise ServiceError("file-not-found", path=path)
    try:
        # An empty passphrase: OpenSSL would otherwise ask the terminal for that of an encrypted key.
        context.load_cert_chain(identity.certificate, identity.key, password=b"")
    except ssl.SSLError as error:
        if error.reason in {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"}:
            raise ServiceError("client-key-mismatch", certificate=identity.certificate, key=identity.key) from error
        raise ServiceError("client-key-locked", path=identity.key, details=findings.words(error)) from error
    except OSError as error:
        raise ServiceError("file-not-readable", path=identity.key) from error


def _shake_hands(sock: ssl.SSLSocket, deadline: float) -> None:
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            _wait_or_give_up(sock, deadline, write=False)
        except ssl.SSLWantWriteError:
            _wait_or_give_up(sock, deadline, write=True)
        else:
            return


def _wait_or_give_up(sock: ssl.SSLSocket, deadline: float, *, write: bool) -> None:
    if not _wait(sock, deadline, write=write):
        raise TimeoutError("handshake")


def _wait(sock: ssl.SSLSocket, deadline: float, *, write: bool) -> bool:
    """Wait until `sock` can be read (or written); False once the deadline has come."""
    left = deadline - time.monotonic()
    if left <= 0:
        return False
    readable, writable, _ = select.select([] if write else [sock], [sock] if write else [], [], left)
    return bool(readable or writable)
