"""From evidence to a diagnosis: the root cause first, with no wrong cause beside it; the clients; the chain. Pure.

Each findings module looks at one side; here they are put in order, from what hinders everything to what hinders least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from services.tls import catalog, chain
from services.tls.chain import Link, Role
from services.tls.client_findings import client_findings
from services.tls.clients import KINDS, ClientVerdict, Kind, judge_all
from services.tls.file_findings import ca_file_findings, emqx_findings, upload_findings
from services.tls.findings import ChainEntry, Diagnosis, Finding
from services.tls.reach_findings import mqtt_findings, reach_findings
from services.tls.scene import Scene, lay_out
from services.tls.server_findings import server_findings
from services.tls.trust_findings import trust_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.text import Fact
    from services.tls.certificate import Certificate
    from services.tls.evidence import Evidence

_STRICT_CODES: Final = range(80, 95)  # X509_V_ERR_… that only X509_STRICT gives
_LONGEST: Final = 12


def diagnose(evidence: Evidence, kinds: Sequence[Kind] = KINDS) -> Diagnosis:
    """Return what is wrong, for whom, and where in the chain, judged by `evidence` alone."""
    scene = lay_out(evidence)
    clients = judge_all(kinds, scene.situation())
    findings = _in_order(_findings(scene))
    if not any(finding.severity == "error" for finding in findings):
        findings = (*_unexplained(scene, clients), *findings)
    return Diagnosis(_verdict(scene, findings), findings, clients, tuple(_entries(scene)))


def _findings(scene: Scene) -> Iterator[Finding]:
    yield from reach_findings(scene)
    yield from upload_findings(scene)
    yield from ca_file_findings(scene)
    yield from trust_findings(scene)
    yield from server_findings(scene)
    yield from client_findings(scene)
    yield from mqtt_findings(scene)
    yield from emqx_findings(scene)


def _in_order(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """Errors before warnings before the rest, each in the order of the modules; each id once."""
    once: dict[str, Finding] = {}
    for finding in findings:
        once.setdefault(finding.id, finding)
    ranks = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(once.values(), key=lambda finding: ranks[finding.severity]))


def _unexplained(scene: Scene, clients: Sequence[ClientVerdict]) -> tuple[Finding, ...]:
    """A client's own library refuses the chain for a reason that has no finding of its own: say so, with its words."""
    refused = [client for client in clients if client.verdict == "failed" and client.how == "run"]
    if not refused:
        return ()
    strict = all(isinstance(client.code, int) and client.code in _STRICT_CODES for client in refused)
    told = refused[0]
    facts: dict[str, Fact] = {"client": told.name, "text": told.text, "code": str(told.code), "depth": told.depth or 0}
    variant = "strict" if strict else ""
    found = scene.finding("server-not-trusted", variant, facts)
    return (found.as_("warning") if strict else found,)


def _verdict(scene: Scene, findings: Sequence[Finding]) -> Literal["ok", "failed", "unknown"]:
    if any(finding.severity == "error" for finding in findings):
        return "failed"
    evidence = scene.evidence
    checked = scene.served or (evidence.probe is None and (evidence.certificate or evidence.server_key))
    return "ok" if checked else "unknown"


def _entries(scene: Scene) -> Iterator[ChainEntry]:
    """Yield the chain as it is meant to be: what was served, then what is known above it."""
    if not scene.served:
        return
    known = list(_upwards(scene))
    served = {each.sha256 for each in scene.served}
    others = tuple(each for each, _ in scene.pool.values())
    for place, certificate in enumerate(known):
        above = known[place + 1] if place + 1 < len(known) else None
        yield ChainEntry(
            certificate=certificate,
            subject=certificate.subject,
            issuer=certificate.issuer,
            role=catalog.role(certificate, others),
            source=scene.source(certificate),
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            sha256=certificate.sha256,
            trusted=certificate in scene.anchors,
            broken_above=_break(scene, certificate, above, served),
        )
    if not known[-1].self_signed:
        yield from _known_by_facts(known[-1])


def _upwards(scene: Scene) -> Iterator[Certificate]:
    yield from scene.ordered
    top = scene.top
    seen = {each.spki_sha256 for each in scene.ordered}
    for _ in range(_LONGEST):
        issuer = None if top.self_signed else scene.issuer_at_hand(top)
        if issuer is None or issuer.spki_sha256 in seen:
            return
        yield issuer
        seen.add(issuer.spki_sha256)
        top = issuer


def _break(scene: Scene, certificate: Certificate, above: Certificate | None, served: set[str]) -> str:
    """Return why a client cannot go on above `certificate`; "" where it can."""
    if certificate in scene.anchors and certificate.self_signed:
        return ""
    if above is not None:
        return "" if above.sha256 in served or above in scene.anchors else "missing"
    if certificate.self_signed:
        return "not-trusted"
    named = [each for each, _ in scene.pool.values() if each.subject_key == certificate.issuer_key]
    faults = {chain.issues(each, certificate) for each in named} - {Link.YES}
    nearest = (fault for fault in (Link.SIGNATURE, Link.ALGORITHM, Link.KEY_ID) if fault in faults)
    return next((fault.value for fault in nearest), "missing")


def _known_by_facts(top: Certificate) -> Iterator[ChainEntry]:
    """The issuer by key id in the catalogue: no certificate is at hand, its name and kind are certain all the same."""
    facts = catalog.known_by_key(top.aki)
    if not facts:
        return
    fact = next((each for each in facts if each.self_signed), facts[0])
    role = Role.ROOT if fact.self_signed else Role.INTERMEDIATE
    dates = (fact.not_before, fact.not_after)
    yield ChainEntry(None, fact.subject, fact.issuer, role, "catalogue", *dates, fact.sha256)
