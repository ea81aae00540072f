"""A diagnosis on the screen: findings, the chain, who is affected before and after, and what an error text admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from screens.chain_model import MARKS, Part
from screens.shown import left, shown
from screens.widgets.hanging import Hang
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from services.explain import Cause
    from services.tls.clients import ClientVerdict
    from services.tls.findings import ChainEntry, Diagnosis, Finding

_MARKS: Final = {"error": ("✗", "$error"), "warning": ("!", "$warning")}
_VERDICTS: Final = {"ok": ("✓", "$success"), "failed": ("✗", "$error"), "unknown": ("?", "$warning")}
_SHOWN_CAUSES: Final = 5
_NOTHING: Final = Content("")


def findings(diagnosis: Diagnosis) -> Iterator[Hang]:
    """Yield the findings, the root cause first; the verdict, where nothing is wrong."""
    wrong = [each for each in diagnosis.findings if each.severity != "info"]
    if not wrong:
        mark, style = _VERDICTS[diagnosis.verdict]
        words = Content.styled(text(f"diagnosis.verdict.{diagnosis.verdict}"), "bold")
        yield Hang(Content.styled(f"{mark} ", style), words)
    for finding in wrong:
        yield from _finding(finding)
        yield Hang(_NOTHING, _NOTHING)


def _finding(finding: Finding) -> Iterator[Hang]:
    mark, style = _MARKS[finding.severity]
    yield Hang(Content.styled(f"{mark} ", f"bold {style}"), shown(finding.what, f"bold {style}"))
    yield from _named(("wizard.finding.why", finding.why), ("wizard.finding.fix", finding.fix))
    yield from (Hang(Content("  "), shown(command, "$text-muted"), hang=4) for command in finding.commands)


def _named(*parts: tuple[str, str]) -> Iterator[Hang]:
    """Yield each of (id of the name, words) that has words, the names in one column."""
    width = max(Content(text(name)).cell_length for name, _ in parts) + 2
    for name, words in parts:
        if words:
            label = Content(text(name))
            mark = Content.assemble("  ", (label.plain, "bold"), " " * (width - label.cell_length))
            yield Hang(mark, shown(words))


def causes(found: Sequence[Cause]) -> Iterator[Hang]:
    """Yield what an error text admits, the likeliest first, each with how to find out."""
    yield _title("diagnosis.causes")
    if not found:
        yield Hang(_NOTHING, shown(text("explain.unknown")))
        yield Hang(_NOTHING, shown(text("explain.unknown.fix"), "$text-muted"))
    for cause in found[:_SHOWN_CAUSES]:
        likelihood = text(f"explain.likelihood.{cause.likelihood.value}")
        words = Content.assemble(shown(cause.what, "bold"), (f"  {likelihood}", "$text-muted"))
        yield Hang(Content.styled("· ", "$accent"), words)
        yield from _named(
            ("wizard.finding.why", cause.why), ("diagnosis.check", cause.check), ("wizard.finding.fix", cause.fix)
        )
        yield Hang(_NOTHING, _NOTHING)


def chain(entries: Sequence[ChainEntry], now: datetime) -> Iterator[Hang]:
    """Yield the chain from the leaf upwards, each certificate with its role, its time, and where it was found."""
    if entries:
        yield _title("diagnosis.chain")
    for place, entry in enumerate(entries):
        yield from _entry(entry, now, last=place + 1 == len(entries))


def _entry(entry: ChainEntry, now: datetime, *, last: bool) -> Iterator[Hang]:
    unreached = not entry.trusted and entry.source in {"certifi", "extra", "catalogue"}
    missing = unreached and entry.role.value == "root"
    mark = MARKS[Part.MISSING if missing else Part(entry.role.value)]
    name = entry.certificate.label if entry.certificate is not None else _common_name(entry.subject)
    yield Hang(Content.styled(f"{mark} ", "$error" if unreached else "$accent"), shown(name, "bold"))
    line = Content.styled("╳ ", "$error") if entry.broken_above else Content.styled("│ ", "$text-muted")
    line = Content("  ") if last else line
    notes = (
        text(f"chain.part.{entry.role.value}"),
        left(entry.not_after - now),
        text(f"diagnose.source.{entry.source}"),
    )
    yield Hang(line, Content.styled(" · ".join(notes), "$text-muted"), line)
    if entry.broken_above:
        broken = text(f"diagnose.break.{entry.broken_above}", issuer=_common_name(entry.issuer))
        yield Hang(line, shown(broken, "$error"), line)


def clients(before: Sequence[ClientVerdict], after: Sequence[ClientVerdict], labels: dict[str, str]) -> Iterator[Hang]:
    """Yield a table: each kind of client, what it does now, and what it does with the corrected files."""
    head = [text("diagnosis.who"), text("diagnosis.before"), text("diagnosis.after") if after else ""]
    names = [labels.get(client.name, client.name) for client in before]
    width = max((Content(name).cell_length for name in (*names, head[0])), default=8) + 2
    column = max(Content(head[1]).cell_length, 6) + 2
    yield Hang(_NOTHING, Content.styled(_cell(head[0], width) + _cell(head[1], column) + head[2], "bold $text-muted"))
    fixed = {client.name: client for client in after}
    for name, client in zip(names, before, strict=True):
        now, style = _verdict(client)
        then, then_style = _verdict(fixed[client.name]) if client.name in fixed else ("", "")
        words = Content.assemble(_cell(name, width), (_cell(now, column), style), (then, then_style))
        yield Hang(_NOTHING, words)


def _verdict(client: ClientVerdict) -> tuple[str, str]:
    mark, style = _VERDICTS[client.verdict]
    return (f"{mark} {client.code}" if isinstance(client.code, int) and client.code else mark), style


def _cell(words: str, width: int) -> str:
    return words + " " * (width - Content(words).cell_length)


def _title(name: str) -> Hang:
    return Hang(_NOTHING, Content.styled(text(name), "bold $text-muted"))


def _common_name(subject: str) -> str:
    return next((part[3:] for part in subject.split(",") if part.startswith("CN=")), subject)
