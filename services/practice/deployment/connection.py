"""One client's connection to the deployment: TLS, CONNECT, then bytes both ways until one side ends."""

from __future__ import annotations

import contextlib
import secrets
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.x509.oid import NameOID

from services.practice.deployment import mqtt_packets as mqtt
from services.practice.deployment.broker import Broker
from services.practice.deployment.clients import Client, Clients
from services.practice.deployment.mqtt_fields import MalformedPacketError
from services.practice.deployment.mqtt_packets import Connect, Framer, PacketType, Reason
from services.practice.deployment.users import Users
from services.practice.faults import Faults
from services.practice.journal import Journal, RequestRecord

if TYPE_CHECKING:
    import ssl

    from services.practice.deployment.channel import Channel

_CHUNK = 65536
_PLAIN_GOODBYE = bytes([PacketType.DISCONNECT << 4, 0])  # without a reason or properties
_BROKER_SECONDS = 10.0
_FROM_CLIENTS = frozenset(PacketType) - {
    PacketType.CONNECT,
    PacketType.CONNACK,
    PacketType.SUBACK,
    PacketType.UNSUBACK,
    PacketType.PINGRESP,
}


class TlsSource(Protocol):
    """Where a TLS listener's context for the next connection comes from."""

    def __call__(self, on_server_name: Callable[[str | None], None]) -> ssl.SSLContext:
        """A fresh context; `ssl.SSLError` where the settings make none."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What every connection is served with.

    Attributes:
        broker: takes the clients that were let in.
        users: judges user names and passwords.
        clients: the register of clients.
        faults: those of the practice world.
        journal: gets a record for each CONNECT that was answered.
        clock: gives the time, aware, UTC.
        patience: seconds from a connection's start to its CONNECT.
        packet_limit: the most bytes that a packet may have.
    """

    broker: Broker
    users: Users
    clients: Clients
    faults: Faults
    journal: Journal
    clock: Callable[[], datetime]
    patience: float
    packet_limit: int

    def admit(self, connect: Connect) -> Reason:
        """EMQX's checks, in its order: the client identifier, then who it is."""
        if not connect.client_id and (connect.level == 3 or not connect.clean_start):
            return Reason.CLIENT_IDENTIFIER_NOT_VALID
        if "mqtt-not-authorized" in self.faults:
            return Reason.NOT_AUTHORIZED
        if "mqtt-credentials" in self.faults:
            return Reason.BAD_USER_NAME_OR_PASSWORD
        return self.users.judge(connect.username, connect.password)


