"""`emqx-mtls explain`: what an error text means."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Final

import click

from app.cli import EXIT_FINE, EXIT_UNKNOWN, common, common_options, usage_error
from services.explain import Likelihood, Side, explain
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.explain import Cause

_CHUNK: Final = 512 * 1024  # bytes kept of each end of what is piped in; `explain` itself keeps less
_MOST_CHUNKS: Final = 128  # 64 MiB: an endless pipe must end somewhere
_WIDEST: Final = 100


@click.command(
    name="explain",
    help=text("explain.help"),
    short_help=text("explain.short"),
    context_settings={"ignore_unknown_options": True},  # so that -0x2700 is a text
)
@click.argument("words", nargs=-1, metavar="[TEXT | -]")
@click.option("--from", "side", type=click.Choice([side.value for side in Side]), help=text("explain.from"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.json"))
@common_options
@click.pass_context
def command(context: click.Context, *, words: tuple[str, ...], side: str | None, as_json: bool) -> None:
    """Name the causes that a text admits; exit with 0, or with 3 where it is not known."""
    pasted = _pasted(words)
    causes = explain(pasted, side=Side(side) if side else None)
    if as_json:
        click.echo(json.dumps({"causes": [_as_json(cause) for cause in causes]}, ensure_ascii=False, indent=1))
    else:
        width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else 0
        for line in _lines(causes, width):
            click.echo(line, color=None if common(context).color else False)
    context.exit(EXIT_FINE if causes else EXIT_UNKNOWN)


def _pasted(words: Sequence[str]) -> str | bytes:
    """Return the text to explain, from the command line or from standard input.

    Raises:
        click.UsageError: none was given. (An empty one was given: it is not known.)
    """
    if words and words != ("-",):
        return " ".join(words)
    pasted = _piped() if words or not sys.stdin.isatty() else b""
    if not words and not pasted.strip():
        raise usage_error("no-text")
    return pasted


def _piped() -> bytes:
    """Return what is piped in; of very much, the beginning and the end."""
    stream = sys.stdin.buffer
    head, tail = stream.read(_CHUNK), b""
    for _ in range(_MOST_CHUNKS):
        chunk = stream.read(_CHUNK)
        if not chunk:
            break
        tail = (tail + chunk)[-_CHUNK:]
    return head + b"\n" + tail if tail else head


def _as_json(cause: Cause) -> dict[str, str]:
    """Return `cause` as the document has it."""
    return {
        "id": cause.id,
        "likelihood": cause.likelihood.value,
        "what": cause.what,
        "why": cause.why,
        "check": cause.check,
        "fix": cause.fix,
    }


def _lines(causes: Sequence[Cause], width: int) -> Iterator[str]:
    """Yield the answer for people: what is likely in full, what is merely possible in a line each."""
    if not causes:
        yield text("explain.unknown")
        yield from _wrapped(text("explain.unknown.fix"), "", width)
        return
    full = [cause for cause in causes if cause.likelihood is not Likelihood.POSSIBLE] or list(causes[:3])
    for cause in full:
        yield from _whole(cause, width)
    if rest := [cause for cause in causes if cause not in full]:
        yield click.style(text("explain.label.also"), bold=True)
        for cause in rest:
            yield from _wrapped(f"{cause.what} ({cause.id})", "  ", width)
        yield ""
    if len(causes) > 1:
        yield from _wrapped(text("explain.next"), "", width)


def _whole(cause: Cause, width: int) -> Iterator[str]:
    """Yield all there is to say about `cause`."""
    likelihood = text(f"explain.likelihood.{cause.likelihood}")
    yield from (click.style(line, bold=True) for line in _wrapped(cause.what, "", width))
    yield click.style(f"  {cause.id} · {likelihood}", dim=True)
    yield from _wrapped(cause.why, "  ", width)
    for label, words in ((text("explain.label.check"), cause.check), (text("explain.label.fix"), cause.fix)):
        yield from _wrapped(f"{label}: {words}", "  ", width)
    yield ""


def _wrapped(words: str, indent: str, width: int) -> Iterator[str]:
    """Yield `words` in lines of at most `width` columns; in one line where that is 0."""
    if not width:
        yield indent + words
        return
    from screens.line_breaks import folded  # noqa: PLC0415 - only a terminal needs it

    yield from folded(words, width, indent)
