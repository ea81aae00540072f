"""`emqx-mtls devices export`: certificates for programs and devices, an index, and the CA for an online CA."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from app.cli.devices_fleet import Fleet, fleet_options, the_fleet, told
from services.devices.exporting import Exporter, export_ca, write_index
from services.devices.listing import Choice, devices, live
from services.devices.records import State
from services.errors import ServiceError
from services.pki import store
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.devices.records import Device

PASSWORD_VARIABLE: Final = "EMQX_MTLS_PKCS12_PASSWORD"  # noqa: S105 - its name, not a password
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(name="export", help=text("devices.export.help"), short_help=text("devices.export.short"))
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--all", "everything", is_flag=True, help=text("devices.all"))
@click.option("--format", "form", type=click.Choice(["pem", "pkcs12"]), default="pem", help=text("devices.format"))
@click.option("--to", "target", type=_FOLDER, help=text("devices.to"))
@click.option("--password-stdin", is_flag=True, help=text("devices.password-stdin", variable=PASSWORD_VARIABLE))
@click.option("--index", type=_FILE, metavar="FILE.csv|FILE.json", help=text("devices.index"))
@click.option("--ca-for-online", "online", is_flag=True, help=text("devices.ca-for-online"))
@click.option("--replace", is_flag=True, help=text("devices.replace"))
@fleet_options(signs=True)
@click.pass_context
def command(
    context: click.Context,
    /,
    names: tuple[str, ...],
    *,
    everything: bool,
    form: str,
    target: Path | None,
    password_stdin: bool,
    index: Path | None,
    online: bool,
    replace: bool,
    **options: Any,
) -> None:
    """Write what is asked for to other places; the fleet's own files stay as they are."""
    chosen = bool(names) or everything
    if (names and everything) or not (chosen or index or online) or (target is None and (chosen or online)):
        raise click.UsageError(text("devices.export-what"))
    fleet = the_fleet(context, **options)
    with told(fleet):
        written: list[str] = []
        if online and target is not None:
            written += map(str, export_ca(fleet.authority(), target, replace=replace))
        if index is not None:
            write_index(index, devices(fleet.folder, Choice()), replace=replace)
            written.append(str(index))
        for path in written:
            fleet.printer.line(f"→ {path}")
        count = 0
        if chosen and target is not None:
            exporter = Exporter(fleet.folder, target, replace, flat=not everything)
            write = exporter.pem if form == "pem" else _pkcs12(fleet, exporter, _password(from_stdin=password_stdin))
            count = _export(_chosen(fleet, names), write)
            fleet.printer.line(text("devices.exported", count=count, path=target))
        fleet.document(ok=True, exported=count, files=written)


def _chosen(fleet: Fleet, names: tuple[str, ...]) -> Iterable[Device]:
    return live(fleet.folder, names) if names else devices(fleet.folder, Choice(State.ISSUED))


def _export(chosen: Iterable[Device], write: Callable[[Device], Path]) -> int:
    count = 0
    for count, device in enumerate(chosen, 1):  # noqa: B007 - the count is the result
        write(device)
    return count


def _pkcs12(fleet: Fleet, exporter: Exporter, password: bytes) -> Callable[[Device], Path]:
    if fleet.ca is None:
        raise click.UsageError(text("devices.needs-ca"))
    ca = store.read_certificate(fleet.ca)
    return lambda device: exporter.pkcs12(device, password, ca)


def _password(*, from_stdin: bool) -> bytes:
    """Return the password for PKCS #12: from standard input, the environment, or whoever sits at the terminal."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif PASSWORD_VARIABLE in os.environ:
        password = os.environ[PASSWORD_VARIABLE]
    elif sys.stdin.isatty():
        password = click.prompt(text("devices.password"), hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = ""
    if not password:
        raise ServiceError("devices-password-missing", variable=PASSWORD_VARIABLE)
    return password.encode()
