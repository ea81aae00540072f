"""What the client shows against what the deployment asks for: the client's files, and the server's alert. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.tls import alerts, chain, commands
from services.tls.alerts import alert_text
from services.tls.chain import Link
from services.tls.paths import serves_as_client
from services.tls.scene import key_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.text import Fact
    from services.tls.certificate import Certificate
    from services.tls.findings import Finding
    from services.tls.scene import Scene

_ABOUT_ISSUER: Final = frozenset(
    {
        alerts.UNKNOWN_CA,
        alerts.BAD_CERTIFICATE,
        alerts.CERTIFICATE_UNKNOWN,
        alerts.ACCESS_DENIED,
        alerts.HANDSHAKE_FAILURE,
        alerts.CERTIFICATE_REQUIRED,
    }
)
_KEY_FINDINGS: Final = {"mismatch": "client-key-mismatch", "locked": "client-key-locked"}


def client_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return why the server refuses the client, or will; () where it does not."""
    if scene.evidence.certificate is None:
        return tuple(_nothing_shown(scene))
    own = tuple(_own_files(scene))
    return own or tuple(_refused(scene))


def _nothing_shown(scene: Scene) -> Iterator[Finding]:
    wire = scene.wire
    if wire is None or not wire.asks:
        return
    if wire.alert_without:
        number = wire.alert_without[-1][1]
        yield scene.finding("client-cert-missing", "", {"alert": alert_text(number)})
    elif wire.hung_up:
        yield scene.finding("client-cert-missing", "silent")


def _own_files(scene: Scene) -> Iterator[Finding]:
    """What can be told from the client's files alone."""
    evidence = scene.evidence
    if evidence.certificate is None:
        return
    shown = evidence.certificate.certificates
    path = evidence.certificate.path
    if not shown:
        yield scene.finding("certificate-unreadable", "", {"path": path})
        return
    if problem := key_problem(evidence):
        key = evidence.key.path if evidence.key else ""
        mend = commands.compare_key(path, key) if problem == "mismatch" else commands.unlock_key(key)
        finding = _KEY_FINDINGS.get(problem, "key-format")
        yield scene.finding(finding, "", {"path": key, "key": key, "certificate": path}, mend=mend)
    yield from _dates_and_purpose(scene, shown[0], path)


def _dates_and_purpose(scene: Scene, shown: Certificate, path: str) -> Iterator[Finding]:
    at = scene.evidence.judged_at
    dates: dict[str, Fact] = {
        "not_before": f"{shown.not_before:%Y-%m-%d %H:%M}",
        "not_after": f"{shown.not_after:%Y-%m-%d %H:%M}",
    }
    if at > shown.not_after:
        yield scene.finding("client-cert-expired", "", {"path": path, "certificate": shown.label, **dates})
    elif at < shown.not_before:
        yield scene.finding("client-cert-not-yet-valid", "", {"path": path, "certificate": shown.label, **dates})
    if not serves_as_client(shown):
        has = ", ".join(shown.extended_key_usage or ())
        look = commands.show_certificate(path)
        yield scene.finding(
            "client-cert-purpose", "", {"path": path, "certificate": shown.label, "has": has}, mend=look
        )


def _refused(scene: Scene) -> Iterator[Finding]:
    """The files are right in themselves, and the server refuses the client all the same."""
    wire = scene.wire
    if wire is None or not wire.asks or scene.evidence.certificate is None:
        return
    shown = scene.evidence.certificate.certificates[0]
    path = scene.evidence.certificate.path
    if scene.evidence.key is None:
        yield scene.finding("client-cert-missing", "no-key", {"path": path})
    elif wire.alert:
        yield _by_alert(scene, shown, path, wire.alert[-1][1])
    elif wire.hung_up:
        yield scene.finding("client-cert-unknown-ca", "silent", {"path": path, "issuer": shown.issuer})


def _by_alert(scene: Scene, shown: Certificate, path: str, number: int) -> Finding:
    told = alert_text(number)
    if number == alerts.CERTIFICATE_EXPIRED:
        return scene.finding("client-cert-expired", "theirs", {"path": path, "certificate": shown.label, "alert": told})
    if number == alerts.UNSUPPORTED_CERTIFICATE:
        return scene.finding("client-cert-purpose", "theirs", {"path": path, "certificate": shown.label, "alert": told})
    if number == alerts.CERTIFICATE_REVOKED:
        return scene.finding("client-cert-revoked", "", {"path": path, "certificate": shown.label, "alert": told})
    if number == alerts.DECRYPT_ERROR:
        return scene.finding(
            "client-key-mismatch", "theirs", {"path": path, "certificate": path, "key": "", "alert": told}
        )
    if number in _ABOUT_ISSUER:
        return _unknown_ca(scene, shown, path, told)
    return scene.finding("tls-refused", "", {"alert": told})


def _unknown_ca(scene: Scene, shown: Certificate, path: str, told: str) -> Finding:
    """The deployment does not find the client certificate's issuer: another CA, or an intermediate that is not sent."""
    listed = scene.wire.listed if scene.wire else ()
    sent = scene.evidence.certificate.certificates if scene.evidence.certificate else (shown,)
    top = chain.order(sent[0], sent)[-1]
    facts: dict[str, Fact] = {"path": path, "certificate": shown.label, "issuer": top.issuer, "alert": told}
    if top.issuer_key in listed:
        return scene.finding("client-cert-unknown-ca", "same-name", {**facts})
    between = _intermediate_towards(scene, top, listed)
    if between is not None:
        return scene.finding("client-chain-incomplete", "", {"missing": between.label, **facts})
    names = "; ".join(scene.evidence.probe.client_ca_names[:3]) if scene.evidence.probe else ""
    return scene.finding("client-cert-unknown-ca", "listed" if names else "", {"listed": names, **facts})


def _intermediate_towards(scene: Scene, top: Certificate, listed: tuple[str, ...]) -> Certificate | None:
    """Return the certificate at hand that issued `top` and was itself issued by a CA that the server lists."""
    for certificate, _ in scene.pool.values():
        below = not certificate.self_signed and chain.issues(certificate, top) is Link.YES
        if below and (certificate.issuer_key in listed or not listed):
            return certificate
    return None
