"""The evidence laid out: who served what, what is trusted, where every known certificate was found.

Pure, but for certifi's file.

The findings modules each look at one scene from their own side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from services.tls import catalog, chain
from services.tls.certificate import Certificate, readable
from services.tls.chain import Link
from services.tls.evidence import Evidence
from services.tls.findings import Finding, Source
from services.tls.openssl_verify import Result, Settings, verify
from services.tls.situation import Situation, Wire, wire_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.text import Fact
    from services.tls.situation import KeyProblem

Rank = Literal["root", "intermediate", "new-root", "unknown"]

_PLAIN: Final = Settings(security_level=0, checks_host=False, purpose="any")
_PARTIAL: Final = Settings(partial_chain=True, security_level=0, checks_host=False, purpose="any")
_ROOT_WORDS: Final = re.compile(r"\b(root|private|internal|corp(orate)?|local|self[- ]?signed)\b", re.IGNORECASE)
_INTERMEDIATE_WORDS: Final = re.compile(r"\b(intermediate|issuing|sub(ordinate)?[- ]?ca|signing)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scene:
    """The evidence laid out.

    Attributes:
        evidence: what it was made from.
        served: the chain as sent, the leaf first.
        ordered: from the leaf upwards through what was served, as far as it goes.
        trusted: the CA file's certificates; None where clients use their own store.
        public: public roots (and extra ones) that could end this chain.
        wire: how the server behaves; None for files alone.
        pool: every certificate at hand, with where it was found; first finding wins.
    """

    evidence: Evidence
    served: tuple[Certificate, ...]
    ordered: tuple[Certificate, ...]
    trusted: tuple[Certificate, ...] | None
    public: tuple[Certificate, ...]
    wire: Wire | None
    pool: dict[str, tuple[Certificate, Source]] = field(repr=False)

    @property
    def leaf(self) -> Certificate:
        """The server's own certificate; only where anything was served."""
        return self.served[0]

    @property
    def top(self) -> Certificate:
        """The topmost certificate of the served chain."""
        return self.ordered[-1]

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """What clients trust."""
        return self.public if self.trusted is None else self.trusted

    @property
    def server(self) -> str:
        """What to call the server: host and port, else the chain's file."""
        probe = self.evidence.probe
        if probe is not None:
            return f"{probe.target.host}:{probe.target.port}"
        return self.evidence.chain.path if self.evidence.chain else self.evidence.host

    @property
    def ca_file(self) -> str:
        """What to call the CA file."""
        return self.evidence.ca.path if self.evidence.ca else ""

    def finding(
        self, finding: str, variant: str = "", facts: Mapping[str, Fact] | None = None, mend: tuple[str, ...] = ()
    ) -> Finding:
        """Return the error `finding`; `facts` is what it was concluded from, `mend` the commands that help.

        Its texts may also name server, ca_file, host, port and address.
        """
        told = {key: value if isinstance(value, str | int) else str(value) for key, value in (facts or {}).items()}
        place: dict[str, Fact] = {"server": self.server, "ca_file": self.ca_file, "host": self.evidence.host}
        if (probe := self.evidence.probe) is not None:
            place |= {"host": probe.target.host, "port": probe.target.port, "address": probe.address}
        return Finding(finding, "error", variant, place | dict(facts or {}), told, mend)

    def source(self, certificate: Certificate) -> Source:
        """Return where `certificate` was found."""
        found = self.pool.get(certificate.sha256)
        return found[1] if found else "certifi"

    def plain(self) -> Result:
        """Return OpenSSL's verdict with its defaults (names, purposes and key strength aside)."""
        return verify(self.served, self.anchors, self.evidence.judged_at, settings=_PLAIN)

    def partial(self) -> Result:
        """Return the same with the partial-chain flag."""
        return verify(self.served, self.anchors, self.evidence.judged_at, settings=_PARTIAL)

    def issuer_at_hand(self, certificate: Certificate) -> Certificate | None:
        """Return the issuer of `certificate` from anything at hand, or from certifi; a self-signed one first."""
        at_hand = [each for each, _ in self.pool.values() if chain.issues(each, certificate) is Link.YES]
        found = sorted((*at_hand, *catalog.public_issuers_of(certificate)), key=lambda each: not each.self_signed)
        return found[0] if found else None

    def root(self) -> Certificate | None:
        """Return the self-signed root that ends the served chain: from what is at hand, else from certifi."""
        if not self.served:
            return None
        at_hand = [each for each, _ in self.pool.values()]
        public = [*self.public, *(root for each in at_hand for root in catalog.public_issuers_of(each))]
        roots = [each for each in at_hand if each.self_signed]
        paths = chain.build(self.leaf, [*at_hand, *public], [*roots, *public])
        served = {each.sha256 for each in self.served}
        ends = [path for path in paths if path.anchored and path.certificates[-1].self_signed]
        if not ends:
            return None

        # Of several, the one that the served certificates lead to without any other in between.
        def fit(path: chain.Path) -> tuple[int, int]:
            return sum(each.sha256 in served for each in path.certificates), -len(path.certificates)

        return max(ends, key=fit).certificates[-1]

    def rank_of_issuer(self, certificate: Certificate) -> Rank:
        """Return what the issuer of `certificate` is likely to be, where its certificate is not at hand.

        By key id in the catalogue that is certain; else by names and the leaf's own words it is a guess.
        """
        facts = catalog.known_by_key(certificate.aki)
        if facts:
            return "new-root" if any(fact.self_signed for fact in facts) else "intermediate"
        if certificate.aki_issuer_key is not None:  # it names the issuer's own issuer
            return "root" if certificate.aki_issuer_key == certificate.issuer_key else "intermediate"
        alike = catalog.named_like(certificate.issuer)
        if alike:
            return "root" if _is_widely_trusted(alike) else "intermediate"
        if _INTERMEDIATE_WORDS.search(certificate.issuer):
            return "intermediate"
        return "root" if _ROOT_WORDS.search(certificate.issuer) else "unknown"

    def situation(self) -> Situation:
        """Return what each client meets."""
        evidence = self.evidence
        shown = evidence.certificate.certificates if evidence.certificate else ()
        return Situation(
            served=self.served,
            trusted=self.trusted,
            at=evidence.judged_at,
            public=self.public,
            ca_problem=evidence.ca.problem if evidence.ca and not self.trusted else "",
            host=evidence.host,
            wire=self.wire,
            shows=shown[0] if shown else None,
            key_problem=key_problem(evidence),
            newest=evidence.newest,
        )


