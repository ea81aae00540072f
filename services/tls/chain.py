"""How certificates follow from one another: links, roles, and every path from a leaf to an anchor. Pure.

Position never tells: the order of a file or a handshake is only where certificates were found. A link is found by
name, authority key identifier, kind of key and signature, in that order, and says which of them failed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from services.tls.certificate import (
    Certificate,
    Read,
    Unreadable,
    from_der,
    signature_verifies,
    to_pem,
)
from services.tls.pem import KeyFacts, key_facts, problem_of, read_all, read_pem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Certificate", "KeyFacts", "Link", "Path", "Read", "Role", "Unreadable", "build", "from_der", "is_staging",
    "issues", "key_facts", "order", "problem_of", "read_all", "read_pem", "role", "signature_verifies",
    "to_pem",
]  # fmt: skip

MAX_DEPTH: Final = 12  # certificates in a path; OpenSSL stops at 100, Go and Java far earlier
MAX_PATHS: Final = 64
MAX_STEPS: Final = 2_000  # links tried in one search: cyclic cross-signs grow without bound, a real hierarchy needs 20


class Role(StrEnum):
    """What a certificate is, by its content."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    CROSS_SIGNED = "cross-signed"  # a root's name and key (its self-signed twin exists), issued by another CA
    ROOT = "root"


class Link(StrEnum):
    """Whether one certificate issued another; where not, the first thing that does not fit."""

    YES = "yes"
    NAME = "name"  # the subject's issuer has another name
    KEY_ID = "key-id"  # right name, but the authority key identifier names another key
    ALGORITHM = "algorithm"  # right name, and a key of another kind than the signature's
    SIGNATURE = "signature"  # all of it fits, and the signature does not verify
    UNCHECKED = "unchecked"  # all of it fits, and the signature's algorithm is not known here


@dataclass(frozen=True, slots=True)
class Path:
    """One way up from a leaf.

    Attributes:
        certificates: the leaf first.
        anchored: the last one is a trust anchor.
        reason: why it goes no further: "" for anchored, else "missing-issuer", "name", "key-id", "algorithm",
            "signature" (the best candidate's fault), "loop" or "too-long".
    """

    certificates: tuple[Certificate, ...]
    anchored: bool
    reason: str = ""


def issues(issuer: Certificate, subject: Certificate) -> Link:
    """Tell whether `issuer` issued `subject` (dates and purposes aside), and if not, what does not fit."""
    if issuer.subject_key != subject.issuer_key:
        return Link.NAME
    if not _key_id_fits(issuer, subject):
        return Link.KEY_ID
    if subject.signature_algorithm and issuer.key_algorithm != subject.signature_algorithm:
        return Link.ALGORITHM
    verified = signature_verifies(issuer, subject)
    if verified is None:
        return Link.UNCHECKED
    return Link.YES if verified else Link.SIGNATURE


def role(certificate: Certificate, others: Iterable[Certificate] = ()) -> Role:
    """Return what `certificate` is. `others` may show that it is a cross-sign: a root of the same name and key.

    A cross-sign whose self-signed twin is not among `others` is known by `services.tls.catalog.role`, if it is a public
    one.
    """
    if not certificate.may_sign_certificates():
        return Role.LEAF
    if certificate.self_signed:
        return Role.ROOT
    twin = any(
        other.self_signed
        and other.spki_sha256 == certificate.spki_sha256
        and other.subject_key == certificate.subject_key
        for other in others
    )
    return Role.CROSS_SIGNED if twin else Role.INTERMEDIATE


def is_staging(certificate: Certificate) -> bool:
    """Tell by its names whether a staging CA issued it (Let's Encrypt's, or one named in its manner)."""
    names = f"{certificate.subject}\n{certificate.issuer}".lower()
    return "staging)" in names or "fake le " in names


