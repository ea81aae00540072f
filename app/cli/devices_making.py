"""What `devices issue` and `devices sign` have in common: a run, its progress, its end."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from app.cli import EXIT_FINE
from app.cli.devices_fleet import ProgressLine, Stop, duration, told
from services.devices.bench import Bench
from services.devices.issuing import Run
from services.devices.records import Terms
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.cli.devices_fleet import Fleet
    from services.devices.issuing import Issued
    from services.devices.records import Wanted
    from services.pki.authority import Authority

DAYS = click.IntRange(1, 36_500)


def making_options(function: Any) -> Any:
    """Give a command the options of a run."""
    for option in reversed(
        (
            click.option("--days", type=DAYS, default=365, show_default=True, help=text("devices.days")),
            click.option("--renew-within", type=DAYS, metavar="DAYS", help=text("devices.renew-within")),
            click.option("--crl-url", metavar="URL", help=text("devices.crl-url")),
            click.option("--processes", type=click.IntRange(0, 256), default=0, help=text("devices.processes")),
        )
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Making:
    """What a run is given on the command line."""

    terms: Terms
    renew_within: int | None
    crl_url: str | None
    processes: int

    def run(self, fleet: Fleet, wanted: Iterable[Wanted]) -> int:
        """Make certificates for all that is wanted, tell how it went, and return the exit status."""
        with told(fleet), Stop() as stop:
            authority = fleet.authority()
            begun = time.monotonic()
            issued = self._issue(fleet, authority, wanted, stop)
            _tell(fleet, authority, issued, time.monotonic() - begun)
        return 128 + stop.signal if issued.stopped else EXIT_FINE

    def _issue(self, fleet: Fleet, authority: Authority, wanted: Iterable[Wanted], stop: Stop) -> Issued:
        progress = ProgressLine()
        horizon = None if self.renew_within is None else datetime.now(UTC) + timedelta(days=self.renew_within)
        renew_before = None if horizon is None else int(horizon.timestamp())
        with fleet.open(authority, self.crl_url) as (ledger, crl_url):
            ledger.stage(wanted, renew_before=renew_before)
            bench = Bench(fleet.folder.root, authority, crl_url)
            run = Run(ledger, bench, self.terms, renew_before, self.processes, stop, progress)
            try:
                return run.issue()
            finally:
                progress.end()


def _tell(fleet: Fleet, authority: Authority, issued: Issued, seconds: float) -> None:
    printer = fleet.printer
    printer.line(text("devices.made", count=issued.made, made=f"{issued.made:,}", seconds=duration(seconds)))
    if issued.already:
        printer.line(text("devices.already", count=issued.already, already=f"{issued.already:,}"))
    if issued.made:
        printer.line(f"→ {fleet.folder.root}", dim=True)
    end = None if issued.first_end is None else datetime.fromtimestamp(issued.first_end, UTC)
    if end is not None and end == authority.certificate.not_valid_after_utc:
        printer.line(text("devices.ends-with-ca", date=f"{end:%Y-%m-%d}"), fg="yellow")
    if issued.stopped:
        printer.line(text("devices.stopped", left=f"{issued.left:,}"), fg="yellow")
    fleet.document(
        ok=not issued.stopped,
        made=issued.made,
        already=issued.already,
        left=issued.left,
        seconds=round(seconds, 3),
        folder=str(fleet.folder.root),
        first_end="" if end is None else f"{end:%Y-%m-%dT%H:%M:%SZ}",
    )
    sys.stdout.flush()
