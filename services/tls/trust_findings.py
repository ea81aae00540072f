"""Between what the server sends and what the client's CA file holds: the one cause why a chain does not close. Pure.

OpenSSL's verdict with its defaults leads to the place; the certificates there and what else is at hand tell the cause.
What holds whatever is trusted (dates, names, purposes) is `services.tls.server_findings`'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.tls import catalog, chain, commands, x509_errors
from services.tls.chain import Link
from services.tls.paths import judged_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.tls.certificate import Certificate
    from services.tls.findings import Finding, Severity
    from services.tls.openssl_verify import Result
    from services.tls.scene import Scene

_OTHER_KEY: Final = frozenset({Link.KEY_ID, Link.ALGORITHM})
_MISSING: Final = frozenset({"server-leaf-only", "server-chain-incomplete", "new-root-not-in-stores"})
_CLOSED: Final = frozenset(
    {
        x509_errors.OK,
        x509_errors.NOT_YET_VALID,
        x509_errors.EXPIRED,
        x509_errors.NOT_A_CA,
        x509_errors.PATH_LENGTH_EXCEEDED,
        x509_errors.PURPOSE,
        x509_errors.NO_CERT_SIGN,
        x509_errors.PERMITTED_VIOLATION,
        x509_errors.EXCLUDED_VIOLATION,
        x509_errors.INVALID_CA,
    }
)
"""Verdicts on a chain that does end in the CA file, or would: what they find is for other modules to say."""


def trust_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return why the served chain does not end in what the clients trust; () where it does, or none is served."""
    if not scene.served:
        return ()
    if scene.evidence.ca is not None and not scene.trusted:
        return ()  # the CA file cannot be read: nothing may be said of what it trusts
    result = scene.plain()
    if any(map(catalog.is_staging, scene.served)):
        return (_staging(scene, "warning" if result.code in _CLOSED else "error"),)
    if result.code in _CLOSED:
        return _blemishes(scene)
    cause = _cause(scene, result)
    if cause.id.startswith("ca-file"):
        return (cause, *_blemishes(scene))
    return (cause, *_next_trouble(scene)) if cause.id in _MISSING else (cause,)


def _next_trouble(scene: Scene) -> tuple[Finding, ...]:
    """Once the server sends its whole chain, a CA file without any root will be what fails: say it now."""
    if not scene.trusted or any(each.self_signed for each in scene.trusted):
        return ()
    return (_not_root(scene, scene.trusted[-1], "").as_("warning"),)


def _cause(scene: Scene, result: Result) -> Finding:
    top = result.path[-1]
    if result.code == x509_errors.SIGNATURE_FAILURE:
        return _signature(scene, result)
    if result.code == x509_errors.UNABLE_TO_GET_ISSUER:
        return _ends_short(scene, top)
    if result.code == x509_errors.SELF_SIGNED_LEAF:
        return scene.finding("server-self-signed", "", {"leaf": top.label})
    if result.code == x509_errors.SELF_SIGNED_IN_CHAIN:
        return _root_not_trusted(scene, top)
    return _issuer_unknown(scene, top)


def _signature(scene: Scene, result: Result) -> Finding:
    """OpenSSL took an issuer by name and key id, and its key does not fit the signature."""
    broken = result.path[min(result.depth, len(result.path) - 1)]
    issuer = result.path[result.depth + 1] if result.depth + 1 < len(result.path) else broken
    named_by_key = broken.aki is not None and issuer.ski is not None
    if not named_by_key and issuer is not broken:
        if scene.trusted is not None and issuer in scene.trusted:
            return _lookalike(scene, issuer, broken)
        return _mixed(scene, broken, issuer)
    return scene.finding("signature-broken", "", {"certificate": broken.label, "depth": result.depth})


def _ends_short(scene: Scene, top: Certificate) -> Finding:
    """The path came into the CA file and stopped there: OpenSSL's error 2."""
    impostor = _named_as_issuer(scene.anchors, top)
    if impostor is not None and chain.issues(impostor, top) in _OTHER_KEY:
        return _lookalike(scene, impostor, top)
    closed = [path for path in judged_paths(scene.served, scene.anchors, scene.evidence.judged_at) if path.anchored]
    shadowed = any(path.certificates[-1].self_signed for path in closed)
    return _not_root(scene, top, "shadowed" if shadowed else "")


def _root_not_trusted(scene: Scene, root: Certificate) -> Finding:
    """The server sent a root that is not in the CA file: OpenSSL's error 19."""
    impostor = next((each for each in scene.anchors if each.subject_key == root.subject_key), None)
    if impostor is not None:
        return _lookalike(scene, impostor, root)
    if scene.trusted is not None and (catalog.is_public_root(root) or catalog.known(root)):
        return _unrelated(scene, root)
    return scene.finding("server-private-ca", "", {"root": root.label}, mend=commands.show_root(scene))


def _issuer_unknown(scene: Scene, top: Certificate) -> Finding:
    """No certificate of the path is in the CA file, and the topmost one's issuer is not there: OpenSSL's error 20."""
    if scene.partial().code == x509_errors.OK:
        return _not_root(scene, top, "leaf")
    if (impostor := _named_as_issuer(scene.anchors, top)) is not None:
        return _lookalike(scene, impostor, top)
    if (wrong := _named_as_issuer(scene.served, top)) is not None:
        return _mixed(scene, top, wrong)
    issuer = scene.issuer_at_hand(top)
    return _issuer_elsewhere(scene, top, issuer) if issuer is not None else _issuer_guessed(scene, top)


