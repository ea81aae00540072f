"""What `devices issue` and `devices sign` have in common: a run, its progress, its end."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from app.cli import EXIT_FINE
from app.cli.devices_fleet import ProgressLine, Stop, duration, told
from services.devices.bench import Bench
from services.devices.issuing import Run
from services.devices.records import Rules, Terms
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.cli.devices_fleet import Fleet
    from services.devices.issuing import Issued
    from services.devices.records import Wanted
    from services.pki.authority import Authority

MAKING: Final = ("renew_within", "revoked_too", "crl_url", "processes")
"""The options of a run besides --days, in the order in which `Making` takes them."""

DAYS = click.IntRange(1, 36_500)


def making_options(function: Any) -> Any:
    """Give a command the options of a run."""
    for option in reversed(
        (
            click.option("--days", type=DAYS, default=365, show_default=True, help=text("devices.days")),
            click.option("--renew-within", type=DAYS, metavar="DAYS", help=text("devices.renew-within")),
            click.option("--revoked-too", is_flag=True, help=text("devices.revoked-too")),
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
    revoked_too: bool
    crl_url: str | None
    processes: int

    def run(self, fleet: Fleet, wanted: Iterable[Wanted]) -> int:
        """Make certificates for all that is wanted, tell how it went, and return the exit status."""
        with told(fleet), Stop() as stop:
            authority = fleet.authority()
            begun = time.monotonic()
            issued = self._issue(fleet, authority, wanted, stop)
            _tell(fleet, self.terms.days, issued, time.monotonic() - begun)
        return 128 + stop.signal if issued.stopped else EXIT_FINE

    def _issue(self, fleet: Fleet, authority: Authority, wanted: Iterable[Wanted], stop: Stop) -> Issued:
        progress = ProgressLine()
        rules = self._rules(authority)
        with fleet.open(authority, self.crl_url) as (ledger, crl_url):
            ledger.stage(wanted, rules)
            bench = Bench(fleet.folder.root, authority, crl_url)
            run = Run(ledger, bench, self.terms, rules, self.processes, stop, progress)
            try:
                return run.issue()
            finally:
                progress.end()

    def _rules(self, authority: Authority) -> Rules:
        """When a name gets another certificate; one that would be due again at once makes no sense."""
        if self.renew_within is None:
            return Rules(None, self.revoked_too)
        now = datetime.now(UTC)
        horizon = now + timedelta(days=self.renew_within)
        if horizon >= min(now + timedelta(days=self.terms.days), authority.certificate.not_valid_after_utc):
            raise click.UsageError(text("devices.renew-useless", days=self.renew_within))
        return Rules(int(horizon.timestamp()), self.revoked_too)


def _tell(fleet: Fleet, days: int, issued: Issued, seconds: float) -> None:
    printer = fleet.printer
    printer.line(text("devices.made", count=issued.made, made=f"{issued.made:,}", seconds=duration(seconds)))
    if issued.already:
        printer.line(text("devices.already", count=issued.already, already=f"{issued.already:,}"))
    if issued.revoked:
        printer.line(text("devices.passed-over", count=issued.revoked, revoked=f"{issued.revoked:,}"), fg="yellow")
    if issued.made:
        printer.line(f"→ {fleet.folder.root}", dim=True)
    end = None if issued.first_end is None else datetime.fromtimestamp(issued.first_end, UTC)
    if end is not None and end < datetime.now(UTC) + timedelta(days=days - 1):
        printer.line(text("devices.ends-with-ca", date=f"{end:%Y-%m-%d}"), fg="yellow")
    if issued.stopped:
        printer.line(text("devices.stopped", left=f"{issued.left:,}"), fg="yellow")
    fleet.document(
        ok=not issued.stopped,
        made=issued.made,
        already=issued.already,
        revoked=issued.revoked,
        left=issued.left,
        seconds=round(seconds, 3),
        folder=str(fleet.folder.root),
        first_end="" if end is None else f"{end:%Y-%m-%dT%H:%M:%SZ}",
    )
    sys.stdout.flush()
