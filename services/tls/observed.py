"""What was seen of a server, as frozen records: DNS, TCP, handshakes, MQTT; read without any library of the network.

`services.tls.probe` looks; `services.tls.evidence` keeps and mails it. They are frozen Structs of msgspec: mailed
as JSON, and quicker to define than dataclasses, which would take a tenth of the start.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from services.dns.answers import Lookup
from services.tls.alerts import alert_text
from services.tls.certificate import Certificate, readable

DEFAULT_PORT: Final = 8883
Outcome = Literal["ok", "alert", "not-tls", "closed", "reset", "timeout", "failed"]
Offer = Literal["any", "TLSv1.2", "TLSv1.3", "legacy"]
Tcp = Literal["ok", "refused", "timeout", "reset", "unreachable", "not-tried"]
Plain = Literal["", "mqtt", "http", "other", "open", "silent"]
MqttVersion = Literal["3.1.1", "5.0"]

_UNSUPPORTED_VERSION: Final = frozenset({1, 0x84})


class Handshake(msgspec.Struct, frozen=True):
    """How one handshake went.

    Attributes:
        offered: which protocol versions the client offered; "legacy" is TLS 1.0 and 1.1.
        with_certificate: whether the client had a certificate to show.
        outcome: "ok": completed and not refused afterwards; "alert": the server refused; "not-tls": it spoke something
            else; "closed", "reset": it hung up; "timeout"; "failed": this side refused.
        protocol: e.g. "TLSv1.3"; "" where none was agreed on.
        cipher: e.g. "TLS_AES_256_GCM_SHA384".
        chain: what the server sent, DER, in its order, unverified.
        asks_for_certificate: the server sent a CertificateRequest.
        client_ca_names: the names in it, safe for display.
        client_ca_keys: the same, to compare with `Certificate.issuer_key`.
        alert: the number of the alert received; None for none.
        after_handshake: whether outcome befell after the handshake had succeeded on this side.
        error: OpenSSL's or the system's words.
        first_bytes: what the server said first, where it was not TLS.
        seconds: how long the handshake took, without waiting for a refusal.
    """

    offered: Offer
    with_certificate: bool
    outcome: Outcome
    server_name: str = ""
    protocol: str = ""
    cipher: str = ""
    chain: tuple[bytes, ...] = ()
    asks_for_certificate: bool = False
    client_ca_names: tuple[str, ...] = ()
    client_ca_keys: tuple[str, ...] = ()
    alert: int | None = None
    after_handshake: bool = False
    error: str = ""
    first_bytes: bytes = b""
    seconds: float = 0.0

    @property
    def alert_text(self) -> str:
        """The alert in words, e.g. "alert 116 (certificate required)"; "" for none."""
        return "" if self.alert is None else alert_text(self.alert)


class Answer(msgspec.Struct, frozen=True):
    """What the broker answered to CONNECT.

    Attributes:
        version: which MQTT was spoken.
        kind: "connack"; "http" (a web server, or a WebSocket listener); "nothing" (it hung up or kept silent); "other".
        code: of the CONNACK: return code (3.1.1) or reason code (5.0); None for no CONNACK.
        user: the user name shown.
    """

    version: MqttVersion
    kind: Literal["connack", "http", "nothing", "other"]
    code: int | None = None
    user: str = ""

    @property
    def wrong_version(self) -> bool:
        """Whether the broker does not take this version of MQTT."""
        return self.code in _UNSUPPORTED_VERSION


class Target(msgspec.Struct, frozen=True):
    """Whom to look at.

    Attributes:
        host: the name, for SNI and for the host check; a name or an address.
        port: the TLS port.
        address: where to connect instead of where `host` leads; "" to ask DNS.
        resolver: the name server to ask (address, port); None for the system's.
        deployment: the deployment's own name, where `host` ought to lead; "" where that is not known.
    """

    host: str
    port: int = DEFAULT_PORT
    address: str = ""
    resolver: tuple[str, int] | None = None
    deployment: str = ""


class Probe(msgspec.Struct, frozen=True):
    """What was seen.

    Attributes:
        target: whom was looked at.
        lookup: what DNS said; None where it was not asked.
        deployment: what DNS said of the deployment's own name; None where it was not asked.
        address: where the connections went; "" where none could be tried.
        tcp: how TCP went.
        handshakes: each one tried: any version without a client certificate first.
        plain: where TLS got no answer, what a plain MQTT CONNECT was answered with: "mqtt", "http", "other",
            "open" (nothing, and it went on listening) or "silent" (it hung up); "" where it was not tried.
        mqtt: the answer to CONNECT; None where no login was given, or it did not come to that.
        seconds: how long all of it took.
        details: the system's words where TCP failed.
    """

    target: Target
    lookup: Lookup | None = None
    deployment: Lookup | None = None
    address: str = ""
    tcp: Tcp = "not-tried"
    handshakes: tuple[Handshake, ...] = ()
    plain: Plain = ""
    mqtt: Answer | None = None
    seconds: float = 0.0
    details: str = ""

    @property
    def served(self) -> tuple[Certificate, ...]:
        """The chain as the server sent it, unverified and in its order; () where it sent none (or none readable)."""
        der = next((each.chain for each in self.handshakes if each.chain), ())
        return readable(der)

    @property
    def asks_for_certificate(self) -> bool | None:
        """Whether the server asks for a client certificate; None where no handshake got that far."""
        told = [each for each in self.handshakes if each.chain]
        return any(each.asks_for_certificate for each in told) if told else None

    @property
    def client_ca_names(self) -> tuple[str, ...]:
        """The names of the client CAs that the server lists."""
        return next((each.client_ca_names for each in self.handshakes if each.client_ca_names), ())

    def find(self, offered: Offer = "any", *, with_certificate: bool = False) -> Handshake | None:
        """Return the handshake of this kind; None where it was not tried."""
        kinds = (each for each in self.handshakes if each.offered == offered)
        return next((each for each in kinds if each.with_certificate is with_certificate), None)
