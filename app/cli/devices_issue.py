"""`emqx-mtls devices issue`: keys and certificates, made here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.devices_fleet import fleet_options, the_fleet
from app.cli.devices_making import MAKING, Making, making_options
from services.devices.names import Series
from services.devices.names_file import read_names, wanted
from services.devices.records import Terms
from services.pki.kinds import KeyType
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.devices.records import Wanted

_COUNT = click.IntRange(1, 100_000_000)


@click.command(name="issue", help=text("devices.issue.help"), short_help=text("devices.issue.short"))
@click.option("--names", type=click.Path(path_type=Path, dir_okay=False), help=text("devices.names"))
@click.option("--count", type=_COUNT, help=text("devices.count"))
@click.option("--prefix", help=text("devices.prefix"))
@click.option("--first", type=_COUNT, default=1, show_default=True, help=text("devices.first"))
@click.option("--digits", type=click.IntRange(1, 12), default=6, show_default=True, help=text("devices.digits"))
@click.option(
    "--key-type",
    type=click.Choice([kind.value for kind in KeyType]),
    default=KeyType.ECDSA_P256.value,
    show_default=True,
    help=text("devices.key-type"),
)
@making_options
@fleet_options(signs=True)
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Make a key and a certificate for every name that has none."""
    names = _names(options.pop("names"), *(options.pop(name) for name in ("count", "prefix", "first", "digits")))
    terms = Terms(KeyType(options.pop("key_type")), options.pop("days"))
    making = Making(terms, *(options.pop(name) for name in MAKING))
    sys.exit(making.run(the_fleet(context, **options), names))


def _names(file: Path | None, count: int | None, prefix: str | None, first: int, digits: int) -> Iterable[Wanted]:
    """Return what is wanted: a file's names, or a numbered series."""
    if (file is None) == (count is None) or (count is None) != (prefix is None):
        raise click.UsageError(text("devices.names-or-count"))
    if file is not None:
        return read_names(file)
    return wanted(Series(prefix or "", count or 0, first, digits))
