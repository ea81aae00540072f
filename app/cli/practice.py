"""`emqx-mtls practice`: the whole guide on this machine."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli import EXIT_FINE, EXIT_WRONG, Common, common, common_options, usage_error
from app.headless import Printer, walk
from services import faults, worlds
from services.errors import ServiceError
from services.files import make_folder
from services.guide.runner import Guide
from services.text import text
from services.workspace import Workspace

if TYPE_CHECKING:
    from app.outcome import Outcome

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
    if headless or as_json or keep_running or not _has_terminal():
        printer = Printer(to_stderr=as_json, color=options.color)
        run = _Run(_workspace(options, printer), chosen, port, printer, as_json=as_json, keep_running=keep_running)
        sys.exit(run.to_the_end())
    from app.wizard import run_wizard  # noqa: PLC0415 - Textual is imported only where a screen is wanted

    sys.exit(run_wizard(options, practice=True, faults=chosen, port=port))


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _list_faults() -> None:
    """Print every fault with what it breaks."""
    width = max(map(len, faults.CATALOGUE))
    for fault_id in faults.CATALOGUE:
        click.echo(f"{fault_id:<{width}}  {text(f'fault.{fault_id}')}")


def _workspace(options: Common, printer: Printer) -> Workspace:
    """Return the workspace the user named, else a new folder."""
    if options.workspace is not None:
        return Workspace(options.workspace)
    from app.places import workspaces_folder  # noqa: PLC0415 - platformdirs, seldom needed

    try:
        parent = make_folder(workspaces_folder())
    except ServiceError as error:
        printer.error(error)
        sys.exit(EXIT_WRONG)
    return Workspace(Path(tempfile.mkdtemp(prefix="practice-", dir=parent)))


class _Run:
    """One headless practice run, from taking the workspace to letting go of it."""

    def __init__(
        self,
        workspace: Workspace,
        chosen: tuple[str, ...],
        port: int,
        printer: Printer,
        *,
        as_json: bool,
        keep_running: bool,
    ) -> None:
        self._workspace = workspace
        self._faults = chosen
        self._port = port
        self._printer = printer
        self._as_json = as_json
        self._keep_running = keep_running

    def to_the_end(self) -> int:
        """Do it all; return the exit status. Ctrl-C and SIGTERM stop it cleanly, with the shell's status for them."""
        try:
            with self._workspace.lock():
                return asyncio.run(self._in_its_world())
        except ServiceError as error:
            self._printer.error(error)
            return EXIT_WRONG
        except KeyboardInterrupt:
            return 128 + signal.SIGINT

    async def _in_its_world(self) -> int:
        me = asyncio.current_task()
        assert me is not None  # noqa: S101 - asyncio.run made it
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
        try:
            async with worlds.practice(self._workspace, faults=self._faults, port=self._port) as world:
                outcome = await walk(Guide.open(world, self._workspace), self._printer, self._adjust)
                self._show(outcome)
                if self._keep_running:
                    await self._until_stopped()
        except asyncio.CancelledError:
            return 128 + signal.SIGTERM
        return EXIT_FINE if outcome.ok else EXIT_WRONG

    def _adjust(self, section: str, request: Any) -> Any:
        """Make the guide's own mistake where it was asked for, and not where an earlier run was asked for it."""
        if section != "connection":
            return request
        return replace(request, ca_file="last-of-fullchain" if _GUIDES_MISTAKE in self._faults else "root")

    def _show(self, outcome: Outcome) -> None:
        if self._as_json:
            click.echo(outcome.to_json(), nl=False)
            sys.stdout.flush()

    async def _until_stopped(self) -> None:
        """Hold the world up until Ctrl-C or SIGTERM, either of which is then a good end."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        self._printer.line(text("headless.keep-running"), dim=True)
        with suppress(asyncio.CancelledError):
            await stopped.wait()
