"""What is wrong with the server's certificates whatever is trusted: dates, name, purpose, CA flags, strength. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.tls import catalog, commands, x509_errors
from services.tls.hostname import is_for
from services.tls.paths import has_weak_digest, has_weak_key, serves_as_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.text import Fact
    from services.tls.certificate import Certificate
    from services.tls.findings import Finding
    from services.tls.openssl_verify import Result
    from services.tls.scene import Scene

_NOT_CA: Final = frozenset(
    {x509_errors.INVALID_CA, x509_errors.NOT_A_CA, x509_errors.PATH_LENGTH_EXCEEDED, x509_errors.NO_CERT_SIGN}
)
_DATES: Final = frozenset({x509_errors.EXPIRED, x509_errors.NOT_YET_VALID})


def server_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return what is wrong with the served certificates themselves; () where nothing is, or none is served."""
    if not scene.served:
        return ()
    result = scene.plain()
    return (
        *_dates(scene, result),
        *_authority(scene, result),
        *_purpose(scene),
        *_strength(scene, result),
        *_name(scene),
        *_revoked(scene),
    )


def _dates(scene: Scene, result: Result) -> Iterator[Finding]:
    leaf, at, now = scene.leaf, scene.evidence.judged_at, scene.evidence.taken_at
    upper = result.path[result.depth] if result.code in _DATES and result.depth else None
    outside = [each for each in (leaf, upper) if each is not None and not each.valid_at(at)]
    if outside and scene.evidence.at is not None and all(each.valid_at(now) for each in outside):
        yield scene.finding("client-clock-wrong", "", {**_about(scene, outside[0]), "clock": f"{at:%Y-%m-%d %H:%M}"})
        return
    if upper is not None and not upper.valid_at(at):
        yield _upper_date(scene, upper, result.depth)
    if not leaf.valid_at(at):
        late = at > leaf.not_after
        finding = "server-expired" if late else "server-not-yet-valid"
        yield scene.finding(
            finding, "", {**_about(scene, leaf)}, mend=commands.renew(scene.evidence.host) if late else ()
        )


def _upper_date(scene: Scene, upper: Certificate, depth: int) -> Finding:
    """A certificate above the leaf is out of its time: the client's own root, or one on the way there."""
    if upper.self_signed and scene.trusted is not None and upper in scene.trusted:
        return scene.finding(
            "ca-file-root-expired", "", {**_about(scene, upper), "depth": depth}, mend=commands.replace_ca_file(scene)
        )
    late = scene.evidence.judged_at > upper.not_after
    return scene.finding("intermediate-expired", "" if late else "not-yet", {**_about(scene, upper), "depth": depth})


def _authority(scene: Scene, result: Result) -> Iterator[Finding]:
    if result.code not in _NOT_CA or result.depth >= len(result.path):
        return
    variant = "path-length" if result.code == x509_errors.PATH_LENGTH_EXCEEDED else ""
    yield scene.finding("issuer-not-ca", variant, {**_about(scene, result.path[result.depth]), "depth": result.depth})


def _purpose(scene: Scene) -> Iterator[Finding]:
    for depth, certificate in enumerate(scene.ordered):
        if not certificate.self_signed and not serves_as_server(certificate):
            has = ", ".join(certificate.extended_key_usage or ())
            yield scene.finding(
                "server-purpose",
                "authority" if depth else "",
                {**_about(scene, certificate), "depth": depth, "has": has},
            )
            return


def _strength(scene: Scene, result: Result) -> Iterator[Finding]:
    path = result.path if len(result.path) > len(scene.ordered) else scene.ordered
    for depth, certificate in enumerate(path):
        if has_weak_key(certificate):
            yield scene.finding(
                "key-too-weak", "" if depth == 0 else "authority", {**_about(scene, certificate), "depth": depth}
            )
            break
    for depth, certificate in enumerate(path):
        if has_weak_digest(certificate) and not _is_anchor(scene, certificate):
            yield scene.finding("digest-too-weak", "", {**_about(scene, certificate), "depth": depth})
            break


def _is_anchor(scene: Scene, certificate: Certificate) -> bool:
    return any(certificate.sha256 == each.sha256 for each in scene.anchors)


def _name(scene: Scene) -> Iterator[Finding]:
    host = scene.evidence.host
    if host and not is_for(scene.leaf, host):
        names = ", ".join(scene.leaf.names[:5]) or scene.leaf.common_name
        yield scene.finding(
            "hostname-mismatch",
            "" if names else "nameless",
            {**_about(scene, scene.leaf), "name": host, "names": names},
        )


def _revoked(scene: Scene) -> Iterator[Finding]:
    """A cross-sign that its CA has withdrawn: who reads revocation lists refuses it; most MQTT clients do not."""
    for depth, certificate in enumerate(scene.ordered):
        fact = catalog.known(certificate)
        if fact is not None and fact.revoked:
            yield scene.finding("server-revoked", "", {**_about(scene, certificate), "depth": depth}).as_("warning")
            return


def _about(scene: Scene, certificate: Certificate) -> dict[str, Fact]:
    return {
        "certificate": certificate.label,
        "sha256": certificate.sha256,
        "issuer": certificate.issuer,
        "key_type": certificate.key_type,
        "signature": certificate.signature,
        "not_before": f"{certificate.not_before:%Y-%m-%d %H:%M}",
        "not_after": f"{certificate.not_after:%Y-%m-%d %H:%M}",
        "at": f"{scene.evidence.judged_at:%Y-%m-%d %H:%M}",
    }
