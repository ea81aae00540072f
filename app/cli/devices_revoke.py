"""`emqx-mtls devices revoke`: certificates taken back, and the list that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from app.cli.devices_crl import crl_days, write_and_tell
from app.cli.devices_fleet import fleet_options, the_fleet, told
from services.devices.revocation import Reason, revoke
from services.text import text


@click.command(name="revoke", help=text("devices.revoke.help"), short_help=text("devices.revoke.short"))
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in Reason]),
    default=Reason.UNSPECIFIED.value,
    show_default=True,
    help=text("devices.reason"),
)
@crl_days
@fleet_options(signs=True)
@click.pass_context
def command(context: click.Context, /, names: tuple[str, ...], reason: str, crl_days: int, **options: Any) -> None:
    """Take back all certificates of the named devices and write the revocation list."""
    fleet = the_fleet(context, **options)
    with told(fleet):
        authority = fleet.authority()
        with fleet.open(authority) as (ledger, crl_url):
            count = revoke(ledger, names, Reason(reason), datetime.now(UTC))
            fleet.printer.line(text("devices.revoked", count=count))
            write_and_tell(fleet, ledger, authority, days=crl_days, crl_url=crl_url, revoked=count)
