"""`emqx-mtls undo`: what the guide made is taken back, each piece shown and asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

import click

from app import whereabouts
from app.cli import EXIT_FINE, EXIT_UNKNOWN, EXIT_WRONG, Common, common, common_options
from app.cli.asking import ask_yes_or_no
from app.cli.chosen import chosen
from app.cli.running import in_world
from app.headless import Printer
from app.outcome import PieceReport, UndoOutcome
from app.summary import print_commands
from services.errors import ServiceError
from services.events import Answer
from services.text import text
from services.undo.pieces import Entry, PieceName
from services.workspace import Workspace

if TYPE_CHECKING:
    from app.cli.running import Work
    from services.guide.runner import Guide

_NAMES: Final = tuple(name.value for name in PieceName)


@click.command(name="undo", help=text("undo.cli.help"), short_help=text("undo.cli.short"))
@click.option("--plan", type=click.Path(path_type=Path), metavar="FILE", help=text("undo.cli.plan"))
@click.option("--list", "only_list", is_flag=True, help=text("undo.cli.list"))
@click.option("--yes", "agreed", multiple=True, type=click.Choice(_NAMES), metavar="PIECE", help=text("undo.cli.yes"))
@click.option("--all", "every", is_flag=True, help=text("undo.cli.all"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.json"))
@common_options
@click.pass_context
def command(
    context: click.Context, *, plan: Path | None, only_list: bool, agreed: tuple[str, ...], every: bool, as_json: bool
) -> None:
    """Take back what the guide made."""
    options = common(context)
    printer = Printer(to_stderr=as_json, color=options.color)
    try:
        workspace = _workspace(options, plan)
        world = whereabouts.open_world(workspace, plan)
    except ServiceError as error:
        printer.error(error)
        sys.exit(EXIT_WRONG)
    asking = not (only_list or as_json or agreed or every) and sys.stdin.isatty()
    consent = _Consent(printer, frozenset(agreed), every=every and not only_list, asking=asking)
    sys.exit(in_world(workspace, world, _work(printer, consent, only_list=only_list, as_json=as_json), printer))


def _workspace(options: Common, plan: Path | None) -> Workspace:
    """Return the workspace that was named, else the plan's domain's, else the only one there is."""
    if options.workspace is None and plan is not None:
        from app.places import workspaces_folder  # noqa: PLC0415 - platformdirs, seldom needed
        from app.plan import read_plan  # noqa: PLC0415 - only with a plan

        return Workspace(workspaces_folder() / read_plan(plan).domain)
    (workspace,) = chosen(options, every=False)
    return workspace


class _Consent:
    """Whether a piece may be taken back: named on the command line, all of them, or asked for one by one.

    Attributes:
        holds_back_files: something could not be looked for or taken back, and the files are needed to try again; they
            are then deleted only where they are named.
    """

    def __init__(self, printer: Printer, agreed: frozenset[str], *, every: bool, asking: bool) -> None:
        self._printer = printer
        self._agreed = agreed
        self._every = every
        self._asking = asking
        self.holds_back_files = False

    async def given(self, entry: Entry) -> bool:
        """Tell whether `entry`, which is there, may be taken back."""
        assert entry.found is not None  # noqa: S101 - the caller's promise
        if entry.found.by_hand is not None:
            return False
        if entry.name in self._agreed:
            return True
        if entry.name is PieceName.FILES and self.holds_back_files:
            self._printer.line(f"    {text('undo.files.held-back')}", fg="yellow")
            return False
        if self._every and entry.found.ours is Answer.YES:
            return True
        return self._asking and await ask_yes_or_no(text("undo.ask"), self._printer)


def _work(printer: Printer, consent: _Consent, *, only_list: bool, as_json: bool) -> Work:
    async def work(guide: Guide) -> int:
        reports: list[PieceReport] = []
        for name in PieceName:
            consent.holds_back_files = any(report.error for report in reports)
            reports.append(await _piece(guide, name, printer, consent, only_list=only_list))
        outcome = UndoOutcome(str(guide.workspace.root), tuple(reports))
        _summary(outcome, printer, only_list=only_list)
        if as_json:
            click.echo(outcome.to_json(), nl=False)
        if not outcome.ok:
            return EXIT_WRONG
        return EXIT_UNKNOWN if any(report.state == "unknown" for report in reports) else EXIT_FINE

    return work


async def _piece(guide: Guide, name: PieceName, printer: Printer, consent: _Consent, *, only_list: bool) -> PieceReport:
    """Show one piece, take it back where that is agreed to, and report it."""
    from services.undo import undo  # noqa: PLC0415 - brings what the pieces need

    entry = await undo.look(name, guide.here)
    _show(entry, printer)
    if entry.found is None or only_list or not await consent.given(entry):
        return PieceReport.of(entry, taken_back=False)
    try:
        await undo.take_back(name, guide)
    except ServiceError as error:
        printer.error(error)
        return PieceReport.of(entry, taken_back=False, error=error)
    printer.line(f"  {click.style('✓', fg='green')} {text('undo.taken-back')}")
    return PieceReport.of(entry, taken_back=True)


def _show(entry: Entry, printer: Printer) -> None:
    found = entry.found
    if entry.trouble is not None:
        printer.line(f"{entry.name}  {text('undo.unknown')}", bold=True)
        printer.error(entry.trouble)
    elif found is None:
        printer.line(f"{entry.name}  {text('undo.nothing')}", dim=True)
    else:
        printer.line(f"{entry.name}  {found.what}", bold=True)
        printer.line(f"    {found.consequence}", dim=True)
        if found.ours is not Answer.YES:
            printer.line(f"    {text(f'undo.ours-{found.ours}')}", fg="yellow")
        if found.by_hand is not None:
            printer.line(f"    {found.by_hand}")


def _summary(outcome: UndoOutcome, printer: Printer, *, only_list: bool) -> None:
    left = [piece.name for piece in outcome.pieces if piece.state == "there" and not piece.taken_back]
    printer.line()
    if left and not only_list:
        printer.line(text("undo.left", pieces=", ".join(left)))
    elif left:
        printer.line(text("undo.how"))
        ways = {"asked": "", "one": f" --yes {left[0]}", "all": " --all"}
        where = f"--workspace {quote(outcome.workspace)}"
        print_commands(
            printer, ((f"emqx-mtls undo{way} {where}", text(f"undo.how.{name}")) for name, way in ways.items())
        )
    else:
        printer.line(text("undo.nothing-left"), bold=True)
