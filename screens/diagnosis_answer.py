"""Finds the answer: explains the pasted text, gathers the evidence, diagnoses, repairs. Blocking; brings cryptography.

Imported when the first diagnosis is run, in a thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from screens.chain_model import Link, Node, Part, Tree
from screens.diagnosis_model import Answer, ClientRow
from screens.shown import left
from services.explain import explain
from services.text import Message, message
from services.tls import clients, repair
from services.tls.certificate import to_pem
from services.tls.chain import Role
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence, dump
from services.tls.gather import Inquiry, gather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from screens.diagnosis_question import Question
    from services.tls.clients import ClientVerdict
    from services.tls.findings import ChainEntry, Diagnosis

_PARTS = {
    Role.ROOT: Part.ROOT,
    Role.CROSS_SIGNED: Part.CROSS,
    Role.INTERMEDIATE: Part.INTERMEDIATE,
    Role.LEAF: Part.LEAF,
}


def answer(asked: Question) -> Answer:
    """Return what is wrong.

    Raises:
        ServiceError: file-not-found, file-not-readable.
    """
    causes = explain(asked.pasted) if asked.pasted else ()
    if not asked.about_tls:
        return Answer(asked, tuple(causes))
    evidence = gather(_inquiry(asked))
    return _judged(Answer(asked, tuple(causes)), evidence, diagnose(evidence))


def repaired(found: Answer, folder: Path) -> Answer:
    """Return `found` with the corrected files written into `folder`, and each client's verdict with them.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    if found.evidence is None or found.diagnosis is None:
        return found
    evidence, around = found.evidence, found.asked.around
    if not around.isolated:
        from services.tls.aia import complete  # noqa: PLC0415 - http is for the few chains that lack something

        evidence = complete(evidence, {found.asked.host} - {""})
    written = repair.write(repair.plan(evidence, found.diagnosis), folder, found.asked.files)
    after = {each.name: each for each in written.repair.clients_after} if written.files else {}
    rows = tuple(replace(row, after=after.get(row.name)) for row in found.clients)
    return replace(found, written=written, clients=rows)


def evidence_words(found: Answer) -> str:
    """Return the evidence as it is saved, for a colleague; without a private key. "" where there is none."""
    return dump(found.evidence).decode() if found.evidence is not None else ""


def _inquiry(asked: Question) -> Inquiry:
    around = asked.around
    return Inquiry(
        host=asked.host,
        port=asked.port,
        resolver=around.resolver,
        deployment=around.deployment,
        ca=asked.ca,
        chain=asked.chain,
        server_key=asked.server_key,
        certificate=asked.certificate,
        key=asked.key,
        at=around.at,
        extra_roots=around.extra_roots,
    )


def _judged(found: Answer, evidence: Evidence, diagnosis: Diagnosis) -> Answer:
    labels = {kind.name: kind.label for kind in clients.KINDS}
    rows = tuple(_row(labels, each) for each in diagnosis.clients)
    tree = _tree(diagnosis.chain, evidence.judged_at)
    return replace(found, evidence=evidence, diagnosis=diagnosis, clients=rows, tree=tree)


def _row(labels: dict[str, str], verdict: ClientVerdict) -> ClientRow:
    return ClientRow(verdict.name, labels.get(verdict.name, verdict.name), verdict)


def _tree(chain: tuple[ChainEntry, ...], at: datetime) -> Tree | None:
    """Return the chain, root first, with the break where it is."""
    if not chain:
        return None
    nodes = [_node(entry, at, last=entry is chain[-1]) for entry in chain]
    if chain[-1].broken_above == "missing":
        nodes.append(Node(Part.MISSING, _common_name(chain[-1].issuer), wrong=message("chain.note.missing")))
    return Tree(message("diagnosis.chain"), tuple(reversed(nodes)))


def _node(entry: ChainEntry, at: datetime, *, last: bool) -> Node:
    wrong = message(f"diagnose.break.{entry.broken_above}", issuer=entry.issuer) if entry.broken_above else None
    if entry.not_after < at:
        wrong = message("chain.note.expired", date=f"{entry.not_after:%Y-%m-%d}")
    broken = Link.BROKEN if entry.broken_above else Link.PROVEN
    whole = last and entry.broken_above != "missing"
    certificate = entry.certificate
    pem = to_pem(certificate).decode() if certificate else ""
    name = certificate.label if certificate else _common_name(entry.subject)
    return Node(_PARTS[entry.role], name, tuple(_notes(entry, at)), Link.NONE if whole else broken, pem, wrong)


def _notes(entry: ChainEntry, at: datetime) -> Iterator[Message]:
    part = message(f"chain.part.{_PARTS[entry.role].value}")
    yield message("chain.note.authority", part=part, left=left(entry.not_after - at))
    yield message(f"diagnose.source.{entry.source}")
    if entry.trusted:
        yield message("diagnosis.chain.trusted")


def _common_name(name: str) -> str:
    return next((part[3:] for part in name.split(",") if part.startswith("CN=")), name)
