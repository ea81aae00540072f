"""One MQTT connection over mutual TLS, by paho, on a socket of our own and driven from the calling thread.

paho resolves names itself and gives its handshake no deadline as a whole; here it is handed a socket that is connected
and verified already. It starts no thread: `round_trip` and `close` drive it. Blocking: run it in a thread.
"""

from __future__ import annotations

import secrets
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from services.errors import ServiceError
from services.mqtt import findings
from services.mqtt.kinds import Version
from services.mqtt.wire import CONNECT_SECONDS, Target, connect_tls, refusal_after_handshake
from services.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

_KEEPALIVE: Final = 60
_STEP_SECONDS: Final = 0.25  # how long paho's loop may wait at once; data wakes it earlier

# paho words MQTT 3.1.1's return codes as MQTT 5.0's reason codes; these are the true ones back.
_RETURN_CODES: Final = {0x84: 1, 0x85: 2, 0x88: 3, 0x86: 4, 0x87: 5}


@dataclass(frozen=True, slots=True)
class Login:
    """User name and password; without either, the certificate alone must do."""

    user: str = ""
    password: Secret | None = None


class Connection:
    """One connection to `target`. Use it as a context manager: connected on entry, closed on exit.

    Args:
        target: whom to connect to.
        context: what to trust and which certificate to show.
        login: user name and password.
        version: which MQTT to speak.
        seconds: the deadline for being connected, and for each exchange after.

    Raises (on entry):
        ServiceError: connection-…, not-tls, client-cert-… (the server refused the client's certificate), mqtt-… (it
            answered CONNECT with a refusal), and what a failed verification of the server stands for.
    """

    def __init__(
        self,
        target: Target,
        context: ssl.SSLContext,
        login: Login,
        version: Version,
        *,
        client_id: str | None = None,
        seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.client_id = client_id or f"emqx-mtls-{secrets.token_hex(6)}"
        self.tls_version = ""
        self._target = target
        self._context = context
        self._login = login
        self._version = version
        self._seconds = seconds
        self._heard = _Heard()
        self._paho = self._new_paho()

    def __enter__(self) -> Self:
        try:
            self._connect()
        except BaseException:
            self._paho.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def round_trip(self, topic: str, payload: bytes) -> float:
        """Subscribe to `topic`, publish `payload` there with QoS 1, receive it; return seconds from publish to receipt.

        Raises:
            ServiceError: mqtt-not-authorized (subscribe or publish refused), mqtt-message-lost, connection-reset.
        """
        heard = self._heard
        self._paho.subscribe(topic, qos=1)
        self._until(lambda: heard.subscribed is not None, "mqtt-message-lost")
        self._allowed(heard.subscribed, "subscribe", topic)
        started = time.monotonic()
        self._paho.publish(topic, payload, qos=1)
        self._until(lambda: heard.has_refusal or (topic, payload) in heard.messages, "mqtt-message-lost", topic)
        self._allowed(heard.published, "publish", topic)
        return time.monotonic() - started

    def close(self) -> None:
        """Say DISCONNECT and close. Safe to call twice, and on a broken connection."""
        self._paho.disconnect()
        self._paho.release()

    def _new_paho(self) -> _Paho:
        paho = _Paho(self._open_socket, client_id=self.client_id, protocol=self._version)
        if self._login.user:
            password = self._login.password
            paho.username_pw_set(self._login.user, password.reveal() if password else None)
        self._heard.listen_to(paho)
        return paho

    def _open_socket(self) -> ssl.SSLSocket:
        sock = connect_tls(self._target, self._context, time.monotonic() + self._seconds)
        self.tls_version = sock.version() or ""
        return sock

    def _connect(self) -> None:
        target = self._target
        try:
            self._paho.connect(target.host, target.port, keepalive=_KEEPALIVE)
        except ssl.SSLError as error:
            raise findings.of_tls(error, target.host, target.port) from error
        try:
            self._until(lambda: self._heard.connack is not None, "connection-timeout")
        except _LostError as lost:
            raise self._refusal() from lost
        code = self._heard.connack or 0
        if code:
            code = code if self._version is Version.V5 else _RETURN_CODES.get(code, code)
            raise findings.of_connack(code, target.host, target.port, self._login.user)

    def _refusal(self) -> ServiceError:
        """Return why the server closed before CONNACK: connect once more, write nothing, and hear the alert."""
        target = self._target
        try:
            with connect_tls(target, self._context, time.monotonic() + self._seconds) as sock:
                error = refusal_after_handshake(sock)
        except ssl.SSLError as failure:
            return findings.of_tls(failure, target.host, target.port)
        if (alert := findings.alert_of(error)) is not None:
            return findings.of_alert(alert, target.host, target.port)
        return ServiceError("mqtt-protocol", host=target.host, port=target.port, code=f"MQTT {self._version}")

    def _until(self, reached: Callable[[], bool], finding: str, topic: str = "") -> None:
        """Drive paho until `reached`; raise `finding` at the deadline, _LostError where the connection ends first."""
        deadline = time.monotonic() + self._seconds
        while not reached():
            left = deadline - time.monotonic()
            if left <= 0:
                raise ServiceError(finding, host=self._target.host, port=self._target.port, topic=topic)
            if self._paho.loop(min(left, _STEP_SECONDS)) != MQTTErrorCode.MQTT_ERR_SUCCESS and not reached():
                raise _LostError("connection-reset", host=self._target.host, port=self._target.port)

    def _allowed(self, code: int | None, doing: str, topic: str) -> None:
        if code is not None and code >= 0x80:
            shown = findings.code_text(code)
            raise ServiceError(
                "mqtt-not-authorized",
                variant=doing,
                details=f"{doing}: {shown}",
                host=self._target.host,
                port=self._target.port,
                user=self._login.user,
                topic=topic,
                code=shown,
            )


class _LostError(ServiceError):
    """The connection ended while something was awaited."""


class _Heard:
    """What the broker said so far, by paho's callbacks (which run inside `loop`)."""

    def __init__(self) -> None:
        self.connack: int | None = None
        self.subscribed: int | None = None
        self.published: int | None = None
        self.messages: set[tuple[str, bytes]] = set()

    @property
    def has_refusal(self) -> bool:
        return self.published is not None and self.published >= 0x80

    def listen_to(self, paho: Client) -> None:
        def on_connect(_client: Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
            self.connack = code.value

        def on_subscribe(_client: Client, _data: Any, _mid: int, codes: Any, _properties: Any) -> None:
            self.subscribed = codes[0].value

        def on_publish(_client: Client, _data: Any, _mid: int, code: Any, _properties: Any) -> None:
            self.published = code.value

        def on_message(_client: Client, _data: Any, message: Any) -> None:
            self.messages.add((message.topic, bytes(message.payload)))

        paho.on_connect, paho.on_subscribe = on_connect, on_subscribe
        paho.on_publish, paho.on_message = on_publish, on_message


class _Paho(Client):
    """paho's client on a socket that is made elsewhere."""

    def __init__(self, make: Callable[[], ssl.SSLSocket], *, client_id: str, protocol: Version) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion(protocol), reconnect_on_failure=False
        )
        self._make = make

    def _create_socket(self) -> Any:
        """Paho asks here for its socket (all of 2.x)."""
        return self._make()

    def release(self) -> None:
        """Close whatever is still open: the socket, and the pair by which paho wakes its loop."""
        self._reset_sockets()