def order(leaf: Certificate, pool: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Return the one chain from `leaf` upwards through `pool`, ordered, as far as it goes; a root at its end included.

    Of several ways the longest that ends in a self-signed certificate is taken, else the longest.
    """
    roots = [certificate for certificate in pool if certificate.self_signed]
    paths = build(leaf, pool, roots)
    return max(paths, key=lambda path: (path.anchored, len(path.certificates))).certificates


def build(leaf: Certificate, pool: Sequence[Certificate], anchors: Sequence[Certificate]) -> tuple[Path, ...]:
    """Return every path from `leaf` through `pool` to one of `anchors`, and the dead ends with their reason.

    Anchored ones first, then the longest first. Bounded by MAX_DEPTH, MAX_PATHS and MAX_STEPS, so cyclic cross-signs
    end. At least one path comes back: that of the leaf alone.
    """
    return _Search(pool, anchors).from_leaf(leaf)


class _Search:
    """A depth-first search with a budget."""

    def __init__(self, pool: Sequence[Certificate], anchors: Sequence[Certificate]) -> None:
        self._anchors = {certificate.sha256 for certificate in anchors}
        self._by_subject: dict[str, list[Certificate]] = defaultdict(list)
        seen: set[str] = set()
        for certificate in (*anchors, *pool):
            if certificate.sha256 not in seen:
                seen.add(certificate.sha256)
                self._by_subject[certificate.subject_key].append(certificate)
        self._paths: list[Path] = []
        self._steps = 0

    def from_leaf(self, leaf: Certificate) -> tuple[Path, ...]:
        self._extend((leaf,))
        return tuple(sorted(self._paths, key=lambda path: (not path.anchored, -len(path.certificates))))

    def _extend(self, path: tuple[Certificate, ...]) -> None:
        """Go on from the last certificate of `path`, and keep every end."""
        anchored = path[-1].sha256 in self._anchors
        if anchored:
            self._paths.append(Path(path, anchored=True))
        if self._is_end(path):
            return
        went_on, reason = self._climb(path)
        if not (went_on or anchored):
            self._paths.append(Path(path, anchored=False, reason=reason))

    def _is_end(self, path: tuple[Certificate, ...]) -> bool:
        """Tell whether nothing is sought above `path`; a dead end is kept."""
        if path[-1].self_signed or len(self._paths) >= MAX_PATHS:
            if not self._paths:
                self._paths.append(Path(path, anchored=False, reason="missing-issuer"))
            return True
        too_long = len(path) >= MAX_DEPTH or self._steps >= MAX_STEPS
        if too_long:
            self._paths.append(Path(path, anchored=False, reason="too-long"))
        return too_long

    def _climb(self, path: tuple[Certificate, ...]) -> tuple[bool, str]:
        """Extend `path` by each issuer of its last certificate; return whether there was one, and if not, why."""
        top = path[-1]
        used = {(certificate.subject_key, certificate.spki_sha256) for certificate in path}
        faults: list[Link] = []
        went_on = looped = False
        for candidate in self._by_subject.get(top.issuer_key, ()):
            self._steps += 1
            link = issues(candidate, top)
            if link not in {Link.YES, Link.UNCHECKED}:
                faults.append(link)
            elif (candidate.subject_key, candidate.spki_sha256) in used:
                looped = True
            else:
                went_on = True
                self._extend((*path, candidate))
            if self._steps >= MAX_STEPS:
                break
        return went_on, _reason(faults, looped=looped)


_NEAREST_FAULT: Final = (Link.SIGNATURE, Link.ALGORITHM, Link.KEY_ID)


def _reason(faults: Sequence[Link], *, looped: bool) -> str:
    """The fault of the candidate that came nearest says most."""
    for fault in _NEAREST_FAULT:
        if fault in faults:
            return fault.value
    return "loop" if looped else "missing-issuer"


def _key_id_fits(issuer: Certificate, subject: Certificate) -> bool:
    """RFC 5280, 4.2.1.1: what the authority key identifier names must be the issuer's; what is absent fits anything."""
    if subject.aki is not None and issuer.ski is not None and subject.aki != issuer.ski:
        return False
    if subject.aki_serial is not None and subject.aki_serial != issuer.serial:
        return False
    return subject.aki_issuer_key is None or subject.aki_issuer_key == issuer.issuer_key
