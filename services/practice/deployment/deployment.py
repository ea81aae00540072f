"""The practice deployment: what EMQX Cloud runs for a customer, as far as an MQTT client can tell."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from services.practice.deployment import publisher
from services.practice.deployment.broker import Broker
from services.practice.deployment.channel import Channel
from services.practice.deployment.clients import Clients
from services.practice.deployment.connection import Connection, Desk, TlsSource
from services.practice.deployment.contexts import Contexts
from services.practice.deployment.forge import ThrowAwayAuthority
from services.practice.deployment.front import Front
from services.practice.deployment.kept import KeptDeployment, keep_tls, restore_tls
from services.practice.deployment.material import ClientCheck, ListenerTls, ServerIdentity
from services.practice.deployment.mqtt_packets import Reason
from services.practice.deployment.mutations import CHAIN_FAULTS, mutate
from services.practice.deployment.users import User, Users
from services.practice.part import Part
from services.practice.serving import LOOPBACK

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from cryptography import x509

    from services.practice.deployment.clients import Client
    from services.practice.deployment.forge import Forge
    from services.practice.deployment.material import TlsBundle
    from services.practice.faults import Faults
    from services.practice.journal import Journal

TLS_LISTENER = "ssl:default"
PLAIN_LISTENER = "tcp:default"
PACKET_LIMIT = 1024 * 1024  # EMQX's default mqtt.max_packet_size
PATIENCE_SECONDS = 15.0  # EMQX's default handshake_timeout and idle_timeout
_OUR_PREFIX = "(PRACTICE) "


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


class PracticeDeployment(Part):
    """An MQTT broker with a TLS port and a plain one, on 127.0.0.1.

    Before `set_tls` it shows a certificate of its own for `address`, one-way. A change is seen by the next connection;
    those that are open stay.

    Args:
        faults: those of the practice world; acted on as they come and go.
        journal: gets a record for each CONNECT.
        hierarchy: makes the certificates that some faults need; a throw-away CA without it.
        clock: gives the time, aware, UTC.
        address: the deployment's own host name.
        port: the TLS port; 0 for a free one.
        plain_port: the plain port; 0 for a free one.
        patience: seconds that a client has for its handshake, and for its CONNECT.
        kept: what an earlier world's deployment had; None for a new one.

    Raises:
        OSError: a port is taken.
    """

    name = "deployment"

    def __init__(
        self,
        faults: Faults,
        journal: Journal,
        hierarchy: Forge | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        address: str = "d1234.ala.practice.example",
        port: int = 0,
        plain_port: int = 0,
        patience: float = PATIENCE_SECONDS,
        kept: KeptDeployment | None = None,
    ) -> None:
        self.host = LOOPBACK
        self.address = address
        self.users = Users(kept.users if kept else ())
        self._faults = faults
        self._journal = journal
        self._clients = Clients()
        self._broker = Broker(PACKET_LIMIT)
        self._desk = Desk(self._broker, self.users, self._clients, faults, journal, clock, patience, PACKET_LIMIT)
        self._contexts = Contexts()
        authority = ThrowAwayAuthority(clock, f"{_OUR_PREFIX}EMQX Cloud Default CA")
        self._forge: Forge = hierarchy or authority
        self._strangers_ca = ThrowAwayAuthority(clock, f"{_OUR_PREFIX}Another Client CA").certificate
        self._default = _default_tls(authority, address)
        self._lock = threading.Lock()
        self._uploaded = restore_tls(kept.tls) if kept and kept.tls else self._default
        self._identity = self._uploaded.identity
        self._shown: tuple[tuple[object, ...], ListenerTls] | None = None
        self._tls_front = Front("practice TLS", port, self._tls_connection, self._is_shut)
        self._plain_front = Front("practice MQTT", plain_port, self._plain_connection, self._is_shut)
        self.port = self._tls_front.port
        self.plain_port = self._plain_front.port

    def start(self) -> Self:
        """Start the broker, then both ports.

        Raises:
            ModuleNotFoundError: iotcore is not installed.
            OSError: the broker does not come up.
        """
        try:
            self._broker.start()
            self._tls_front.start()
            self._plain_front.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every connection, close the ports, end the broker. Safe to call twice."""
        self._tls_front.stop()
        self._plain_front.stop()
        self._broker.stop()
        self._contexts.close()

    def set_tls(self, bundle: TlsBundle) -> None:
        """Show another certificate, and ask for client certificates or not, from the next connection on.

        Raises:
            RejectedTlsError: EMQX Cloud would not take it.
        """
        self.set_listener(bundle.settings())

    def set_listener(self, settings: ListenerTls) -> None:
        """The same with settings that nobody checks: a self-managed EMQX takes a key that is not the certificate's."""
        with self._lock:
            self._uploaded = settings
            if "emqx-stale-certificate" not in self._faults:
                self._identity = settings.identity

    def clear_tls(self) -> None:
        """Go back to the default certificate; TLS clients are disconnected, as by EMQX Cloud."""
        with self._lock:
            self._uploaded = self._default
            self._identity = self._default.identity
        for client in self.clients():
            if client.connected and client.listener == TLS_LISTENER:
                self.disconnect(client.clientid)

    def keep(self) -> KeptDeployment:
        """The deployment as it is now, for a later world."""
        with self._lock:
            tls = None if self._uploaded is self._default else keep_tls(self._uploaded)
        return KeptDeployment(tls, self.users.entries())

    def listener_tls(self) -> ListenerTls:
        """What the next connection will get, with the faults that are active now."""
        active = self._faults.active
        with self._lock:
            if "emqx-stale-certificate" not in active:
                self._identity = self._uploaded.identity
            faults = active & (CHAIN_FAULTS | {"client-cert-unknown-ca"})
            wanted = (self._identity, self._uploaded, faults)
            if self._shown is None or self._shown[0] != wanted:
                self._shown = (wanted, self._with_faults(faults))
            return self._shown[1]

    def served_chain(self) -> tuple[x509.Certificate, ...]:
        """The certificates that the next connection will be sent."""
        return self.listener_tls().identity.chain

    def served_fingerprint(self) -> str:
        """The SHA-256 of the leaf that the next connection will be sent, in lower-case hex."""
        return self.served_chain()[0].fingerprint(hashes.SHA256()).hex()

    def add_user(self, username: str, password: str) -> User:
        """Let somebody in.

        Raises:
            KeyError: the name is taken.
        """
        return self.users.add(username, password)

    def remove_user(self, username: str) -> None:
        """Let somebody in no more; connected clients stay.

        Raises:
            KeyError: no such user.
        """
        self.users.remove(username)

    def clients(self) -> list[Client]:
        """The clients that are connected, and those whose session is kept."""
        return self._clients.list()

    def disconnect(self, clientid: str) -> bool:
        """Close a client's connection and forget its session; False where there is no such client."""
        return self._clients.dismiss(clientid, Reason.ADMINISTRATIVE_ACTION)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Publish from inside; True if a client has subscribed to it.

        Raises:
            OSError: the broker has not taken it.
        """
        reaches = self._clients.subscribed_to(topic)
        publisher.publish(self._broker, topic, payload, qos=qos, retain=retain, packet_limit=PACKET_LIMIT)
        return reaches

    def _is_shut(self) -> bool:
        return "connection-refused" in self._faults

    def _tls_connection(self, accepted: socket.socket, address: tuple[str, int]) -> Connection:
        source: TlsSource = self._context
        return Connection(Channel(accepted), address, TLS_LISTENER, self._desk, source)

    def _plain_connection(self, accepted: socket.socket, address: tuple[str, int]) -> Connection:
        return Connection(Channel(accepted), address, PLAIN_LISTENER, self._desk, None)

    def _context(self, on_server_name: Callable[[str | None], None]) -> ssl.SSLContext:
        return self._contexts.fresh(self.listener_tls(), on_server_name)

    def _with_faults(self, faults: frozenset[str]) -> ListenerTls:
        uploaded = self._uploaded
        unknown_ca = "client-cert-unknown-ca" in faults and uploaded.check is not ClientCheck.NONE
        return ListenerTls(
            mutate(self._identity, faults, self._forge),
            (self._strangers_ca,) if unknown_ca else uploaded.client_cas,
            uploaded.check,
        )


def _default_tls(authority: ThrowAwayAuthority, address: str) -> ListenerTls:
    key = ec.generate_private_key(ec.SECP256R1())
    return ListenerTls(ServerIdentity(authority.leaf(key.public_key(), (address,)).chains[0], key))
