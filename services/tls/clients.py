"""Which clients there are, and the verdict of each on a situation. Pure.

The OpenSSL family's verdict on a chain is OpenSSL's own (`how` is "run"); the others' is a documented model ("model"),
as is what any of them makes of an alert or a broken connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.tls import openssl_verify as openssl
from services.tls import x509_errors
from services.tls.alerts import HANDSHAKE_FAILURE, PROTOCOL_VERSION, UNRECOGNIZED_NAME
from services.tls.hostname import is_for
from services.tls.models import trust_words
from services.tls.situation import LEGACY, TLS12, TLS13
from services.tls.wording import (
    CA_FILE_WORDS,
    KEY_MISMATCH_WORDS,
    WIRE_WORDS,
    Code,
    Words,
    alert_words,
    hostname_words,
    verify_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.tls.openssl_verify import Result
    from services.tls.situation import Situation, Wire

Answer = Literal["ok", "failed", "unknown"]
How = Literal["run", "model"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of client.

    Attributes:
        name: as on the command line and in the JSON document.
        label: what it is, and what behaves like it.
        openssl: how it sets OpenSSL up; None for one that is not built on it.
        versions: the protocol versions that it speaks by default.
        names_host: whether it says which host it wants (SNI): "yes", "no", or "dotted" for names with a dot only.
        withholds: whether it shows no certificate to a server that does not list its issuer.
        own_store: whether it trusts the public CAs where no CA file is named.
        goes_on: it lets OpenSSL go on after an error and reports the last one (Node).
    """

    name: str
    label: str
    openssl: openssl.Settings | None = None
    versions: tuple[str, ...] = (TLS12, TLS13)
    names_host: Literal["yes", "no", "dotted"] = "yes"
    withholds: bool = False
    own_store: bool = True
    goes_on: bool = False


