"""What one client meets: a chain, its own CA file, a name, a time, and how the server behaves on the wire. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from services.tls.alerts import HANDSHAKE_FAILURE, INSUFFICIENT_SECURITY, PROTOCOL_VERSION, UNRECOGNIZED_NAME
from services.tls.certificate import Certificate

if TYPE_CHECKING:
    from services.tls.observed import Handshake, Probe

WireFault = Literal["", "name", "refused", "timeout", "reset", "not-tls", "version", "cipher", "sni"]
KeyProblem = Literal["", "mismatch", "locked", "format", "empty"]
CaProblem = Literal["", "empty", "der", "key", "damaged", "other"]

LEGACY, TLS12, TLS13 = "legacy", "TLSv1.2", "TLSv1.3"
_OLD_REASONS: Final = ("unsupported protocol", "wrong ssl version", "legacy sigalg")


@dataclass(frozen=True, slots=True)
class Wire:
    """How the server behaves, as far as every client sees it.

    Attributes:
        fault: what keeps a usual client from any handshake; "" for nothing.
        versions: the protocol versions that it was seen to speak; () for unknown.
        asks: whether it asks for a client certificate; None for unknown.
        alert: the alert that refuses the client with what it has to show, by protocol version; absent for none.
        alert_without: the same for a client that shows no certificate.
        hung_up: versions in which it hung up without an alert after asking for a certificate.
        listed: the names of its client CAs, to compare with an issuer's; () for none or unknown.
        without_sni: it takes a client that names no host, where one that does is refused.
    """

    fault: WireFault = ""
    versions: tuple[str, ...] = ()
    asks: bool | None = None
    alert: tuple[tuple[str, int], ...] = ()
    alert_without: tuple[tuple[str, int], ...] = ()
    hung_up: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    without_sni: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What one client meets.

    Attributes:
        served: the chain, the leaf first; () where it is not known.
        trusted: the CA file's certificates, in its order; None where the client uses the store that comes with it.
        public: of the public stores, the roots that could matter here.
        ca_problem: why the CA file cannot be read; "" where it can.
        host: the name or address to check; "" to leave the check out.
        at: the client's time.
        wire: how the server behaves; None where only files are judged.
        shows: the client's certificate; None for none.
        key_problem: why the client's key cannot be used; "" where it can.
        newest: the newest protocol version that the client may speak; "" for its own.
    """

    served: tuple[Certificate, ...]
    trusted: tuple[Certificate, ...] | None
    at: datetime
    public: tuple[Certificate, ...] = ()
    ca_problem: CaProblem = ""
    host: str = ""
    wire: Wire | None = None
    shows: Certificate | None = None
    key_problem: KeyProblem = ""
    newest: Literal["", "TLSv1.2"] = ""

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """What the client trusts: its CA file, else the public roots."""
        return self.public if self.trusted is None else self.trusted


def wire_of(probe: Probe, *, shows_certificate: bool) -> Wire:
    """Return what `probe` saw, as a client meets it that shows a certificate (or none)."""
    if probe.tcp != "ok":
        return Wire(fault=_no_connection(probe))
    mine = [each for each in probe.handshakes if each.with_certificate is shows_certificate and each.server_name]
    bare = [each for each in probe.handshakes if not each.with_certificate and each.server_name] or mine
    fault = _tls_fault(probe, bare)
    return Wire(
        fault=fault,
        versions=_versions(probe.handshakes),
        asks=probe.asks_for_certificate,
        alert=_alerts(mine or bare),
        alert_without=_alerts(bare),
        hung_up=tuple(_version(each) for each in mine or bare if _refused_silently(each)),
        listed=next((each.client_ca_keys for each in probe.handshakes if each.client_ca_keys), ()),
        without_sni=fault == "sni" and any(each.chain for each in probe.handshakes),
    )


def _no_connection(probe: Probe) -> WireFault:
    if not probe.address:
        return "name"
    faults: dict[str, WireFault] = {"refused": "refused", "reset": "reset"}
    return faults.get(probe.tcp, "timeout")


def _tls_fault(probe: Probe, bare: list[Handshake]) -> WireFault:
    if any(each.chain for each in bare if each.offered != LEGACY):
        return ""
    if any(each.alert == UNRECOGNIZED_NAME for each in bare):
        return "sni"
    if any(each.outcome == "not-tls" for each in bare) or probe.plain in {"mqtt", "http", "other", "open"}:
        return "not-tls"
    if any(each.chain for each in bare) or any(_is_about_versions(each) for each in bare if each.offered != LEGACY):
        return "version"
    if any(each.alert in {HANDSHAKE_FAILURE, INSUFFICIENT_SECURITY} for each in bare):
        return "cipher"
    return "timeout" if all(each.outcome == "timeout" for each in bare) else "reset"


def _is_about_versions(each: Handshake) -> bool:
    return each.alert == PROTOCOL_VERSION or any(words in each.error for words in _OLD_REASONS)


def _versions(handshakes: tuple[Handshake, ...]) -> tuple[str, ...]:
    spoken = {_version(each) for each in handshakes if each.chain or each.protocol}
    return tuple(version for version in (LEGACY, TLS12, TLS13) if version in spoken)


def _version(each: Handshake) -> str:
    if each.offered == LEGACY:
        return LEGACY
    return each.protocol or (TLS13 if each.offered == "any" else each.offered)


def _alerts(handshakes: list[Handshake]) -> tuple[tuple[str, int], ...]:
    found = {_version(each): each.alert for each in handshakes if each.alert is not None and each.asks_for_certificate}
    return tuple(found.items())


def _refused_silently(each: Handshake) -> bool:
    return each.asks_for_certificate and each.alert is None and each.outcome in {"closed", "reset"}
