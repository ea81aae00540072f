"""One TLS handshake that trusts nobody and keeps everything: the chain as sent, what the server asks for, its alerts.

OpenSSL (through pyOpenSSL) does the talking over memory buffers; the socket is read and written here, each step against
one deadline. After a TLS 1.3 handshake in which the server asked for a certificate nothing is written: the server's
verdict comes afterwards (RFC 8446, 4.4.2.4), and who writes at once may be reset before reading it. Blocking.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_der_x509_certificate
from OpenSSL import SSL

from services.addresses import is_address
from services.outside import safe
from services.tls.ca_names import shown_and_key
from services.tls.observed import Handshake, Offer, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Endpoint", "Handshake", "Identity", "Offer", "Outcome", "Session", "shake_hands"]

HANDSHAKE_SECONDS: Final = 4.0
ALERT_SECONDS: Final = 0.8  # enough on loopback; a distant server is given some round trips more
_ROUND_TRIPS: Final = 3
_CHUNK: Final = 65_536
_ASKED: Final = b"SSLv3/TLS read server certificate request"
_HANDSHAKE_RECORD, _ALERT_RECORD = 0x16, 0x15

_VERSIONS: Final = {
    "any": (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION),
    "TLSv1.2": (SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION),
    "TLSv1.3": (SSL.TLS1_3_VERSION, SSL.TLS1_3_VERSION),
    "legacy": (SSL.TLS1_VERSION, SSL.TLS1_1_VERSION),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A client's certificate with its chain (DER, the leaf first) and private key (PEM, without a passphrase)."""

    certificates: tuple[bytes, ...]
    key_pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect, and the name to ask for (SNI); "" sends none."""

    address: str
    port: int
    server_name: str


def shake_hands(
    endpoint: Endpoint,
    offer: Offer = "any",
    identity: Identity | None = None,
    *,
    seconds: float = HANDSHAKE_SECONDS,
    wait_for_alert: float = ALERT_SECONDS,
    afterwards: Callable[[Session], None] | None = None,
) -> Handshake:
    """Connect, shake hands, wait for a refusal, close; return how it went.

    Args:
        endpoint: where to.
        offer: which protocol versions.
        identity: what to show where the server asks.
        seconds: the deadline for TCP and handshake together.
        wait_for_alert: how long a refusal may take after a TLS 1.3 handshake with a certificate request, at least.
        afterwards: called with the open session where nothing was refused, to talk MQTT.

    Raises:
        OSError: no TCP connection came about.
    """
    deadline = time.monotonic() + seconds
    with socket.create_connection((endpoint.address, endpoint.port), timeout=seconds) as sock:
        session = Session(sock, endpoint, offer, identity)
        session.shake(deadline)
        if session.outcome == "ok" and session.may_be_refused_yet:
            session.wait_for_word(wait_for_alert + _ROUND_TRIPS * session.took)
        if session.outcome == "ok" and afterwards is not None:
            afterwards(session)
        return session.result()


class Session:
    """A TLS session under way over `sock`: OpenSSL's buffers on one side, the socket on the other."""

    def __init__(self, sock: socket.socket, endpoint: Endpoint, offer: Offer, identity: Identity | None) -> None:
        self._sock = sock
        self._offer: Offer = offer
        self._identity = identity
        self._name = endpoint.server_name
        self.outcome: Outcome = "failed"
        self.took = 0.0
        self._alert: int | None = None
        self._asked = False
        self._done = False
        self._error = ""
        self._first = b""
        self._tls = SSL.Connection(self._context(), None)
        self._tls.set_connect_state()
        if self._name and not is_address(self._name):  # RFC 6066, 3: never an address
            self._tls.set_tlsext_host_name(self._name.encode("ascii", "replace"))

    @property
    def may_be_refused_yet(self) -> bool:
        """Whether the server may still refuse the client's certificate, or its absence."""
        return self._asked and self._tls.get_protocol_version_name() == "TLSv1.3"

    def shake(self, deadline: float) -> None:
        """Shake hands; sets `outcome`."""
        start = time.monotonic()
        self.outcome = self._until_done(self._tls.do_handshake, deadline)
        self.took = time.monotonic() - start
        self._done = self.outcome == "ok"

    def wait_for_word(self, seconds: float) -> bytes:
        """Write nothing, wait for the server's word; sets `outcome` where it refuses. Returns data that it sent."""
        said: list[bytes] = []
        outcome = self._until_done(lambda: said.append(self._tls.recv(_CHUNK)), time.monotonic() + seconds)
        if outcome != "timeout":  # silence is consent
            self.outcome = outcome
        return b"".join(said)

    def exchange(self, data: bytes, seconds: float) -> bytes:
        """Send `data` and return the first piece of the answer; b"" where none came (see `outcome`)."""
        self._tls.send(data)
        self._flush()
        return self.wait_for_word(seconds)

    def result(self) -> Handshake:
        """Return how it went so far."""
        protocol = self._tls.get_protocol_version_name() if self._tls.get_cipher_name() else ""
        names = self._tls.get_client_ca_list() if self._asked else []
        listed = [shown_and_key(name) for name in names]
        return Handshake(
            offered=self._offer,
            with_certificate=self._identity is not None,
            outcome=self.outcome,
            server_name=self._name,
            protocol=protocol,
            cipher=self._tls.get_cipher_name() or "",
            chain=self._chain(),
            asks_for_certificate=self._asked,
            client_ca_names=tuple(name for name, _ in listed),
            client_ca_keys=tuple(key for _, key in listed),
            alert=self._alert,
            after_handshake=self._done and self.outcome != "ok",
            error=self._error,
            first_bytes=self._first if self.outcome == "not-tls" else b"",
            seconds=self.took,
        )

    def _context(self) -> SSL.Context:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        lowest, highest = _VERSIONS[self._offer]
        context.set_min_proto_version(lowest)
        context.set_max_proto_version(highest)
        # Everything a normal client offers, and weak certificates too: they are to be seen, not refused.
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
        context.set_verify(SSL.VERIFY_NONE)
        context.set_info_callback(self._note)
        if self._identity is not None:
            leaf, *others = map(load_der_x509_certificate, self._identity.certificates)
            context.use_certificate(leaf)
            for certificate in others:
                context.add_extra_chain_cert(certificate)
            context.use_privatekey(load_pem_private_key(self._identity.key_pem, None))  # type: ignore[arg-type]  # any kind that TLS knows
        return context

    def _note(self, connection: SSL.Connection, where: int, value: int) -> None:
        """OpenSSL tells of each step: keep alerts received, and whether a certificate was asked for."""
        if where == SSL.SSL_CB_READ_ALERT and value & 0xFF:
            self._alert = value & 0xFF
        elif where & SSL.SSL_CB_LOOP and connection.get_state_string() == _ASKED:
            self._asked = True

    def _until_done(self, step: Callable[[], object], deadline: float) -> Outcome:
        while True:
            try:
                step()
            except SSL.WantReadError:
                try:
                    self._flush()
                    if (failure := self._fill(deadline)) is not None:
                        return failure
                except OSError as error:
                    return self._broken(error)
            except SSL.ZeroReturnError:
                return self._alert_or("closed")
            except SSL.Error as error:
                self._error = _words(error)
                self._flush_quietly()
                return self._alert_or("failed")
            else:
                self._flush_quietly()
                return "ok"

    def _fill(self, deadline: float) -> Outcome | None:
        """Hand OpenSSL what the socket has; return the outcome where nothing comes any more."""
        left = deadline - time.monotonic()
        if left <= 0:
            return "timeout"
        self._sock.settimeout(left)
        data = self._sock.recv(_CHUNK)
        if not data:
            return self._alert_or("closed")
        if not self._first:
            self._first = data[:200]
            if data[0] not in {_HANDSHAKE_RECORD, _ALERT_RECORD}:
                return "not-tls"
        self._tls.bio_write(data)
        return None

    def _flush(self) -> None:
        while True:
            try:
                data = self._tls.bio_read(_CHUNK)
            except SSL.WantReadError:
                return
            self._sock.sendall(data)

    def _flush_quietly(self) -> None:
        """Send what is left, e.g. our own alert; the other side may be gone, which changes nothing."""
        try:
            self._flush()
        except OSError as error:
            self._error = self._error or safe(str(error), limit=200)

    def _broken(self, error: OSError) -> Outcome:
        if isinstance(error, TimeoutError):
            return "timeout"
        self._error = safe(error.strerror or str(error), limit=200)
        return self._alert_or("reset")

    def _alert_or(self, outcome: Outcome) -> Outcome:
        return outcome if self._alert is None else "alert"

    def _chain(self) -> tuple[bytes, ...]:
        sent = self._tls.get_peer_cert_chain(as_cryptography=True) or []
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in sent)


def _words(error: SSL.Error) -> str:
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return safe("; ".join(str(entry[2]) for entry in stack if entry[2]), limit=300)
