"""`emqx-mtls devices list`: what was issued, what is left, what was taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from app.cli.devices_fleet import fleet_options, the_fleet, told
from services.devices.exporting import json_index, row
from services.devices.listing import Choice, devices
from services.devices.records import State
from services.text import text

if TYPE_CHECKING:
    from services.devices.records import Device


@click.command(name="list", help=text("devices.list.help"), short_help=text("devices.list.short"))
@click.option("--state", type=click.Choice([state.value for state in State]), help=text("devices.state"))
@click.option("--ends-within", type=click.IntRange(0), metavar="DAYS", help=text("devices.ends-within"))
@fleet_options(signs=False)
@click.pass_context
def command(context: click.Context, /, state: str | None, ends_within: int | None, **options: Any) -> None:
    """Print a line for every certificate; with --json one array."""
    fleet = the_fleet(context, **options)
    end = None if ends_within is None else datetime.now(UTC) + timedelta(days=ends_within)
    found = devices(fleet.folder, Choice(State(state) if state else None, end))
    with told(fleet):
        if fleet.as_json:
            for piece in json_index(found):
                click.echo(piece, nl=False)
            return
        for device in found:
            click.echo(_line(device))


def _line(device: Device) -> str:
    end = "–" if device.not_after is None else f"{device.not_after:%Y-%m-%d}"
    state = text(f"devices.state-{device.state}")
    return f"{device.number:>9}  {device.name:<32}  {state:<11}  {end:<10}  {row(device).certificate}"
