"""A certbot lineage (its live folder), understood by content: what each file holds, who issued whom, and the root.

Nothing here counts certificates or goes by their place in a file: the leaf is the certificate whose key it is, links
are proven by signature, and the root is found by who signed the top.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from services.acme.live import LiveFolder
from services.errors import ServiceError
from services.files import read_file
from services.tls import catalog
from services.tls.chain import Certificate, Link, Role, issues, key_facts, order
from services.tls.chain import role as role_of
from services.tls.files import certificates_in
from services.tls.pem import readable

if TYPE_CHECKING:
    from collections.abc import Sequence


class Holds(StrEnum):
    """What a file holds, by content."""

    LEAF = "leaf"
    CHAIN = "chain"
    LEAF_AND_CHAIN = "leaf-and-chain"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LineageFile:
    """One certificate file of the folder."""

    path: Path
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a live folder holds.

    Attributes:
        files: its certificate files, as they are: cert.pem, chain.pem, fullchain.pem.
        key_path: the private key's file.
        key_pem: its content; never shown.
        leaf: the server's own certificate: the one the key belongs to, else the one that is no CA.
        chain: what stands above the leaf, in order, as far as the files go.
        key_matches: whether the key belongs to the leaf.
        root: the self-signed root that ends the chain, with where it was found; None where none is known.
        extra_roots: roots that are trusted beside the public ones.
        read_at: the time by which it is judged, aware, UTC.
    """

    files: tuple[LineageFile, ...]
    key_path: Path
    key_pem: bytes
    leaf: Certificate
    chain: tuple[Certificate, ...]
    key_matches: bool
    root: catalog.FoundRoot | None
    extra_roots: tuple[Certificate, ...]
    read_at: datetime

    def __repr__(self) -> str:
        return f"Lineage({str(self.key_path.parent)!r})"

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Leaf and chain, in order."""
        return (self.leaf, *self.chain)

    @property
    def fullchain(self) -> LineageFile:
        """The file fullchain.pem."""
        return self.files[-1]

    @property
    def pool(self) -> tuple[Certificate, ...]:
        """Every certificate of every file, once."""
        return _pool(self.files)

    @property
    def is_staging(self) -> bool:
        """Whether a staging CA issued it, which no client trusts."""
        return catalog.is_staging(self.leaf)

    def role(self, certificate: Certificate) -> Role:
        """Return what `certificate` is, among these and the known public CAs: the judgement of every pane and text."""
        return catalog.role(certificate, (*self.certificates, *self.extra_roots))

    def holds(self, file: LineageFile) -> Holds:
        """Return what `file` holds."""
        has_leaf = any(each.sha256 == self.leaf.sha256 for each in file.certificates)
        above = {each.sha256 for each in self.chain}
        rest = {each.sha256 for each in file.certificates} - {self.leaf.sha256}
        if not file.certificates or not rest <= above:
            return Holds.OTHER
        if has_leaf:
            return Holds.LEAF_AND_CHAIN if rest else Holds.LEAF
        return Holds.CHAIN

    def links(self) -> tuple[tuple[Certificate, Certificate, Link], ...]:
        """Return each certificate with the next one up (the root last) and whether that one issued it."""
        line = [*self.certificates, *([self.root.certificate] if self.root else [])]
        pairs = ((below, above) for below, above in itertools.pairwise(line) if below.sha256 != above.sha256)
        return tuple((below, above, issues(above, below)) for below, above in pairs)


def read_lineage(folder: Path, extra_roots: bytes, *, now: datetime) -> Lineage:
    """Read certbot's `folder` (live/<domain>).

    Args:
        folder: the live folder.
        extra_roots: PEM of roots that are trusted beside the public ones.
        now: aware, UTC.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable, certificate-missing (no leaf),
            server-files-unreadable (the key).
    """
    live = LiveFolder(folder)
    files = tuple(  # where a root issued the leaf itself, chain.pem is empty
        LineageFile(path, certificates_in(path, may_be_empty=path == live.chain)) for path in live.certificates
    )
    key_pem = read_file(live.key)
    facts = key_facts(key_pem)
    if facts.spki_sha256 is None:
        variant = "locked" if facts.problem == "locked" else ""
        raise ServiceError("server-files-unreadable", variant=variant, option=live.key, reason=facts.problem)
    pool = _pool(files)
    leaf = _leaf(pool, facts.spki_sha256)
    if leaf is None:
        raise ServiceError("certificate-missing", path=folder)
    _, *chain = order(leaf, pool)
    return Lineage(
        files=files,
        key_path=live.key,
        key_pem=key_pem,
        leaf=leaf,
        chain=tuple(chain),
        key_matches=leaf.spki_sha256 == facts.spki_sha256,
        root=catalog.root_for((leaf, *chain), extra_roots),
        extra_roots=readable(extra_roots),
        read_at=now,
    )


def _pool(files: Sequence[LineageFile]) -> tuple[Certificate, ...]:
    unique = {each.sha256: each for file in files for each in file.certificates}
    return tuple(unique.values())


def _leaf(pool: Sequence[Certificate], spki_sha256: str) -> Certificate | None:
    owned = [each for each in pool if each.spki_sha256 == spki_sha256]
    return next(iter(owned or [each for each in pool if role_of(each) is Role.LEAF]), None)
