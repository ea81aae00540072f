"""`emqx-mtls devices sign`: certificates for keys that never leave their devices."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from app.cli.devices_fleet import fleet_options, the_fleet
from app.cli.devices_making import MAKING, Making, making_options
from services.devices.records import Terms
from services.devices.requests import read_requests
from services.pki.kinds import KeyType
from services.text import text


@click.command(name="sign", help=text("devices.sign.help"), short_help=text("devices.sign.short"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.csr…")
@making_options
@fleet_options(signs=True)
@click.pass_context
def command(context: click.Context, /, files: tuple[Path, ...], **options: Any) -> None:
    """Sign the requests, once all of them have been looked at."""
    terms = Terms(KeyType.ECDSA_P256, options.pop("days"))  # the kind of key is the request's own
    making = Making(terms, *(options.pop(name) for name in MAKING))
    sys.exit(making.run(the_fleet(context, **options), read_requests(files)))
