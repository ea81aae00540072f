"""The JSON document of `emqx-mtls diagnose --json`: its shape is fixed, programs rely on it.

Structs instead of dataclasses: a dozen of these would take a tenth of the whole program's start.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from services.tls.clients import ClientVerdict
    from services.tls.evidence import Evidence
    from services.tls.findings import ChainEntry, Diagnosis, Finding
    from services.tls.repair import Written

_SOURCES = {"extra": "ca-file", "certificate-file": "chain-file"}  # the document tells six sources apart


class TargetDocument(msgspec.Struct, frozen=True):
    """What was looked at; null for what was not named."""

    host: str | None
    port: int | None
    address: str | None
    hostname: str | None
    ca: str | None
    chain: str | None
    certificate: str | None
    key: str | None
    at: datetime


class FixDocument(msgspec.Struct, frozen=True):
    """What to do: in words, and as shell commands."""

    summary: str
    commands: tuple[str, ...]


class FindingDocument(msgspec.Struct, frozen=True):
    """One finding; `severity` is "error", "warning" or "info"."""

    id: str
    severity: str
    what: str
    why: str
    fix: FixDocument
    evidence: dict[str, Any]


class ClientDocument(msgspec.Struct, frozen=True):
    """One kind of client; `how` is "run" or "model"."""

    name: str
    verdict: str
    code: int | str | None
    text: str
    depth: int | None
    how: str


class CertificateDocument(msgspec.Struct, frozen=True):
    """One certificate of the chain; `broken_above` is "" or why the chain does not go on above it."""

    subject: str
    issuer: str
    role: str
    not_before: datetime
    not_after: datetime
    sha256: str
    source: str
    broken_above: str


class FileDocument(msgspec.Struct, frozen=True):
    """A corrected file; `role` is "ca-file" or "chain"."""

    role: str
    path: str


class RepairDocument(msgspec.Struct, frozen=True):
    """The corrected files, what only the user can supply, and the verdicts afterwards."""

    files: tuple[FileDocument, ...]
    needs: tuple[str, ...]
    clients_after: tuple[ClientDocument, ...]


class Document(msgspec.Struct, frozen=True):
    """The whole answer; `verdict` is "ok", "failed" or "unknown". The first error is the root cause."""

    verdict: str
    target: TargetDocument
    findings: tuple[FindingDocument, ...]
    clients: tuple[ClientDocument, ...]
    chain: tuple[CertificateDocument, ...]
    repair: RepairDocument | None


def document(evidence: Evidence, diagnosis: Diagnosis, written: Written | None = None) -> Document:
    """Return the document of one target."""
    return Document(
        verdict=diagnosis.verdict,
        target=_target(evidence),
        findings=tuple(map(_finding, diagnosis.findings)),
        clients=tuple(map(_client, diagnosis.clients)),
        chain=tuple(map(_certificate, diagnosis.chain)),
        repair=_repair(written) if written else None,
    )


def to_json(whole: Document | dict[str, tuple[Document, ...]]) -> str:
    """Return the document, indented, ending in a line feed."""
    return msgspec.json.format(msgspec.json.encode(whole), indent=1).decode() + "\n"


def _target(evidence: Evidence) -> TargetDocument:
    probe = evidence.probe
    return TargetDocument(
        host=probe.target.host if probe else None,
        port=probe.target.port if probe else None,
        address=(probe.address or None) if probe else None,
        hostname=evidence.host or None,
        ca=evidence.ca.path if evidence.ca else None,
        chain=evidence.chain.path if evidence.chain else None,
        certificate=evidence.certificate.path if evidence.certificate else None,
        key=evidence.key.path if evidence.key else None,
        at=evidence.judged_at,
    )


def _finding(finding: Finding) -> FindingDocument:
    fix = FixDocument(finding.fix, finding.commands)
    return FindingDocument(finding.id, finding.severity, finding.what, finding.why, fix, dict(finding.evidence))


def _client(client: ClientVerdict) -> ClientDocument:
    return ClientDocument(client.name, client.verdict, client.code, client.text, client.depth, client.how)


def _certificate(entry: ChainEntry) -> CertificateDocument:
    return CertificateDocument(
        subject=entry.subject,
        issuer=entry.issuer,
        role=entry.role.value,
        not_before=entry.not_before,
        not_after=entry.not_after,
        sha256=entry.sha256,
        source=_SOURCES.get(entry.source, entry.source),
        broken_above=entry.broken_above,
    )


def _repair(written: Written) -> RepairDocument:
    return RepairDocument(
        files=tuple(FileDocument(role, str(path)) for role, path in written.files),
        needs=tuple(map(str, written.repair.needs)),
        clients_after=tuple(map(_client, written.repair.clients_after)),
    )