def lay_out(evidence: Evidence) -> Scene:
    """Return the scene of `evidence`."""
    served = evidence.served
    pool: dict[str, tuple[Certificate, Source]] = {}
    _add(pool, served, "served" if evidence.probe else "chain-file")
    _add(pool, evidence.ca.certificates if evidence.ca else (), "ca-file")
    _add(pool, evidence.chain.certificates if evidence.chain else (), "chain-file")
    _add(pool, evidence.certificate.certificates if evidence.certificate else (), "certificate-file")
    _add(pool, readable(evidence.fetched), "aia")
    extra = readable(evidence.extra_roots)
    _add(pool, extra, "extra")
    ordered = chain.order(served[0], served) if served else ()
    wire = None
    if evidence.probe is not None:
        wire = wire_of(evidence.probe, shows_certificate=shows_certificate(evidence))
    trusted = evidence.ca.certificates if evidence.ca else None
    return Scene(evidence, served, ordered, trusted, (*_public(served), *extra), wire, pool)


def shows_certificate(evidence: Evidence) -> bool:
    """Tell whether the client has a certificate and a key that it can show."""
    return evidence.certificate is not None and evidence.key is not None and not key_problem(evidence)


def key_problem(evidence: Evidence) -> KeyProblem:
    """Return why the client's key cannot be used; "" where it can, or there is none."""
    if evidence.key is None:
        return ""
    problems: dict[str, KeyProblem] = {"locked": "locked", "empty": "empty", "format": "format"}
    if evidence.key.facts.problem:
        return problems.get(evidence.key.facts.problem, "format")
    shown = evidence.certificate.certificates if evidence.certificate else ()
    return "mismatch" if shown and shown[0].spki_sha256 != evidence.key.facts.spki_sha256 else ""


def _public(served: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Return the roots of certifi that issued, or are, a served certificate: no other can matter."""
    found: dict[str, Certificate] = {}
    for certificate in served:
        if certificate.self_signed and catalog.is_public_root(certificate):
            found[certificate.sha256] = certificate
        for root in catalog.public_issuers_of(certificate):
            found[root.sha256] = root
    return tuple(found.values())


def _is_widely_trusted(alike: Iterable[catalog.KnownCa]) -> bool:
    """Whether a CA of this name is a root that today's stores hold."""
    return any(catalog.is_public_fingerprint(fact.sha256) for fact in alike if fact.self_signed)


def _add(pool: dict[str, tuple[Certificate, Source]], found: Iterable[Certificate], source: Source) -> None:
    for certificate in found:
        pool.setdefault(certificate.sha256, (certificate, source))