def _issuer_guessed(scene: Scene, top: Certificate) -> Finding:
    """The issuer is nowhere at hand: what it is must be known by key id, or guessed by name."""
    rank = scene.rank_of_issuer(top)
    if rank == "new-root" and top.sha256 != scene.leaf.sha256:
        return scene.finding("new-root-not-in-stores", "", {"top": top.label, "root": top.issuer})
    if rank == "root" or (rank == "unknown" and len(scene.ordered) > 1):
        return _unrelated_or_private(scene, top)
    return _incomplete(scene, top, "guessed" if rank == "unknown" else "")


def _issuer_elsewhere(scene: Scene, top: Certificate, issuer: Certificate) -> Finding:
    """The issuer is at hand, though neither sent nor trusted."""
    if not issuer.self_signed:
        return _incomplete(scene, top, "")
    if catalog.known(issuer) and not catalog.is_public_root(issuer):
        return scene.finding("new-root-not-in-stores", "", {"top": top.label, "root": issuer.label})
    return _unrelated_or_private(scene, top)


def _unrelated_or_private(scene: Scene, top: Certificate) -> Finding:
    """Who named a CA file named a wrong one; who trusts the public roots met a private one."""
    if scene.trusted is None:
        return scene.finding("server-private-ca", "not-sent", {"root": top.issuer})
    return _unrelated(scene, top)


def _incomplete(scene: Scene, top: Certificate, variant: str) -> Finding:
    """An intermediate is missing above `top`."""
    finding = "server-leaf-only" if top.sha256 == scene.leaf.sha256 else "server-chain-incomplete"
    depth = len(scene.ordered)
    return scene.finding(
        finding, variant, {"missing": top.issuer, "top": top.label, "depth": depth}, mend=commands.serve_chain(scene)
    )


def _mixed(scene: Scene, subject: Certificate, wrong: Certificate) -> Finding:
    return scene.finding(
        "server-chain-mixed",
        "",
        {
            "certificate": subject.label,
            "wrong": wrong.label,
            "wants": subject.aki or "?",
            "has": wrong.ski or wrong.spki_sha256[:40],
        },
        mend=commands.serve_chain(scene),
    )


def _lookalike(scene: Scene, impostor: Certificate, subject: Certificate) -> Finding:
    return scene.finding(
        "ca-file-lookalike",
        "",
        {"impostor": impostor.label, "certificate": subject.label, "sha256": impostor.sha256},
        mend=commands.replace_ca_file(scene),
    )


def _not_root(scene: Scene, top: Certificate, variant: str) -> Finding:
    """The CA file's `top` is no root."""
    return scene.finding(
        "ca-file-not-root",
        variant,
        {
            "certificate": top.label,
            "issuer": top.issuer,
            "depth": scene.plain().depth,
            "root": root_name(scene) or top.issuer,
        },
        mend=commands.replace_ca_file(scene),
    )


def _unrelated(scene: Scene, top: Certificate) -> Finding:
    held = ", ".join(each.label for each in (scene.trusted or ())[:3])
    return scene.finding(
        "ca-file-unrelated",
        "",
        {"held": held, "top": top.label, "issuer": top.issuer, "root": root_name(scene) or top.issuer},
        mend=commands.replace_ca_file(scene),
    )


def _staging(scene: Scene, severity: Severity) -> Finding:
    found = scene.finding("staging-certificate", "", {"leaf": scene.leaf.label, "issuer": scene.leaf.issuer})
    return found.as_(severity)


def _blemishes(scene: Scene) -> tuple[Finding, ...]:
    """What the server sends amiss though this CA file makes up for it: other clients, or stricter ones, will fail."""
    found: list[Finding] = []
    if not scene.top.self_signed and _made_up_for(scene):
        found.append(_incomplete(scene, scene.top, "made-up-for").as_("warning"))
    if (fault := _order_fault(scene)) is not None:
        found.append(fault)
    return tuple(found)


def _made_up_for(scene: Scene) -> bool:
    """Whether it is an intermediate of the CA file that stands above what was served, and no root does."""
    above = [each for each in scene.trusted or () if chain.issues(each, scene.top) is Link.YES]
    return bool(above) and not any(each.self_signed for each in above)


def _order_fault(scene: Scene) -> Finding | None:
    """All the certificates are there, and not in the order of issue, or with others between."""
    sent = [each.sha256 for each in _without_repeats(scene.served)]
    wanted = [each.sha256 for each in scene.ordered]
    strangers = len(sent) - len(set(sent) & set(wanted))
    if sent[: len(wanted)] == wanted:
        return None  # in order; what follows after the chain does no harm
    labels = " → ".join(each.label for each in scene.served[:8])
    return scene.finding(
        "server-chain-disordered", "", {"order": labels, "count": strangers}, mend=commands.serve_chain(scene)
    )


def _without_repeats(certificates: Iterable[Certificate]) -> list[Certificate]:
    seen: dict[str, Certificate] = {}
    for certificate in certificates:
        seen.setdefault(certificate.sha256, certificate)
    return list(seen.values())


def _named_as_issuer(candidates: Sequence[Certificate], subject: Certificate) -> Certificate | None:
    """Return a candidate that has the name of `subject`'s issuer, and is not it."""
    named = (each for each in candidates if each.subject_key == subject.issuer_key and each.sha256 != subject.sha256)
    return next((each for each in named if chain.issues(each, subject) is not Link.YES), None)


def root_name(scene: Scene) -> str:
    """Return the label of the root that ends this chain, as far as it is known; "" for unknown."""
    found = scene.root()
    return found.label if found else ""
