"""Paths as every client but OpenSSL sees them, with what is wrong: any certificate of the CA file may end one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.tls import chain
from services.tls.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

Problem = Literal["expired", "not-yet-valid", "not-ca", "path-length", "purpose", "weak-key", "weak-digest"]

_WEAK_DIGESTS = frozenset({"SHA-1", "MD5"})
_WEAK_RSA = 2_048
_MINIMUM_CURVE = 224


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong at one place of a path; `depth` 0 is the leaf."""

    problem: Problem
    depth: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A path with all that is wrong with it; `anchored` tells whether it ends in the CA file."""

    certificates: tuple[Certificate, ...]
    anchored: bool
    reason: str
    flaws: tuple[Flaw, ...]

    def has(self, *problems: Problem) -> bool:
        """Tell whether any of `problems` occurs."""
        return any(flaw.problem in problems for flaw in self.flaws)

    def first(self, *problems: Problem) -> Flaw | None:
        """Return the first of `problems`, from the leaf up; None for none."""
        return next((flaw for flaw in self.flaws if flaw.problem in problems), None)


def judged_paths(
    served: Sequence[Certificate], anchors: Sequence[Certificate], at: datetime, *, check_anchor_dates: bool = True
) -> tuple[Judged, ...]:
    """Return every path from the leaf, the best first: anchored, then with the fewest flaws, then the shortest."""
    paths = chain.build(served[0], served[1:], anchors)
    judged = [
        Judged(
            path.certificates,
            path.anchored,
            path.reason,
            tuple(_flaws(path.certificates, at, anchored=path.anchored, check_anchor_dates=check_anchor_dates)),
        )
        for path in paths
    ]
    return tuple(sorted(judged, key=lambda each: (not each.anchored, len(each.flaws), len(each.certificates))))


def serves_as_server(certificate: Certificate) -> bool:
    """Tell whether the extended key usage (where there is any) lets it stand in a TLS server's chain."""
    purposes = certificate.extended_key_usage
    return purposes is None or "serverAuth" in purposes or "anyExtendedKeyUsage" in purposes


def serves_as_client(certificate: Certificate) -> bool:
    """Tell whether the extended key usage (where there is any) lets it stand for a TLS client."""
    purposes = certificate.extended_key_usage
    return purposes is None or "clientAuth" in purposes or "anyExtendedKeyUsage" in purposes


def has_weak_key(certificate: Certificate) -> bool:
    """Tell whether its key is below what OpenSSL's security level 2 and mbedTLS's default profile ask for."""
    if certificate.key_algorithm == "RSA":
        return certificate.key_bits < _WEAK_RSA
    return 0 < certificate.key_bits < _MINIMUM_CURVE


def has_weak_digest(certificate: Certificate) -> bool:
    """Tell whether its signature's digest is broken (SHA-1, MD5); a root's own does not matter."""
    return certificate.digest in _WEAK_DIGESTS and not certificate.self_signed


def _flaws(path: Sequence[Certificate], at: datetime, *, anchored: bool, check_anchor_dates: bool) -> Iterator[Flaw]:
    for depth, certificate in enumerate(path):
        is_anchor = anchored and depth == len(path) - 1
        if not is_anchor or check_anchor_dates:
            if at > certificate.not_after:
                yield Flaw("expired", depth)
            elif at < certificate.not_before:
                yield Flaw("not-yet-valid", depth)
        if depth and not certificate.may_sign_certificates():
            yield Flaw("not-ca", depth)
        if depth and _path_length_exceeded(path, depth):
            yield Flaw("path-length", depth)
        if not is_anchor and not serves_as_server(certificate):
            yield Flaw("purpose", depth)
        if has_weak_key(certificate):
            yield Flaw("weak-key", depth)
        if not is_anchor and has_weak_digest(certificate):
            yield Flaw("weak-digest", depth)


def _path_length_exceeded(path: Sequence[Certificate], depth: int) -> bool:
    """RFC 5280, 4.2.1.9: intermediates that are not self-issued, below this one, the leaf not counted."""
    limit = path[depth].path_length
    return limit is not None and sum(not each.self_issued for each in path[1:depth]) > limit