class Connection:
    """Serve one accepted connection; `run` is called in a thread of its own.

    Args:
        channel: the client's socket.
        address: the client's IP address and port.
        listener: the listener's name, as in EMQX.
        desk: what to serve it with.
        tls: None on a plain port.
    """

    def __init__(
        self, channel: Channel, address: tuple[str, int], listener: str, desk: Desk, tls: TlsSource | None
    ) -> None:
        self._channel = channel
        self._address = address
        self._listener = listener
        self._desk = desk
        self._tls = tls
        self._server_name: str | None = None
        self._framer = Framer(desk.packet_limit)
        self._upstream: socket.socket | None = None
        self._goodbye: Reason | None = None
        self._has_will = False

    def run(self) -> None:
        """Serve the client until it or we have had enough."""
        try:
            self._serve()
        except (OSError, MalformedPacketError):
            pass  # as EMQX does: it closes, and the client sees why as far as its protocol can say so
        finally:
            self._channel.close(linger=True)

    def abort(self) -> None:
        """End it from another thread."""
        self._channel.abort()
        self._hang_up()

    def dismiss(self, reason: Reason) -> None:
        """End it from another thread, and tell the client why where its protocol can (MQTT 5)."""
        self._goodbye = reason
        self._hang_up()

    def _serve(self) -> None:
        deadline = time.monotonic() + self._desk.patience
        if self._tls is not None and not self._handshake(self._tls):
            return
        packet = self._first_packet(deadline)
        try:
            connect = mqtt.parse_connect(packet)
        except mqtt.UnsupportedProtocolError:
            self._refuse(level=4, reason=Reason.UNSUPPORTED_PROTOCOL_VERSION)
            return
        reason = self._desk.admit(connect)
        if reason is not Reason.SUCCESS:
            self._refuse(connect.level, reason)
            return
        self._bridge(connect)

    def _handshake(self, tls: TlsSource) -> bool:
        try:
            context = tls(self._note_server_name)
        except OSError:  # the key does not belong to the certificate: EMQX takes such a pair, and then fails here
            self._channel.refuse_handshake()
            return False
        self._channel.handshake(context, self._desk.patience)
        return True

    def _note_server_name(self, name: str | None) -> None:
        self._server_name = name

    def _first_packet(self, deadline: float) -> bytes:
        while data := self._channel.receive(deadline):
            for packet in self._framer.feed(data):
                return packet
            if self._framer.rest()[0] != PacketType.CONNECT << 4:
                break  # no MQTT at all: there is no reason to wait for more of it
        raise MalformedPacketError("no CONNECT")

    def _refuse(self, level: int, reason: Reason) -> None:
        self._record(level, reason)
        self._channel.send(mqtt.connack(level, reason))

    def _record(self, level: int, reason: Reason) -> None:
        code = mqtt.connack_code(level, reason)
        self._desk.journal.append(
            RequestRecord("deployment", "CONNECT", self._listener, write=False, status=code, at=self._desk.clock())
        )

    def _bridge(self, connect: Connect) -> None:
        clientid = connect.client_id or f"emqx_{secrets.token_hex(8)}"
        self._has_will = connect.will_flags != 0
        self._desk.clients.enter(self._describe(connect, clientid), self)  # first, so that the API never lags behind
        try:
            with self._desk.broker.dial(connect.level) as upstream:
                self._upstream = upstream
                if self._goodbye is None and self._log_in(connect, clientid, upstream):
                    self._pump(connect.level, clientid, upstream)
                self._say_goodbye(connect.level)
        finally:
            self._upstream = None
            self._desk.clients.leave(clientid, self, self._desk.clock())

    def _describe(self, connect: Connect, clientid: str) -> Client:
        common_name, subject = _subject(self._channel.peer_certificate())
        now = self._desk.clock()
        return Client(
            clientid=clientid,
            username=connect.username,
            cn=common_name,
            dn=subject,
            peersni=self._server_name,
            listener=self._listener,
            connected=True,
            connected_at=now,
            created_at=now,
            disconnected_at=None,
            proto_name=mqtt.PROTOCOL_NAMES[connect.level],
            proto_ver=connect.level,
            ip_address=self._address[0],
            port=self._address[1],
            keepalive=connect.keep_alive,
            clean_start=connect.clean_start,
            expiry_interval=connect.session_expiry,
            session_persists=connect.session_persists,
        )

    def _log_in(self, connect: Connect, clientid: str, upstream: socket.socket) -> bool:
        """Connect to the broker in the client's name, and pass its answer on; False where it gave none."""
        broker = self._desk.broker
        upstream.sendall(mqtt.encode_connect(connect.readdressed(clientid, broker.username, broker.password)))
        answers = Framer(self._desk.packet_limit)
        answer = _first_answer(upstream, answers)
        if answer is None:
            self._refuse(connect.level, Reason.SERVER_UNAVAILABLE)
            return False
        if connect.level == mqtt.MQTT_5 and not connect.client_id:
            answer = mqtt.with_assigned_client_id(answer, clientid)
        self._record(connect.level, Reason.SUCCESS)
        self._channel.send(answer + answers.rest())
        return True

    def _pump(self, level: int, clientid: str, upstream: socket.socket) -> None:
        upstream.settimeout(_BROKER_SECONDS)
        try:
            if not self._pass_on(b"", level, clientid, upstream):  # what came right behind the CONNECT
                return
            with selectors.DefaultSelector() as selector:
                selector.register(upstream, selectors.EVENT_READ)
                selector.register(self._channel, selectors.EVENT_READ)
                while self._step(selector, level, clientid, upstream):
                    pass
        except mqtt.PacketTooLargeError:
            self._goodbye = Reason.PACKET_TOO_LARGE
        except MalformedPacketError:
            self._goodbye = Reason.MALFORMED_PACKET

    def _step(self, selector: selectors.BaseSelector, level: int, clientid: str, upstream: socket.socket) -> bool:
        """Wait for bytes, and pass them on; False at the end of either side."""
        from_client = self._channel.pending()
        if not from_client:
            ready = {key.fileobj for key, _ in selector.select()}
            from_client = self._channel in ready
            if upstream in ready:
                data = upstream.recv(_CHUNK)
                if not data:
                    return False
                self._channel.send(data)
        if from_client:
            received = self._channel.receive_now()
            if received is not None:
                return self._pass_on(received, level, clientid, upstream) and bool(received)
        return True

    def _pass_on(self, data: bytes, level: int, clientid: str, upstream: socket.socket) -> bool:
        """Pass the client's packets on; False where it said goodbye.

        rumqttd notes a DISCONNECT twice, by the packet and by the end of the connection behind it; the second one hits
        whoever has taken the connection's place by then. So a goodbye that says nothing more is not passed on: the end
        is enough. One after a will is, since only that keeps the will from being published.
        """
        for packet in self._framer.feed(data):
            kind = mqtt.packet_type(packet)
            if kind not in _FROM_CLIENTS or (kind == PacketType.AUTH and level < mqtt.MQTT_5):
                raise MalformedPacketError(f"packet type {kind} from a client")
            if kind == PacketType.SUBSCRIBE:
                self._desk.clients.subscribe(clientid, mqtt.parse_filters(packet, level))
            elif kind == PacketType.UNSUBSCRIBE:
                self._desk.clients.unsubscribe(clientid, mqtt.parse_filters(packet, level))
            elif packet == _PLAIN_GOODBYE and not self._has_will:
                return False
            upstream.sendall(packet)
        return True

    def _say_goodbye(self, level: int) -> None:
        if self._goodbye is not None:
            self._channel.send(mqtt.disconnect(level, self._goodbye))

    def _hang_up(self) -> None:
        upstream = self._upstream
        if upstream is not None:
            with contextlib.suppress(OSError):
                upstream.shutdown(socket.SHUT_RDWR)


def _first_answer(upstream: socket.socket, answers: Framer) -> bytes | None:
    while data := upstream.recv(_CHUNK):
        for packet in answers.feed(data):
            return packet
    return None


def _subject(certificate: bytes | None) -> tuple[str | None, str | None]:
    """The common name and the whole subject of a DER certificate; None for what is not there or cannot be read."""
    if certificate is None:
        return None, None
    try:
        subject = x509.load_der_x509_certificate(certificate).subject
    except ValueError:  # OpenSSL has let pass what cryptography is stricter about
        return None, None
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (str(names[0].value) if names else None), subject.rfc4514_string()
