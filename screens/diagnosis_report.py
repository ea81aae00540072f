"""The diagnosis as Markdown, to be sent to the customer, in the current language.

It is made of findings, certificates' names and verdicts; a pasted text is not repeated in it, since it may hold a
password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services import markdown as md
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.diagnosis_model import Answer
    from services.tls.clients import ClientVerdict
    from services.tls.findings import ChainEntry, Diagnosis


def report(found: Answer) -> str:
    """Return the whole report."""
    parts = [f"# {md.plain(text('diagnosis.report.title'))}"]
    if found.diagnosis is not None and found.evidence is not None:
        about = [(text("diagnosis.report.time"), f"{found.evidence.taken_at:%Y-%m-%d %H:%M} UTC")]
        if found.asked.host:
            about.append((text("diagnosis.report.target"), f"{found.asked.host}:{found.asked.port}"))
        about += [(text("diagnosis.report.file"), str(path)) for path in found.asked.files]
        parts.append(md.facts(about))
        parts += _diagnosis(found, found.diagnosis)
    if found.asked.pasted:
        parts += _causes(found)
    return "\n\n".join(parts) + "\n"


def _diagnosis(found: Answer, diagnosis: Diagnosis) -> Iterator[str]:
    yield f"**{md.plain(text(f'diagnosis.verdict.{diagnosis.verdict}'))}**"
    for finding in diagnosis.findings:
        yield f"## {md.plain(finding.what)}"
        yield md.plain(finding.why)
        yield f"**{md.plain(text('wizard.finding.fix'))}**: {md.plain(finding.fix)}"
        if finding.commands:
            yield md.block("\n".join(finding.commands))
    if found.clients:
        yield f"## {md.plain(text('diagnose.clients'))}"
        yield _clients(found)
    if diagnosis.chain:
        yield f"## {md.plain(text('diagnose.chain'))}"
        yield "\n".join(_certificate(entry) for entry in diagnosis.chain)
    if found.written is not None:
        yield f"## {md.plain(text('diagnose.repair'))}"
        yield "\n".join(f"- {words}" for words in _repair(found))


def _clients(found: Answer) -> str:
    repaired = any(row.after is not None for row in found.clients)
    heads = [text("diagnosis.client"), text("diagnosis.before"), *([text("diagnosis.after")] if repaired else [])]
    rows = [
        [row.label, _verdict(row.before), *([_verdict(row.after)] if repaired and row.after else [])]
        for row in found.clients
    ]
    return md.table(heads, rows)


def _verdict(verdict: ClientVerdict) -> str:
    word = text(f"diagnosis.client.{verdict.verdict}")
    return f"{word}: {verdict.text}" if verdict.text and verdict.verdict == "failed" else word


def _certificate(entry: ChainEntry) -> str:
    role, source = text(f"diagnose.role.{entry.role.value}"), text(f"diagnose.source.{entry.source}")
    line = f"- {md.code(entry.subject)}: {md.plain(role)}, {md.plain(source)}, SHA-256 {md.code(entry.sha256)}"
    if entry.broken_above:
        line += f" ✗ {md.plain(text(f'diagnose.break.{entry.broken_above}', issuer=entry.issuer))}"
    return line


def _repair(found: Answer) -> Iterator[str]:
    if found.written is None:
        return
    yield from (md.plain(text(f"diagnose.file.{role}", path=path)) for role, path in found.written.files)
    yield from (md.plain(need) for need in found.written.repair.needs)
    if not found.written.files and not found.written.repair.needs:
        yield md.plain(text("diagnose.no-file-helps"))


def _causes(found: Answer) -> Iterator[str]:
    yield f"## {md.plain(text('diagnosis.pasted'))}"
    if not found.causes:
        yield md.plain(text("explain.unknown"))
    for cause in found.causes:
        yield f"### {md.plain(cause.what)}"
        yield md.plain(f"{cause.id} · {text(f'explain.likelihood.{cause.likelihood}')}")
        yield md.plain(cause.why)
        yield f"**{md.plain(text('explain.label.check'))}**: {md.plain(cause.check)}"
        yield f"**{md.plain(text('explain.label.fix'))}**: {md.plain(cause.fix)}"
