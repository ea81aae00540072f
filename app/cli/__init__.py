"""The command line: one group, each command in a module of its own, imported when it is called."""

from __future__ import annotations

import importlib
import importlib.util
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from services import text as catalogue
from services.errors import ServiceError
from services.text import text

EXIT_FINE: Final = 0
EXIT_WRONG: Final = 1  # something is wrong and was named
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 128 + signal.SIGINT
EXIT_UNKNOWN: Final = 3  # it could not be checked

COMMANDS: Final = ("practice", "run", "diagnose", "explain", "renew", "status", "rotate", "devices", "undo", "guide")


@dataclass(frozen=True, slots=True)
class Common:
    """What every command takes, before its name or after it.

    Attributes:
        workspace: the workspace folder the user named; None where the command chooses.
        color: whether colour may be used (False for --no-color and NO_COLOR).
        language: the one named with --lang; None where none was.
    """

    workspace: Path | None = None
    color: bool = True
    language: str | None = None


class HelpContext(click.Context):
    """A context whose help is laid out by `app.cli.help_lines`."""

    def make_formatter(self) -> click.HelpFormatter:
        """Return it."""
        from app.cli.help_lines import HelpLines  # noqa: PLC0415 - only where help is asked for

        return HelpLines(width=self.terminal_width, max_width=self.max_content_width)


click.Command.context_class = HelpContext  # every command's, groups included


class LazyGroup(click.Group):
    """A group that imports the module of a command (`app.cli.<name>`, holding `command`) when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, in the order to show them."""
        return [name for name in COMMANDS if importlib.util.find_spec(f"app.cli.{name}")]

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; Ctrl-C ends it with the shell's own status for that, whatever it was doing."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(EXIT_INTERRUPTED)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command called `cmd_name`, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"app.cli.{cmd_name}").command
        return command


def program_version() -> str:
    """Return the installed version; "0" in a checkout that was never installed."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 30 ms, and seldom asked

    try:
        return version("emqx-mtls")
    except PackageNotFoundError:
        return "0"


def common_options(function: Any) -> Any:
    """Give a command the common options too, so that they may stand behind its name."""
    for option in reversed(
        (
            click.option(
                "--workspace",
                type=click.Path(path_type=Path, file_okay=False),
                expose_value=False,
                callback=_workspace,
                help=text("cli.workspace"),
            ),
            click.option(
                "--lang",
                type=click.Choice(catalogue.LANGUAGES),
                expose_value=False,
                callback=_lang,
                is_eager=True,
                help=text("cli.lang"),
            ),
            click.option("--no-color", is_flag=True, expose_value=False, callback=_no_color, help=text("cli.no-color")),
        )
    ):
        function = option(function)
    return function


def common(context: click.Context) -> Common:
    """Return the common options as given anywhere on the command line."""
    meta = context.find_root().meta
    return Common(meta.get("workspace"), not meta.get("no_color", False), meta.get("language"))


def _workspace(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is None:
        return
    try:
        str(value).encode()
    except UnicodeEncodeError as error:  # bytes that the locale has no characters for: no file could hold this path
        raise usage_error("path-not-text", path=str(value).encode(errors="backslashreplace").decode()) from error
    context.find_root().meta["workspace"] = value.absolute()


def _lang(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.find_root().meta["language"] = value
        catalogue.use_language(value)


def _no_color(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().meta["no_color"] = True


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"emqx-mtls {program_version()}")
        context.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    name="emqx-mtls",
    help=text("cli.help"),
)
@common_options
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help=text("cli.version"))
@click.pass_context
def group(context: click.Context) -> None:
    """Open the wizard where no command is given."""
    if context.invoked_subcommand is None:
        from app.wizard import run_wizard  # noqa: PLC0415 - Textual is imported only where a screen is wanted

        sys.exit(run_wizard(common(context)))


def usage_error(error_id: str, **facts: Any) -> click.ClickException:
    """Return the usage error of the finding `error_id` for click to print; it ends the program with EXIT_USAGE."""
    error = ServiceError(error_id, **facts)
    return click.UsageError(f"{error} {error.fix}")