KINDS: Final = (
    Kind("openssl", "openssl s_client", openssl.Settings()),
    Kind("python", "Python ssl.SSLContext, paho-mqtt", openssl.Settings()),
    Kind("python-3.13", "Python 3.13 create_default_context", openssl.Settings(partial_chain=True, strict=True)),
    Kind("node", "Node.js, MQTTX", openssl.Settings(security_level=1, checks_host=False), goes_on=True),
    Kind("mosquitto", "mosquitto_pub, mosquitto_sub", openssl.Settings(checks_host=False), own_store=False),
    Kind("curl", "curl (OpenSSL)", openssl.Settings(partial_chain=True, checks_host=False)),
    Kind("go", "Go crypto/tls", withholds=True),
    Kind("java", "Java (PKIX)", names_host="dotted", withholds=True),
    Kind("mbedtls", "mbedTLS, ESP32", versions=(LEGACY, TLS12), own_store=False),
    Kind("wolfssl", "wolfSSL", names_host="no", own_store=False),
    Kind("gnutls", "GnuTLS", versions=(LEGACY, TLS12, TLS13)),
)
ALIASES: Final = {
    "mqttx": "node", "nodejs": "node", "paho": "python", "paho-mqtt": "python", "esp32": "mbedtls",
    "mosquitto_pub": "mosquitto", "mosquitto_sub": "mosquitto", "s_client": "openssl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClientVerdict:
    """What one kind of client makes of a situation.

    Attributes:
        code: as it prints it: a number, Node's word, or None where it prints none.
        text: its words.
        depth: at which certificate of its path, 0 for the leaf; None where that says nothing.
        how: whether the real library judged, or a model of it.
    """

    name: str
    verdict: Answer
    code: Code
    text: str
    depth: int | None
    how: How


def kinds(names: Sequence[str] = ()) -> tuple[Kind, ...]:
    """Return the kinds called `names` (aliases too) in the table's order; all for none.

    Raises:
        KeyError: a name that is neither; its argument is the name.
    """
    wanted = {ALIASES.get(name.lower(), name.lower()) for name in names}
    known = {kind.name for kind in KINDS}
    for name in names:
        if ALIASES.get(name.lower(), name.lower()) not in known:
            raise KeyError(name)
    return tuple(kind for kind in KINDS if not wanted or kind.name in wanted)


def judge(kind: Kind, situation: Situation) -> ClientVerdict:
    """Return what a client of `kind` makes of `situation`: its files first, then the connection, then the chain."""
    for stage in (_own_files, _connection):
        if (verdict := stage(kind, situation)) is not None:
            return verdict
    if not situation.served:
        return ClientVerdict(kind.name, "unknown", None, "", None, "model")
    if situation.trusted is None and not kind.own_store:
        return ClientVerdict(kind.name, "unknown", None, "", None, "model")
    verdict = _chain(kind, situation)
    if verdict.verdict == "ok" and (words := _refused_by_server(kind, situation)) is not None:
        return _failed(kind, words)
    return verdict


def judge_all(chosen: Sequence[Kind], situation: Situation) -> tuple[ClientVerdict, ...]:
    """Return the verdict of each of `chosen`, in their order."""
    return tuple(judge(kind, situation) for kind in chosen)


def _failed(kind: Kind, words: Words, depth: int | None = None, how: How = "model") -> ClientVerdict:
    code, text = words
    return ClientVerdict(kind.name, "failed", code, text, depth, how)


def _own_files(kind: Kind, situation: Situation) -> ClientVerdict | None:
    """What a client says of its own files, before it connects."""
    if situation.ca_problem and not situation.trusted and kind.name in CA_FILE_WORDS:
        return _failed(kind, CA_FILE_WORDS[kind.name])
    if situation.key_problem == "mismatch":
        return _failed(kind, KEY_MISMATCH_WORDS[kind.name])
    return None


def _connection(kind: Kind, situation: Situation) -> ClientVerdict | None:
    """What a client says where it gets no handshake; None where it gets one."""
    wire = situation.wire
    if wire is None:
        return None
    if wire.fault in WIRE_WORDS:
        return _failed(kind, WIRE_WORDS[wire.fault][kind.name])
    alert = _alert_in_hello(kind, situation, wire)
    return None if alert is None else _failed(kind, alert_words(kind.name, alert))


def _alert_in_hello(kind: Kind, situation: Situation, wire: Wire) -> int | None:
    """The alert that answers the client's first message; None for none."""
    speaks = {TLS12, LEGACY} & set(kind.versions) if situation.newest else set(kind.versions)
    if (wire.versions and not speaks & set(wire.versions)) or (wire.fault == "version" and not wire.versions):
        return PROTOCOL_VERSION
    if wire.fault == "cipher":
        return HANDSHAKE_FAILURE
    return UNRECOGNIZED_NAME if wire.fault == "sni" and _names_host(kind, situation.host) else None


def _names_host(kind: Kind, host: str) -> bool:
    return kind.names_host == "yes" or (kind.names_host == "dotted" and "." in host)


def _chain(kind: Kind, situation: Situation) -> ClientVerdict:
    if kind.openssl is None:
        words = trust_words(kind.name, situation)
        return ClientVerdict(kind.name, "ok", None, "", None, "model") if words is None else _failed(kind, words)
    try:
        result = openssl.verify(situation.served, situation.anchors, situation.at, situation.host, kind.openssl)
    except ValueError:
        return ClientVerdict(kind.name, "unknown", None, "", None, "run")
    if result.code:
        code, depth = _last_error(result, situation) if kind.goes_on else (result.code, result.depth)
        return _failed(kind, verify_words(kind.name, code, situation.host), depth, "run")
    leaf = situation.served[0]
    if not kind.openssl.checks_host and situation.host and not is_for(leaf, situation.host):
        return _failed(kind, hostname_words(kind.name, situation.host, leaf.names), 0, "run")
    return ClientVerdict(kind.name, "ok", 0, "", None, "run")


def _last_error(result: Result, situation: Situation) -> tuple[int, int]:
    """Return the error that stays where OpenSSL is let go on after each (x509_vfy.c, internal_verify).

    A leaf alone whose issuer is unknown is then "unable to verify the first certificate"; an issuer that is no CA is
    then found to lack keyCertSign; and dates are looked at last, from the top down, whatever was found before.
    """
    code, depth = result.code, result.depth
    if code == x509_errors.NO_LOCAL_ISSUER and len(result.path) == 1:
        code = x509_errors.UNVERIFIED_LEAF
    if code == x509_errors.INVALID_CA and depth < len(result.path):
        usage = result.path[depth].key_usage
        code = x509_errors.NO_CERT_SIGN if usage is not None and "keyCertSign" not in usage else code
    for place, certificate in enumerate(result.path):
        if situation.at > certificate.not_after:
            return x509_errors.EXPIRED, place
        if situation.at < certificate.not_before:
            return x509_errors.NOT_YET_VALID, place
    return code, depth


def _refused_by_server(kind: Kind, situation: Situation) -> Words | None:
    """Return what the client says where the server refuses it, or its certificate; None where it does not."""
    wire = situation.wire
    if wire is None or not wire.asks:
        return None
    spoken = [version for version in kind.versions if version in wire.versions]
    version = TLS12 if situation.newest and TLS12 in spoken else spoken[-1] if spoken else TLS13
    shown = situation.shows
    withheld = kind.withholds and shown is not None and bool(wire.listed) and shown.issuer_key not in wire.listed
    alerts = dict(wire.alert_without if withheld else wire.alert)
    if version in alerts:
        return alert_words(kind.name, alerts[version])
    return WIRE_WORDS["reset"][kind.name] if version in wire.hung_up else None
