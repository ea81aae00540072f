"""The corrected files: the root that ends this chain, and the chain that belongs on the server; judged again. Pure.

A root is taken from certifi by fingerprint, or from the user's own files, never from the server or the network: who
sends a certificate cannot vouch for it. Nothing is written here but by `write`, and never over an input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from services.files import write_file
from services.text import Message, message
from services.tls import catalog, chain
from services.tls.certificate import Certificate, to_pem
from services.tls.clients import KINDS, ClientVerdict, Kind, judge_all
from services.tls.commands import CHAIN_FILE, ROOT_FILE
from services.tls.scene import Scene, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.tls.evidence import Evidence
    from services.tls.findings import Diagnosis, Source

Role = Literal["ca-file", "chain"]

_CA_FINDINGS: Final = frozenset(
    {"ca-file-not-root", "ca-file-unrelated", "ca-file-unreadable", "ca-file-lookalike", "ca-file-root-expired"}
)
_CHAIN_FINDINGS: Final = frozenset(
    {
        "server-leaf-only",
        "server-chain-incomplete",
        "server-chain-mixed",
        "server-chain-disordered",
        "new-root-not-in-stores",
    }
)
_TRUSTWORTHY: Final[frozenset[Source]] = frozenset({"ca-file", "chain-file", "certificate-file", "certifi", "extra"})


@dataclass(frozen=True, slots=True)
class CorrectedFile:
    """One file to use instead of what was there.

    Attributes:
        role: "ca-file" for the clients, "chain" for the server (the leaf first, the root left out).
        name: its name in the folder of repairs.
        certificates: what it holds, in order.
    """

    role: Role
    name: str
    certificates: tuple[Certificate, ...]

    @property
    def content(self) -> bytes:
        """The file itself, PEM."""
        return to_pem(*self.certificates)


@dataclass(frozen=True, slots=True)
class Repair:
    """What can be mended with files.

    Attributes:
        files: the corrected files; () where none can be made, or none would help.
        needs: what only the user can supply, in words.
        clients_after: the verdicts with the corrected files in place.
    """

    files: tuple[CorrectedFile, ...]
    needs: tuple[Message, ...]
    clients_after: tuple[ClientVerdict, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A repair, and where its files were written."""

    repair: Repair
    files: tuple[tuple[Role, Path], ...]


def plan(evidence: Evidence, diagnosis: Diagnosis, kinds: Sequence[Kind] = KINDS) -> Repair:
    """Return the corrected files for what `diagnosis` found in `evidence`, and what comes of them."""
    scene = lay_out(evidence)
    if not scene.served:
        return Repair((), (), diagnosis.clients)
    ids = {finding.id for finding in diagnosis.findings if finding.severity != "info"}
    files: list[CorrectedFile] = []
    needs: list[Message] = []
    path = _whole_path(scene)
    if ids & _CHAIN_FINDINGS:
        _mend_chain(scene, path, files, needs)
    if ids & _CA_FINDINGS or (not ids & _CHAIN_FINDINGS and "server-private-ca" in ids):
        _mend_ca_file(scene, path, files, needs)
    return Repair(tuple(files), tuple(needs), judge_again(scene, files, kinds))


def judge_again(
    scene: Scene, files: Sequence[CorrectedFile], kinds: Sequence[Kind] = KINDS
) -> tuple[ClientVerdict, ...]:
    """Return each client's verdict with the corrected files in place."""
    situation = scene.situation()
    for file in files:
        if file.role == "chain":
            situation = replace(situation, served=file.certificates)
        else:
            situation = replace(situation, trusted=file.certificates, ca_problem="")
    return judge_all(kinds, situation)


def write(repair: Repair, folder: Path, inputs: Sequence[Path] = ()) -> Written:
    """Write the corrected files into `folder`.

    A file that is there and holds something else is left alone, and so is every one of `inputs`: the next free name
    ("root-2.pem") is taken instead.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    taken = {path.resolve() for path in inputs}
    return Written(repair, tuple((file.role, _write_beside(folder, file, taken)) for file in repair.files))


def missing_issuer(evidence: Evidence) -> Certificate | None:
    """Return the topmost certificate known, where the way from it to a root is not at hand: whose issuer to fetch."""
    scene = lay_out(evidence)
    if not scene.served:
        return None
    top = _whole_path(scene)[-1]
    return None if top.self_signed else top


def _write_beside(folder: Path, file: CorrectedFile, taken: set[Path]) -> Path:
    stem, suffix = Path(file.name).stem, Path(file.name).suffix
    for number in range(1, 1_000):
        path = folder / (file.name if number == 1 else f"{stem}-{number}{suffix}")
        same = path.is_file() and path.read_bytes() == file.content
        if path.resolve() in taken or (path.exists() and not same):
            continue
        write_file(path, file.content)
        return path
    return folder / file.name  # not reached: a thousand repairs in one folder


def _whole_path(scene: Scene) -> tuple[Certificate, ...]:
    """Return the way from the leaf up through everything at hand, to a root that may be trusted where there is one."""
    at_hand = [each for each, _ in scene.pool.values()]
    public = {root.sha256: root for each in at_hand for root in catalog.public_issuers_of(each)}
    roots = [each for each in (*at_hand, *public.values()) if each.self_signed and _may_be_trusted(scene, each)]
    at = scene.evidence.judged_at
    served = {each.sha256 for each in scene.served}

    def fit(path: chain.Path) -> tuple[bool, bool, int, int]:
        whole = path.anchored
        valid = all(each.valid_at(at) for each in path.certificates[1:])
        return whole, valid, sum(each.sha256 in served for each in path.certificates), -len(path.certificates)

    paths = chain.build(scene.leaf, [*at_hand, *public.values()], roots)
    return max(paths, key=fit).certificates


def _may_be_trusted(scene: Scene, root: Certificate) -> bool:
    return catalog.is_public_root(root) or scene.source(root) in _TRUSTWORTHY


def _mend_chain(scene: Scene, path: Sequence[Certificate], files: list[CorrectedFile], needs: list[Message]) -> None:
    wanted = tuple(each for each in path if not each.self_signed) or (scene.leaf,)
    if not path[-1].self_signed and not any(chain.issues(each, path[-1]) is chain.Link.YES for each in scene.anchors):
        needs.append(message("diagnose.needs-intermediate", issuer=path[-1].issuer))
    if wanted != scene.served and len(wanted) > 1:
        files.append(CorrectedFile("chain", CHAIN_FILE, wanted))


def _mend_ca_file(scene: Scene, path: Sequence[Certificate], files: list[CorrectedFile], needs: list[Message]) -> None:
    root = path[-1]
    if root.self_signed and _may_be_trusted(scene, root) and root.valid_at(scene.evidence.judged_at):
        if scene.trusted != (root,):
            files.append(CorrectedFile("ca-file", ROOT_FILE, (root,)))
    else:
        wanted = root.subject if root.self_signed else root.issuer
        needs.append(message("diagnose.needs-root", root=wanted))
