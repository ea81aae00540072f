"""A diagnosis on the screen: findings, the chain, who is affected before and after, and what an error text admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from screens.chain_model import MARKS, Part
from screens.shown import left, shown
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from services.explain import Cause
    from services.tls.clients import ClientVerdict
    from services.tls.findings import ChainEntry, Diagnosis, Finding

_MARKS: Final = {"error": ("✗", "$error"), "warning": ("!", "$warning"), "info": ("·", "$text-muted")}
_VERDICTS: Final = {"ok": ("✓", "$success"), "failed": ("✗", "$error"), "unknown": ("?", "$warning")}
_SHOWN_CAUSES: Final = 5


def findings(diagnosis: Diagnosis) -> Content:
    """Return the verdict where nothing is wrong, else the findings: the root cause in full, the others below it."""
    shown_ones = [each for each in diagnosis.findings if each.severity != "info"]
    rows: list[Content] = []
    if not shown_ones:
        mark, style = _VERDICTS[diagnosis.verdict]
        rows.append(Content.assemble((f"{mark} ", style), (text(f"diagnosis.verdict.{diagnosis.verdict}"), "bold")))
    for finding in shown_ones:
        if rows:
            rows.append(Content(""))
        rows += _finding(finding)
    return Content("\n").join(rows)


def _finding(finding: Finding) -> Iterator[Content]:
    mark, style = _MARKS[finding.severity]
    yield Content.assemble((f"{mark} ", f"{style} bold"), shown(finding.what, f"bold {style}"))
    for name, words in (("why", finding.why), ("fix", finding.fix)):
        if words:
            yield Content.assemble((f"  {text(f'wizard.finding.{name}')}  ", "bold"), shown(words))
    for command in finding.commands:
        yield Content.assemble("  ", shown(command, "$text-muted"))


def causes(found: Sequence[Cause]) -> Content:
    """Return what an error text admits, the likeliest first, each with how to find out."""
    rows = [Content.styled(text("diagnosis.causes"), "bold $text-muted")]
    if not found:
        rows.append(shown(text("explain.unknown")))
        rows.append(shown(text("explain.unknown.fix"), "$text-muted"))
    for cause in found[:_SHOWN_CAUSES]:
        likelihood = text(f"explain.likelihood.{cause.likelihood.value}")
        rows += [
            Content.assemble(("· ", "$accent"), shown(cause.what, "bold"), (f"  {likelihood}", "$text-muted")),
            Content.assemble((f"  {text('wizard.finding.why')}  ", "bold"), shown(cause.why)),
            Content.assemble((f"  {text('diagnosis.check')}  ", "bold"), shown(cause.check)),
            Content.assemble((f"  {text('wizard.finding.fix')}  ", "bold"), shown(cause.fix)),
            Content(""),
        ]
    return Content("\n").join(rows)


def chain(entries: Sequence[ChainEntry], now: datetime) -> Content:
    """Return the chain from the leaf upwards, each certificate with its role, its time, and where it was found."""
    rows = [Content.styled(text("diagnosis.chain"), "bold $text-muted")]
    for place, entry in enumerate(entries):
        missing = entry.certificate is None or entry.source in {"certifi", "extra", "catalogue"}
        unreached = missing and not entry.trusted
        mark = MARKS[Part.MISSING] if unreached and entry.role.value == "root" else MARKS[Part(entry.role.value)]
        name = entry.certificate.label if entry.certificate is not None else _common_name(entry.subject)
        rows.append(Content.assemble((f"{mark} ", "$error" if unreached else "$accent"), shown(name, "bold")))
        last = place + 1 == len(entries)
        line = (
            " " if last else ("╳" if entry.broken_above else "│"),
            "$error" if entry.broken_above else "$text-muted",
        )
        role = text(f"chain.part.{entry.role.value}")
        notes = [role, left(entry.not_after - now), text(f"diagnose.source.{entry.source}")]
        rows.append(Content.assemble(line, " ", (" · ".join(notes), "$text-muted")))
        if entry.broken_above:
            broken = text(f"diagnose.break.{entry.broken_above}", issuer=entry.issuer)
            rows.append(Content.assemble(line, " ", shown(broken, "$error")))
    return Content("\n").join(rows)


def clients(before: Sequence[ClientVerdict], after: Sequence[ClientVerdict], labels: dict[str, str]) -> Content:
    """Return a table: each kind of client, what it does now, and what it does with the corrected files."""
    head = (text("diagnosis.who"), text("diagnosis.before"), text("diagnosis.after"))
    names = [labels.get(client.name, client.name) for client in before]
    width = max((len(name) for name in (*names, head[0])), default=8) + 2
    column = max(len(head[1]), 12)
    fixed = {client.name: client for client in after}
    rows = [Content.styled(f"{head[0]:<{width}}{head[1]:<{column}}{head[2]}", "bold $text-muted")]
    for name, client in zip(names, before, strict=True):
        now, style = _verdict(client)
        later = fixed.get(client.name)
        then, then_style = _verdict(later) if later is not None else ("", "")
        rows.append(Content.assemble(f"{name:<{width}}", (f"{now:<{column}}", style), (then, then_style)))
    return Content("\n").join(rows)


def _verdict(client: ClientVerdict) -> tuple[str, str]:
    mark, style = _VERDICTS[client.verdict]
    code = f" {client.code}" if client.code is not None and len(str(client.code)) < 10 else ""
    return f"{mark}{code}", style


def _common_name(subject: str) -> str:
    return next((part[3:] for part in subject.split(",") if part.startswith("CN=")), subject)
