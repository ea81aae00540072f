"""`emqx-mtls status`: how every set-up stands, as a table and a time line, or as one JSON document."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from app.cli import EXIT_FINE, EXIT_UNKNOWN, EXIT_WRONG, common, common_options, usage_error
from app.cli.chosen import chosen
from app.places import workspaces_folder
from services.text import text

if TYPE_CHECKING:
    from services.renewal.status import Status


@click.command(name="status", help=text("status.cli.help"), short_help=text("status.cli.short"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.json"))
@common_options
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Show how every set-up stands."""
    options = common(context)
    workspaces = chosen(options, every=True)
    if options.workspace is not None and not workspaces[0].session.is_file():
        raise usage_error("renewal-not-set-up", variant="session", path=options.workspace)
    from app.cli.status_words import as_document, print_status  # noqa: PLC0415 - not for --help
    from app.surveying import survey_all  # noqa: PLC0415 - as above

    status = asyncio.run(survey_all(workspaces))
    if as_json:
        click.echo(as_document(status), nl=False)
    elif status.rows:
        print_status(status, color=options.color)
    else:
        click.echo(text("status.none", path=workspaces_folder()))
    sys.exit(_exit_status(status))


def _exit_status(status: Status) -> int:
    from services.renewal.status import Health  # noqa: PLC0415 - as above

    statuses = {Health.FINE: EXIT_FINE, Health.UNKNOWN: EXIT_UNKNOWN, Health.SOON: EXIT_WRONG, Health.WRONG: EXIT_WRONG}
    return statuses[status.health]
