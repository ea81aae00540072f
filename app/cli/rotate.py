"""`emqx-mtls rotate`: a new client CA without an outage, one stage after the other."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import whereabouts
from app.cli import EXIT_FINE, EXIT_WRONG, common, common_options
from app.cli.chosen import chosen
from app.cli.guarded import guarded
from app.cli.running import in_world
from app.headless import Printer
from services.errors import ServiceError
from services.events import Done
from services.text import text

if TYPE_CHECKING:
    from app.cli.running import Work
    from services.guide.runner import Guide
    from services.renewal.rotation.rotate import Result
    from services.workspace import Workspace


@click.command(name="rotate", help=text("rotate.cli.help"), short_help=text("rotate.cli.short"))
@click.option("--finish", is_flag=True, help=text("rotate.cli.finish"))
@click.option("--back", is_flag=True, help=text("rotate.cli.back"))
@click.option("--stage", "show", is_flag=True, help=text("rotate.cli.stage"))
@click.option("--plan", type=click.Path(path_type=Path), metavar="FILE", help=text("renew.cli.plan"))
@common_options
@click.pass_context
def command(context: click.Context, *, finish: bool, back: bool, show: bool, plan: Path | None) -> None:
    """Go on with the rotation of the client CA, finish it, or go back."""
    if finish and back:
        raise click.UsageError(text("rotate.cli.one-way"))
    options = common(context)
    (workspace,) = chosen(options, every=False)
    printer = Printer(to_stderr=False, color=options.color)
    if show:
        _show(workspace, printer)
        return
    try:
        world = whereabouts.open_world(workspace, plan)
    except ServiceError as error:
        printer.error(error)
        sys.exit(EXIT_WRONG)
    sys.exit(in_world(workspace, world, _work(printer, finish=finish, back=back), printer))


def _show(workspace: Workspace, printer: Printer) -> None:
    """Print where the rotation stands, by the files."""
    from services.pki.places import ClientFolder  # noqa: PLC0415 - only here
    from services.renewal.rotation.stages import RotationFolder  # noqa: PLC0415 - as above

    stage = RotationFolder(ClientFolder(workspace.client)).stage
    printer.line(text(f"rotate.stage.{stage.value}"))


def _work(printer: Printer, *, finish: bool, back: bool) -> Work:
    async def work(guide: Guide) -> int:
        from services.renewal.rotation import rotate  # noqa: PLC0415 - brings the libraries of certificates

        way = rotate.finish if finish else rotate.back if back else rotate.forward
        async with aclosing(guarded(guide, "rotate", way(guide))) as events:
            async for event in events:
                if isinstance(event, Done):
                    return _end(event.result, printer)  # type: ignore[arg-type]  # rotate's own result
                printer.event(event)
        return EXIT_WRONG

    return work


def _end(result: Result, printer: Printer) -> int:
    printer.line()
    printer.line(text(f"rotate.stage.{result.stage.value}"), bold=True)
    if result.kept is not None:
        printer.line(text("rotate.kept", path=result.kept))
    return EXIT_FINE
