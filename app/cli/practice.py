"""`emqx-mtls practice`: the whole guide on this machine."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import click

from app.cli import common, common_options, usage_error
from app.cli.running import in_world, new_workspace, walk_work
from app.headless import Printer
from services import faults, worlds
from services.text import text
from services.workspace import Workspace

_GUIDES_MISTAKE = "ca-file-not-root"


@click.command(name="practice", help=text("cli.practice.help"), short_help=text("cli.practice.short"))
@click.option("--headless", is_flag=True, help=text("cli.practice.headless"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.json"))
@click.option("--keep-running", is_flag=True, help=text("cli.practice.keep-running"))
@click.option("--fault", "chosen", multiple=True, metavar="ID", help=text("cli.practice.fault"))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help=text("cli.practice.port"))
@common_options
@click.pass_context
def command(
    context: click.Context, *, headless: bool, as_json: bool, keep_running: bool, chosen: tuple[str, ...], port: int
) -> None:
    """Run the guide against the practice world, in the wizard or in plain lines."""
    options = common(context)
    if "list" in chosen:
        _list_faults()
        return
    if unknown := [fault for fault in chosen if fault not in faults.CATALOGUE]:
        raise usage_error("no-such-fault", fault=unknown[0])
    if not (headless or as_json or keep_running) and sys.stdin.isatty() and sys.stdout.isatty():
        from app.wizard import run_wizard  # noqa: PLC0415 - Textual is imported only where a screen is wanted

        sys.exit(run_wizard(options, practice=True, faults=chosen, port=port))
    printer = Printer(to_stderr=as_json, color=options.color)
    workspace = Workspace(options.workspace) if options.workspace else new_workspace("practice-", printer)
    work = walk_work(printer, lambda *step: _adjust(chosen, *step), as_json=as_json, keep_running=keep_running)
    sys.exit(in_world(workspace, lambda: worlds.practice(workspace, faults=chosen, port=port), work, printer))


def _adjust(chosen: tuple[str, ...], section: str, request: Any) -> Any:
    """Make the guide's own mistake where it was asked for, and not where an earlier run was asked for it."""
    if section != "connection":
        return request
    return replace(request, ca_file="last-of-fullchain" if _GUIDES_MISTAKE in chosen else "root")


def _list_faults() -> None:
    """Print every fault with what it breaks."""
    width = max(map(len, faults.CATALOGUE))
    for fault_id in faults.CATALOGUE:
        click.echo(f"{fault_id:<{width}}  {text(f'fault.{fault_id}')}")
