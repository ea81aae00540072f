"""What the diagnosis screen shows: one answer, whole. Pure data; brings cryptography with the types it holds."""

from __future__ import annotations

from dataclasses import dataclass

from screens.chain_model import Tree
from screens.diagnosis_question import Question
from services.explain import Cause
from services.tls.clients import ClientVerdict
from services.tls.evidence import Evidence
from services.tls.findings import Diagnosis
from services.tls.repair import Written


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One kind of client: what it makes of things as they are, and with the corrected files.

    Attributes:
        name: as on the command line.
        label: what it is, and what behaves like it.
        before, after: its verdicts; `after` None where nothing was repaired.
    """

    name: str
    label: str
    before: ClientVerdict
    after: ClientVerdict | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was found out.

    Attributes:
        asked: the question.
        causes: what the pasted text admits, most likely first.
        evidence: what was seen; None where there was only a text.
        diagnosis: what is wrong, judged by the evidence.
        clients: each kind of client.
        tree: the chain, with the break where it is.
        written: the corrected files; None before a repair.
    """

    asked: Question
    causes: tuple[Cause, ...]
    evidence: Evidence | None = None
    diagnosis: Diagnosis | None = None
    clients: tuple[ClientRow, ...] = ()
    tree: Tree | None = None
    written: Written | None = None
