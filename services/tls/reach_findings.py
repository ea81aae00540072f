"""The way to the broker: DNS, TCP, TLS as such, and MQTT's own answer. Pure: judges what the probe saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.tls.situation import LEGACY, TLS13

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.dns.answers import Lookup
    from services.tls.findings import Finding
    from services.tls.observed import Answer, Probe
    from services.tls.scene import Scene

_WIRE_FINDINGS: Final = {
    "refused": "connection-refused",
    "timeout": "connection-timeout",
    "reset": "connection-reset",
    "not-tls": "not-tls",
    "version": "tls-version",
    "cipher": "no-shared-cipher",
    "sni": "sni-refused",
}
_CONNACK_FINDINGS: Final = {
    1: "mqtt-protocol", 2: "mqtt-client-id", 4: "mqtt-credentials", 5: "mqtt-not-authorized",
    0x84: "mqtt-protocol", 0x85: "mqtt-client-id", 0x86: "mqtt-credentials", 0x87: "mqtt-not-authorized",
    0x8C: "mqtt-credentials",
}  # fmt: skip


def reach_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return what keeps clients from a TLS handshake; () for nothing, or files alone."""
    probe = scene.evidence.probe
    if probe is None or scene.wire is None:
        return ()
    found = tuple(_names(scene, probe))
    if scene.wire.fault in _WIRE_FINDINGS:
        finding = _WIRE_FINDINGS[scene.wire.fault]
        return (*found, scene.finding(finding, _variant(scene, probe), {"details": _details(probe)}))
    if scene.wire.versions == (TLS13,):
        return (*found, scene.finding("tls-version", "only-13"))
    return found


def mqtt_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return why the broker does not let the client in after TLS; () where it does, or was not asked."""
    probe = scene.evidence.probe
    if probe is None or probe.mqtt is None or probe.mqtt.code == 0:
        return ()
    return (_mqtt(scene, probe.mqtt),)


def _names(scene: Scene, probe: Probe) -> Iterator[Finding]:
    lookup = probe.lookup
    if lookup is None:
        return
    if lookup.failure:
        yield scene.finding("name-not-found", _LOOKUP_VARIANTS[lookup.failure], {"details": lookup.details})
    elif _leads_elsewhere(probe, lookup):
        found = " → ".join((*lookup.cnames, *lookup.addresses[:2]))
        target = probe.target.deployment or probe.target.address
        yield scene.finding("cname-wrong", "", {"domain": lookup.name, "found": found, "target": target})


def _leads_elsewhere(probe: Probe, lookup: Lookup) -> bool:
    """Whether the name leads to another place than the deployment's name, or than the address that was given."""
    target = probe.target
    if not target.deployment:
        return bool(target.address) and target.address not in lookup.addresses
    wanted = target.deployment.rstrip(".").lower()
    if wanted in {name.rstrip(".").lower() for name in (lookup.name, *lookup.cnames)}:
        return False
    if lookup.cnames or probe.deployment is None:
        return True
    return not set(lookup.addresses) & set(probe.deployment.addresses)


_LOOKUP_VARIANTS: Final = {"not-found": "", "timeout": "no-answer", "failed": "no-answer"}


def _variant(scene: Scene, probe: Probe) -> str:
    fault = scene.wire.fault if scene.wire else ""
    if fault == "not-tls":
        spoken = "http" if any(each.first_bytes.startswith(b"HTTP/") for each in probe.handshakes) else probe.plain
        return spoken if spoken in {"mqtt", "http"} else ""
    if fault == "version" and scene.wire and scene.wire.versions == (LEGACY,):
        return "old"
    return ""


def _details(probe: Probe) -> str:
    said = next((each.alert_text or each.error for each in probe.handshakes if each.alert_text or each.error), "")
    return said or probe.details


def _mqtt(scene: Scene, answer: Answer) -> Finding:
    if answer.kind == "http":
        return scene.finding("websocket-mismatch")
    if answer.code is None:
        return scene.finding("mqtt-protocol", "", {"code": answer.kind})
    shown = f"0x{answer.code:02X}" if answer.code >= 0x80 else str(answer.code)
    finding = _CONNACK_FINDINGS.get(answer.code, "mqtt-refused")
    return scene.finding(finding, "", {"code": shown, "user": answer.user, "version": answer.version})
