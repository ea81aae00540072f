"""`emqx-mtls renew`: renew, upload, prove; one line for each set-up, and the exit status for cron."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli import EXIT_FINE, EXIT_UNKNOWN, EXIT_WRONG, Common, common, common_options
from app.cli.chosen import chosen
from app.cli.guarded import guarded
from app.cli.renew_units import show_and_install
from app.cli.running import in_world
from app.headless import Printer
from services.errors import ServiceError
from services.text import text

if TYPE_CHECKING:
    from app.cli.running import Work
    from services.guide.runner import Guide
    from services.renewal.outcome import Order, Result
    from services.workspace import Workspace

_SEVERITY = (EXIT_FINE, EXIT_UNKNOWN, EXIT_WRONG)


@click.command(name="renew", help=text("renew.cli.help"), short_help=text("renew.cli.short"))
@click.option("--all", "every", is_flag=True, help=text("renew.cli.all"))
@click.option("--force", is_flag=True, help=text("renew.cli.force"))
@click.option("--deploy-only", is_flag=True, help=text("renew.cli.deploy-only"))
@click.option("--plan", type=click.Path(path_type=Path), metavar="FILE", help=text("renew.cli.plan"))
@click.option("--verbose", "-v", is_flag=True, help=text("renew.cli.verbose"))
@click.option("--print-units", is_flag=True, help=text("renew.cli.print-units"))
@click.option("--install", is_flag=True, help=text("renew.cli.install"))
@click.option("--yes", is_flag=True, help=text("renew.cli.yes"))
@common_options
@click.pass_context
def command(
    context: click.Context,
    *,
    every: bool,
    force: bool,
    deploy_only: bool,
    plan: Path | None,
    verbose: bool,
    print_units: bool,
    install: bool,
    yes: bool,
) -> None:
    """Renew one set-up, or all."""
    options = common(context)
    if print_units or install:
        sys.exit(show_and_install(options, install=install, yes=yes))
    from services.renewal.outcome import Order  # noqa: PLC0415 - after the quick ways out

    workspaces = chosen(options, every=every)
    order = Order(force=force, ask_ca=not deploy_only)
    talkative = verbose or sys.stdout.isatty()
    worst = EXIT_FINE
    for workspace in workspaces:
        status = _renew_one(workspace, order, options, plan, named=not every, talkative=talkative)
        worst = max(worst, status, key=lambda each: _SEVERITY.index(each) if each in _SEVERITY else len(_SEVERITY))
    if not workspaces:
        click.echo(text("renew.none"))
    sys.exit(worst)


def _renew_one(
    workspace: Workspace, order: Order, options: Common, plan: Path | None, *, named: bool, talkative: bool
) -> int:
    """Renew one set-up; return the exit status that it alone stands for."""
    from app import whereabouts  # noqa: PLC0415 - reads plans, which only a renewal needs

    printer = Printer(to_stderr=False, color=options.color)
    try:
        if not named and whereabouts.session_of(workspace).world == "practice":
            return EXIT_FINE  # a practice world lives only while it is used
        world = whereabouts.open_world(workspace, plan)
    except ServiceError as error:
        printer.error(error)
        return EXIT_WRONG
    return in_world(workspace, world, _work(order, printer, talkative=talkative), printer)


def _work(order: Order, printer: Printer, *, talkative: bool) -> Work:
    """Return the work of one renewal: its lines where somebody looks on, and the summary in any case."""

    async def work(guide: Guide) -> int:
        from services.events import Done  # noqa: PLC0415 - with the one below
        from services.renewal.renew import renew  # noqa: PLC0415 - brings the libraries of certificates

        async with aclosing(guarded(guide, "renew", renew(guide, order))) as events:
            async for event in events:
                if isinstance(event, Done):
                    return _summary(event.result, guide, printer)  # type: ignore[arg-type]  # renew's own result
                if talkative:
                    printer.event(event)
        return EXIT_WRONG

    return work


def _summary(result: Result, guide: Guide, printer: Printer) -> int:
    """Print how it ended, in one line, and the finding behind it; return the exit status."""
    from services.renewal.outcome import Outcome  # noqa: PLC0415 - loaded by now

    now = guide.world.clock()
    ends = result.served_not_after or result.not_after
    line = text(
        f"renew.summary.{result.outcome.value}",
        at=f"{now:%Y-%m-%d %H:%M}",
        domain=result.domain,
        until=f"{ends:%Y-%m-%d}",
        days=(ends - now).days,
        due=f"{result.due:%Y-%m-%d}",
        what=result.trouble.what if result.trouble else "",
        finding=result.trouble.id if result.trouble else "",
    )
    printer.line(line, bold=True)
    if result.trouble is not None:
        printer.error(result.trouble)
    if result.outcome.is_fine:
        return EXIT_FINE
    return EXIT_UNKNOWN if result.outcome is Outcome.UNCHECKED else EXIT_WRONG
