"""A diagnosis in plain lines, for people: what is wrong, who is affected, what to do; with `verbose`, everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.tls.clients import ClientVerdict
    from services.tls.evidence import Evidence
    from services.tls.findings import ChainEntry, Diagnosis, Finding
    from services.tls.observed import Handshake, Probe
    from services.tls.repair import Written

_COLORS: Final = {"ok": "green", "failed": "red", "unknown": "yellow"}
_SEVERITY_COLORS: Final = {"error": "red", "warning": "yellow", "info": "blue"}


def lines(
    evidence: Evidence, diagnosis: Diagnosis, written: Written | None = None, *, verbose: bool = False, width: int = 0
) -> Iterator[str]:
    """Yield the lines of one target's answer, styled (strip the styles where no colour is wanted).

    Args:
        evidence: what was seen.
        diagnosis: what was concluded from it.
        written: the corrected files, where any were wanted.
        verbose: everything that is known, not only what is wrong.
        width: the terminal's columns, to break sentences by words (never commands, which are copied); 0: no terminal.
    """
    yield f"{_target(evidence)}  {_verdict(diagnosis.verdict)}"
    for finding in diagnosis.findings:
        if finding.severity != "info" or verbose:
            yield ""
            yield from _finding(finding, width, verbose=verbose or finding is diagnosis.root_cause)
    yield from _affected(diagnosis)
    if verbose:
        yield from _chain(diagnosis.chain)
        yield from _clients(diagnosis.clients)
        yield from _probe(evidence.probe)
    if written is not None:
        yield from _repair(diagnosis, written)


def row(target: str, diagnosis: Diagnosis, width: int) -> str:
    """Return one line of a fleet's table."""
    cause = diagnosis.root_cause
    told = f"{cause.id}: {cause.what}" if cause else ""
    return f"{target:<{width}}  {_verdict(diagnosis.verdict)}  {told}".rstrip()


def _target(evidence: Evidence) -> str:
    if evidence.probe is not None:
        return f"{evidence.probe.target.host}:{evidence.probe.target.port}"
    files = (evidence.chain, evidence.ca, evidence.certificate)
    return next((file.path for file in files if file is not None), evidence.host)


def _verdict(verdict: str) -> str:
    return click.style(text(f"diagnose.verdict.{verdict}"), fg=_COLORS[verdict], bold=True)


def _finding(finding: Finding, width: int, *, verbose: bool) -> Iterator[str]:
    label = text(f"diagnose.severity.{finding.severity}")
    first, *rest = _folded(f"{label}  {finding.what}  [{finding.id}]", "", width)
    yield click.style(label, fg=_SEVERITY_COLORS[finding.severity], bold=True) + first.removeprefix(label)
    yield from rest
    yield from _folded(finding.why, "  ", width)
    yield from _folded(text("diagnose.fix", fix=finding.fix), "  ", width)
    if verbose:
        yield from (f"    {command}" for command in finding.commands)


def _folded(words: str, indent: str, width: int) -> list[str]:
    """Return a sentence as lines of at most `width` columns; as one where that is 0."""
    if not width:
        return [indent + words]
    from screens.line_breaks import folded  # noqa: PLC0415 - only a terminal needs it

    return folded(words, width, indent)


def _affected(diagnosis: Diagnosis) -> Iterator[str]:
    failed = diagnosis.affected
    if not failed:
        return
    fine = [client.name for client in diagnosis.clients if client.verdict == "ok"]
    yield ""
    yield text("diagnose.affected", clients=", ".join(failed))
    if fine:
        yield text("diagnose.fine", clients=", ".join(fine))


def _chain(chain: Sequence[ChainEntry]) -> Iterator[str]:
    if not chain:
        return
    yield ""
    yield click.style(text("diagnose.chain"), bold=True)
    for depth, entry in enumerate(chain):
        role, source = text(f"diagnose.role.{entry.role.value}"), text(f"diagnose.source.{entry.source}")
        dates = f"{entry.not_before:%Y-%m-%d} – {entry.not_after:%Y-%m-%d}"
        yield f"  {depth}  {entry.subject}"
        yield f"     {role}, {source}, {dates}, SHA-256 {entry.sha256}"
        if entry.broken_above:
            yield click.style(f"     ✗ {text(f'diagnose.break.{entry.broken_above}', issuer=entry.issuer)}", fg="red")


def _clients(clients: Sequence[ClientVerdict]) -> Iterator[str]:
    yield ""
    yield click.style(text("diagnose.clients"), bold=True)
    width = max((len(client.name) for client in clients), default=0)
    for client in clients:
        depth = f" (depth {client.depth})" if client.depth is not None else ""
        code = f"{client.code}: " if isinstance(client.code, str) and client.code not in client.text else ""
        how = text(f"diagnose.how.{client.how}")
        yield f"  {client.name:<{width}}  {_verdict(client.verdict)}  {code}{client.text}{depth}  ({how})"


def _probe(probe: Probe | None) -> Iterator[str]:
    if probe is None:
        return
    yield ""
    yield click.style(text("diagnose.seen"), bold=True)
    if probe.lookup is not None and (probe.lookup.cnames or probe.lookup.addresses):
        yield f"  DNS  {' → '.join((probe.lookup.name, *probe.lookup.cnames, ', '.join(probe.lookup.addresses)))}"
    for handshake in probe.handshakes:
        yield f"  TLS  {_handshake(handshake)}"
    if probe.client_ca_names:
        yield f"  {text('diagnose.client-cas', names='; '.join(probe.client_ca_names[:5]))}"
    if probe.mqtt is not None:
        yield f"  MQTT {probe.mqtt.version}  {probe.mqtt.kind} {'' if probe.mqtt.code is None else probe.mqtt.code}"


def _handshake(handshake: Handshake) -> str:
    shown = text("diagnose.with-certificate" if handshake.with_certificate else "diagnose.without-certificate")
    spoken = f"{handshake.protocol} {handshake.cipher}".strip() or handshake.offered
    return f"{spoken}, {shown}: {handshake.alert_text or handshake.outcome}"


def _repair(diagnosis: Diagnosis, written: Written) -> Iterator[str]:
    yield ""
    yield click.style(text("diagnose.repair"), bold=True)
    for role, path in written.files:
        yield f"  {text(f'diagnose.file.{role}', path=path)}"
    for need in written.repair.needs:
        yield f"  {need}"
    if not written.files:
        if not written.repair.needs:
            yield f"  {text('diagnose.no-file-helps')}"
        return
    before = {client.name: client.verdict for client in diagnosis.clients}
    width = max(map(len, before), default=0)
    yield f"  {text('diagnose.before-after')}"
    for client in written.repair.clients_after:
        told = f"  {client.text}" if client.verdict == "failed" else ""
        yield f"    {client.name:<{width}}  {_verdict(before[client.name])} → {_verdict(client.verdict)}{told}"
