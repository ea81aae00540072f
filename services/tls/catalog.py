"""What is known of public CAs: the roots of certifi, and the facts about Let's Encrypt's CAs.

certifi (a package that this program depends on) gives whole certificates, found by fingerprint or by name and key id.
The catalogue `assets/data/letsencrypt.json` gives facts only: names, key ids, fingerprints, dates, addresses.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import certifi
import msgspec

from assets import FOLDER
from services.tls import chain, pem
from services.tls.certificate import Certificate, readable
from services.tls.chain import Link, Role
from services.tls.extensions import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
_PARENTHESES: Final = re.compile(r"\([^)]*\)")


class KnownCa(msgspec.Struct, frozen=True):
    """One CA certificate of Let's Encrypt, in facts.

    Attributes:
        environment: "production" or "staging".
        revoked: withdrawn; must not be used any more.
        key: "RSA 4096" or "EC secp384r1".
        aki: None in roots.
        aia: addresses of the issuer's certificate.
    """

    subject: str
    issuer: str
    self_signed: bool
    environment: str
    revoked: bool
    not_before: datetime
    not_after: datetime
    key: str
    sha256: str
    spki_sha256: str
    ski: str
    aki: str | None
    aia: tuple[str, ...]

    @property
    def common_name(self) -> str:
        """The subject's CN."""
        return self.subject.removeprefix("CN=").partition(",")[0]


class Catalogue(msgspec.Struct, frozen=True):
    """The catalogue's file: `source` and `date` say where the facts are from and of when."""

    source: str
    date: str
    note: str
    certificates: tuple[KnownCa, ...]


@dataclass(frozen=True, slots=True)
class FoundRoot:
    """A self-signed root, and where it was found: "certifi" or "extra" (a root that the caller trusts beside it)."""

    certificate: Certificate
    source: str


@cache
def catalogue() -> Catalogue:
    """Return the facts about Let's Encrypt's CAs."""
    data = (FOLDER / "data" / "letsencrypt.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)


def known_by_key(key_id: str | None) -> tuple[KnownCa, ...]:
    """Return the known certificates whose subject key identifier is `key_id` (all cross-signs of one CA)."""
    return _by_ski().get(key_id, ()) if key_id else ()


def known(certificate: Certificate) -> KnownCa | None:
    """Return the facts about exactly this certificate, by fingerprint."""
    return _by_fingerprint().get(certificate.sha256)


def named_like(name: str) -> tuple[KnownCa, ...]:
    """Return the known CAs whose common name is that of the subject `name`, what stands in parentheses left out.

    A hint only ("(PRACTICE) Root YE" and a private imitation match as well): names prove nothing.
    """
    common_name = next((part[3:] for part in re.split(r"(?<!\\),", name) if part.startswith("CN=")), "")
    return _by_name().get(" ".join(_PARENTHESES.sub(" ", common_name).split()).lower(), ())


def public_issuers_of(certificate: Certificate) -> tuple[Certificate, ...]:
    """Return the roots of certifi that issued `certificate`, proven by name, key id and signature."""
    candidates = _candidates_named(certificate.issuer_key)
    return tuple(root for root in candidates if chain.issues(root, certificate) is Link.YES)


def is_public_root(certificate: Certificate) -> bool:
    """Tell whether `certificate` is one of certifi's, by its bytes."""
    return certificate.der in _bundle()


def is_public_fingerprint(sha256: str) -> bool:
    """Tell whether certifi has the certificate of this SHA-256 fingerprint (hex)."""
    return sha256 in _fingerprints()


def root_for(certificates: Sequence[Certificate], extra_roots: bytes = b"") -> FoundRoot | None:
    """Return the self-signed root that ends the chain of `certificates` (the leaf first, as served), and its source.

    Sought among `extra_roots` (PEM) first, then in certifi, for the topmost certificate, then for those below it: a
    cross-sign's self-signed twin counts (ISRG Root X1 for a chain that ends in "ISRG Root X2 by ISRG Root X1" comes
    before X2 itself, because it ends the chain as it is served). None where neither has it.
    """
    if not certificates:
        return None
    extra = tuple(each for each in pem.readable(extra_roots) if each.self_signed)
    ordered = chain.order(certificates[0], certificates)
    for top in reversed(ordered):
        for candidate in extra:
            if candidate.sha256 == top.sha256 or chain.issues(candidate, top) is Link.YES:
                return FoundRoot(candidate, "extra")
        if is_public_root(top):
            return FoundRoot(top, "certifi")
        for candidate in public_issuers_of(top):
            return FoundRoot(candidate, "certifi")
    return None


def role(certificate: Certificate, others: Iterable[Certificate] = ()) -> Role:
    """Return the role of `certificate`, as `chain.role`, with the public roots and the catalogue known besides.

    A cross-sign whose self-signed twin is not at hand is known by key id, else by name: an imitation of a public
    hierarchy (the practice world's) has the same shape.
    """
    others = tuple(others)
    found = chain.role(certificate, others)
    if found is not Role.INTERMEDIATE:
        return found
    if any(each.self_signed and each.spki_sha256 == certificate.spki_sha256 for each in known_by_key(certificate.ski)):
        return Role.CROSS_SIGNED
    if any(each.self_signed for each in named_like(certificate.subject)):
        return Role.CROSS_SIGNED
    return chain.role(certificate, _candidates_named(certificate.subject_key))


def is_staging(certificate: Certificate) -> bool:
    """Tell whether a staging CA issued `certificate`, or it is one: by its key ids, else by its names."""
    facts = (*known_by_key(certificate.aki), *known_by_key(certificate.ski))
    return any(fact.environment == "staging" for fact in facts) or chain.is_staging(certificate)


def forget() -> None:
    """Forget what was read of certifi's bundle, where another one is to be used from now on."""
    _bundle.cache_clear()
    _fingerprints.cache_clear()
    _candidates_named.cache_clear()


@cache
def _bundle() -> frozenset[bytes]:
    """Return certifi's certificates as DER, in no order."""
    _, *blocks = Path(certifi.where()).read_bytes().split(_BEGIN)
    return frozenset(binascii.a2b_base64(block.partition(_END)[0]) for block in blocks)


@cache
def _fingerprints() -> frozenset[str]:
    return frozenset(hashlib.sha256(der).hexdigest() for der in _bundle())


@lru_cache(512)
def _candidates_named(name: str) -> tuple[Certificate, ...]:
    """Return certifi's certificates whose subject is `name`, in the form that is compared.

    Reading all of them would cost more than the rest of a diagnosis: those in whose bytes the name's longest word does
    not occur are left out unread.
    """
    longest = max((part.partition("=")[2] for part in re.split(f"[+{SEPARATOR}]", name)), key=len, default="")
    telling = max(longest.split(" "), key=len).encode()
    alike = readable(der for der in _bundle() if telling in der.lower())
    return tuple(root for root in alike if root.subject_key == name)


@cache
def _by_fingerprint() -> dict[str, KnownCa]:
    return {fact.sha256: fact for fact in catalogue().certificates}


@cache
def _by_ski() -> dict[str, tuple[KnownCa, ...]]:
    found: dict[str, tuple[KnownCa, ...]] = {}
    for fact in catalogue().certificates:
        found[fact.ski] = (*found.get(fact.ski, ()), fact)
    return found


@cache
def _by_name() -> dict[str, tuple[KnownCa, ...]]:
    found: dict[str, tuple[KnownCa, ...]] = {}
    for fact in catalogue().certificates:
        key = fact.common_name.lower()
        found[key] = (*found.get(key, ()), fact)
    return found
