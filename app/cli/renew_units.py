"""What runs `renew` by itself: shown, and installed where that is asked for."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import click

from app.cli import EXIT_FINE, EXIT_WRONG, Common
from app.cli.chosen import chosen
from app.headless import Printer
from services.errors import ServiceError
from services.renewal import units
from services.text import text

_SYSTEMCTL_SECONDS = 30


def show_and_install(options: Common, *, install: bool, yes: bool) -> int:
    """Print service, timer, cron line and certbot's deploy hook; write the files where `install` is set.

    Args:
        options: `--workspace` chooses one set-up; without it, the units renew all.
        install: write them, after they were shown and confirmed.
        yes: do not ask.
    """
    program = main_program()
    arguments = ("--workspace", str(options.workspace)) if options.workspace else ("--all",)
    home = config_home()
    files = (*units.systemd_units(program, arguments, home), *_hooks(program, options))
    for file in files:
        click.echo(f"# {file.path}")
        click.echo(file.content)
    click.echo(f"# {text('renew.units.cron')}")
    click.echo(units.cron_line(program, arguments, home, platform.node()))
    click.echo()
    click.echo(text("renew.units.secrets", path=units.secrets_file(home)))
    if not install:
        return EXIT_FINE
    if not yes and not click.confirm(text("renew.units.ask", count=len(files))):
        return EXIT_FINE
    return _install(files, Printer(to_stderr=False, color=options.color))


def main_program() -> tuple[str, ...]:
    """Return how others start this program: by its own script where that is what runs, else through Python."""
    script = Path(sys.argv[0])
    if script.name == "emqx-mtls" and os.access(script, os.X_OK):
        return (str(script.absolute()),)
    return (sys.executable, "-m", "app")


def config_home() -> Path:
    """Return the user's folder for settings, where systemd looks for user units."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _hooks(program: tuple[str, ...], options: Common) -> tuple[units.UnitFile, ...]:
    """Return the deploy hook of each workspace; none where there is no workspace yet."""
    return tuple(units.deploy_hook(program, workspace) for workspace in chosen(options, every=True))


def _install(files: tuple[units.UnitFile, ...], printer: Printer) -> int:
    try:
        written = units.install(files)
    except ServiceError as error:
        printer.error(error)
        return EXIT_WRONG
    for file in files:
        words = "renew.units.written" if file.path in written else "renew.units.kept"
        printer.line(text(words, path=file.path))
    return _enable(printer)


def _enable(printer: Printer) -> int:
    """Have the user's systemd start the timer, where there is one; say the commands where there is not."""
    commands = (
        ("systemctl", "--user", "daemon-reload"),
        ("systemctl", "--user", "enable", "--now", f"{units.NAME}.timer"),
    )
    if shutil.which("systemctl") is None:
        printer.line(text("renew.units.no-systemd"))
        return EXIT_FINE
    for command in commands:
        printer.line(f"$ {' '.join(command)}", dim=True)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SYSTEMCTL_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            done = None
        if done is None or done.returncode:
            printer.line(text("renew.units.not-enabled"), fg="yellow")
            return EXIT_WRONG
    printer.line(text("renew.units.enabled"))
    return EXIT_FINE
