"""What the commands of `devices` share: where fleet and CA are, how errors are told, how a run is stopped."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click
import msgspec

from app.cli import EXIT_WRONG, common, common_options
from app.headless import Printer
from app.outcome import ErrorReport
from services.devices.issuer import key_sha256, read_issuer
from services.devices.ledger import Ledger
from services.devices.places import FleetFolder
from services.errors import ServiceError
from services.pki.places import ClientFolder
from services.text import text
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType

    from services.pki.authority import Authority

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_PLAIN_SECONDS = 5.0
_TERMINAL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Fleet:
    """Where the fleet lies, where its CA does, and how to speak."""

    folder: FleetFolder
    ca: Path | None
    ca_key: Path | None
    printer: Printer
    as_json: bool

    def authority(self) -> Authority:
        """Read the CA; without one, the usage is wrong."""
        if self.ca is None or self.ca_key is None:
            raise click.UsageError(text("devices.needs-ca"))
        return read_issuer(self.ca, self.ca_key, datetime.now(UTC))

    @contextmanager
    def open(self, authority: Authority, crl_url: str | None = None) -> Iterator[tuple[Ledger, str]]:
        """Hold the fleet, with its ledger bound to `authority`; give the address of its revocation list too."""
        with Workspace(self.folder.root).lock(), Ledger(self.folder) as ledger:
            yield ledger, ledger.bind(key_sha256(authority.certificate.public_key()), crl_url)

    def document(self, **content: Any) -> None:
        """Print the one JSON document, where it was asked for."""
        if self.as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(content), indent=1).decode())


def fleet_options(*, signs: bool) -> Callable[[Any], Any]:
    """Give a command the options of a fleet; those of the CA where it `signs`."""

    def decorate(function: Any) -> Any:
        function = click.option("--json", "as_json", is_flag=True, help=text("cli.json"))(common_options(function))
        function = click.option("--out", type=_FOLDER, help=text("devices.out"))(function)
        if signs:
            function = click.option("--ca-key", type=_FILE, help=text("devices.ca-key"))(function)
            function = click.option("--ca", type=_FILE, help=text("devices.ca"))(function)
        return function

    return decorate


def the_fleet(
    context: click.Context, *, out: Path | None, as_json: bool, ca: Path | None = None, ca_key: Path | None = None
) -> Fleet:
    """Return the fleet that the options name: the workspace's, or the folder `--out` with the CA of `--ca`.

    Raises:
        click.UsageError: neither is named, or a CA without its key.
    """
    options = common(context)
    client = None if options.workspace is None else ClientFolder(Workspace(options.workspace).client)
    if (ca is None) != (ca_key is None):
        raise click.UsageError(text("devices.ca-pair"))
    if out is None:
        if options.workspace is None:
            raise click.UsageError(text("devices.needs-place"))
        out = options.workspace / "devices"
    if ca is None and client is not None:
        ca, ca_key = client.ca_certificate, client.ca_key
    printer = Printer(to_stderr=as_json, color=options.color)
    return Fleet(FleetFolder(out.absolute()), ca, ca_key, printer, as_json)


@contextmanager
def told(fleet: Fleet) -> Iterator[None]:
    """Tell a finding that ends the command, in words and in the document; its exit status is then 1."""
    try:
        yield
    except ServiceError as error:
        fleet.printer.error(error)
        fleet.document(ok=False, error=asdict(ErrorReport.of(error)) | {"details": error.details})
        sys.exit(EXIT_WRONG)


class Stop:
    """Ctrl-C and SIGTERM, heard: the first asks the run to stop, the second ends it where it is."""

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> bool:
        """Tell whether to stop."""
        return bool(self.signal)

    def _heard(self, number: int, _: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number


class ProgressLine:
    """How far it is and how long it will take, on standard error: a line that changes, or now and then a plain one."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._begun = time.monotonic()
        self._said = self._begun
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Say how far it is, if it is time to."""
        now = time.monotonic()
        if now - self._said < (_TERMINAL_SECONDS if self._terminal else _PLAIN_SECONDS) or not done:
            return
        self._said = now
        rate = done / (now - self._begun)
        line = text(
            "devices.progress",
            done=f"{done:,}",
            total=f"{total:,}",
            rate=f"{rate:,.0f}",
            left=duration((total - done) / rate),
        )
        click.echo(f"\r{line}\x1b[K" if self._terminal else line, err=True, nl=not self._terminal)
        self._shown = True

    def end(self) -> None:
        """Leave the line."""
        if self._terminal and self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


def duration(seconds: float) -> str:
    """Return a length of time for people: "0.4 s", "42 s", "3 min 20 s", "2 h 05 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
