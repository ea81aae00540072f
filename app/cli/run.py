"""`emqx-mtls run`: the guide for real, from a plan, in plain lines."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from app.cli import EXIT_USAGE, common, common_options
from app.cli.dry_run import dry_run_work
from app.cli.running import Work, in_world, walk_work
from app.headless import Printer
from app.plan import Plan, example, read_plan, world_parts
from app.whereabouts import keep_plan
from services import worlds
from services.errors import ServiceError
from services.text import text
from services.workspace import Workspace

if TYPE_CHECKING:
    from services.guide.runner import Guide


@click.command(name="run", help=text("cli.run.help"), short_help=text("cli.run.short"))
@click.option("--plan", "path", type=click.Path(path_type=Path), metavar="FILE", help=text("cli.run.plan"))
@click.option("--example", "show_example", is_flag=True, help=text("cli.run.example"))
@click.option("--dry-run", is_flag=True, help=text("cli.run.dry-run"))
@click.option("--rehearse", is_flag=True, help=text("cli.run.rehearse"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.json"))
@common_options
@click.pass_context
def command(
    context: click.Context, *, path: Path | None, show_example: bool, dry_run: bool, rehearse: bool, as_json: bool
) -> None:
    """Walk the guide for real as a plan says."""
    if show_example:
        click.echo(example(), nl=False)
        return
    if path is None:
        raise click.UsageError(text("cli.run.needs-plan"))
    options = common(context)
    printer = Printer(to_stderr=as_json, color=options.color)
    try:
        plan = read_plan(path)
        parts = world_parts(plan)
    except ServiceError as error:
        printer.error(error)
        sys.exit(EXIT_USAGE)
    workspace = _workspace(plan, options.workspace)
    if dry_run or rehearse:
        work = dry_run_work(printer, plan.adjust, rehearse=rehearse)
    else:
        again = f"emqx-mtls run --plan {quote(str(path))} --workspace {quote(str(workspace.root))}"
        work = _keeping_plan(path, plan, walk_work(printer, plan.adjust, as_json=as_json, again=again))
    sys.exit(in_world(workspace, lambda: worlds.live(**parts), work, printer))


def _keeping_plan(path: Path, plan: Plan, work: Work) -> Work:
    """Return `work`, which first keeps in the workspace where things are: `renew` and `status` read it there."""

    async def keeping(guide: Guide) -> int:
        keep_plan(path, plan, guide.workspace, guide.world.clock())
        return await work(guide)

    return keeping


def _workspace(plan: Plan, named: Path | None) -> Workspace:
    """Return the workspace the user named, else the one of the plan's domain, so that running again resumes it."""
    if named is not None:
        return Workspace(named)
    from app.places import workspaces_folder  # noqa: PLC0415 - platformdirs, seldom needed

    return Workspace(workspaces_folder() / plan.domain)
