"""`emqx-mtls devices crl`: the revocation list, written anew before it runs out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from app.cli.devices_fleet import fleet_options, the_fleet, told
from services.devices.revocation import write_list
from services.text import text

if TYPE_CHECKING:
    from app.cli.devices_fleet import Fleet
    from services.devices.ledger import Ledger
    from services.pki.authority import Authority

crl_days = click.option(
    "--crl-days", type=click.IntRange(1, 3650), default=30, show_default=True, help=text("devices.crl-days")
)


@click.command(name="crl", help=text("devices.crl.help"), short_help=text("devices.crl.short"))
@crl_days
@fleet_options(signs=True)
@click.pass_context
def command(context: click.Context, /, crl_days: int, **options: Any) -> None:
    """Write the revocation list with a new number and a new date."""
    fleet = the_fleet(context, **options)
    with told(fleet):
        authority = fleet.authority()
        with fleet.open(authority) as (ledger, crl_url):
            write_and_tell(fleet, ledger, authority, days=crl_days, crl_url=crl_url, revoked=0)


def write_and_tell(
    fleet: Fleet, ledger: Ledger, authority: Authority, *, days: int, crl_url: str, revoked: int
) -> None:
    """Write the list, and say where it lies, until when it is good and what it does not do."""
    written = write_list(ledger, authority, days=days, crl_url=crl_url, now=datetime.now(UTC))
    until = f"{written.next_update:%Y-%m-%d}"
    fleet.printer.line(text("devices.crl-written", count=written.entries, number=written.number, until=until))
    fleet.printer.line(f"→ {written.path}", dim=True)
    fleet.printer.line(text("devices.crl-limits"), dim=True)
    fleet.document(
        ok=True,
        revoked=revoked,
        crl=str(written.path),
        crl_number=written.number,
        entries=written.entries,
        next_update=f"{written.next_update:%Y-%m-%dT%H:%M:%SZ}",
    )
