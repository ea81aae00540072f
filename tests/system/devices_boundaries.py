"""Kill a run of `issue` before its k-th call to the disk, for every k; run again; tell what was found. A program.

    python devices_boundaries.py FOLDER COUNT [again]

Each k gets a folder and two child processes of its own: the first kills itself, the second ends the work. With `again`
the second is killed too, at its own every third call, before a third ends the work. Prints one JSON document.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cryptography import x509  # noqa: E402 - the path comes first

from services.devices import ledger as ledgers  # noqa: E402
from services.devices.bench import Bench  # noqa: E402
from services.devices.issuer import key_sha256  # noqa: E402
from services.devices.issuing import Run  # noqa: E402
from services.devices.ledger import Ledger  # noqa: E402
from services.devices.listing import Choice, devices  # noqa: E402
from services.devices.names import Series  # noqa: E402
from services.devices.names_file import wanted  # noqa: E402
from services.devices.places import FleetFolder  # noqa: E402
from services.devices.records import State, Terms  # noqa: E402
from services.pki.authority import Authority, make_ca  # noqa: E402
from services.pki.keys import belongs, generate_key, parse_private_key  # noqa: E402
from services.pki.kinds import KeyType  # noqa: E402
from services.pki.names import distinguished_name  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS = ("open", "write", "close", "fsync", "sync")
CA = make_ca(distinguished_name("Fleet CA"), generate_key(KeyType.ECDSA_P256), days=365, now=datetime.now(UTC))


class Killer:
    """Kills this process before its k-th step; never, where k is None."""

    def __init__(self, at: int | None) -> None:
        self._at = at
        self.steps = 0

    def step(self) -> None:
        if self.steps == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.steps += 1

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **options: Any) -> Any:
            self.step()
            return call(*arguments, **options)

        return stepped

    def arm(self) -> None:
        """Step before each call that changes the disk, and before and after each commit."""
        for name in CALLS:
            setattr(os, name, self.before(getattr(os, name)))
        plain = ledgers.Ledger.transaction

        @contextmanager
        def transaction(ledger: Ledger) -> Iterator[Any]:
            with plain(ledger) as connection:
                yield connection
                self.step()
            self.step()

        ledgers.Ledger.transaction = transaction  # type: ignore[method-assign, assignment]  # the boundary that is looked for


def issue(folder: FleetFolder, count: int) -> None:
    with Ledger(folder) as ledger:
        crl_url = ledger.bind(key_sha256(CA.key.public_key()), None)
        ledger.stage(wanted(Series("d-", count)))
        Run(ledger, Bench(folder.root, CA, crl_url), Terms(KeyType.ECDSA_P256, 30)).issue()


def child(folder: FleetFolder, count: int, kill_at: int | None) -> bool:
    """Issue in a child process; return whether it was killed."""
    pid = os.fork()
    if pid == 0:
        killer = Killer(kill_at)
        killer.arm()
        issue(folder, count)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise SystemExit(f"killed at {kill_at}: the run failed")
    return False


def faults(folder: FleetFolder, count: int, authority: Authority = CA) -> list[str]:
    """What is wrong with a finished fleet of `count` devices."""
    found = list(devices(folder, Choice()))
    wrong = []
    if [device.number for device in found] != list(range(1, count + 1)):
        wrong.append("numbers with a hole")
    if [device.name for device in found] != list(Series("d-", count)):
        wrong.append("names")
    if len({device.serial for device in found}) != count:
        wrong.append("a serial number twice")
    if any(device.state is not State.ISSUED for device in found):
        wrong.append("unfinished")
    paths = [path for path in folder.root.rglob("d-*") if path.is_file()]
    if len(paths) != 2 * count:
        wrong.append(f"{len(paths)} files")
    for device in found:
        certificate = x509.load_pem_x509_certificate(
            folder.certificate(device.number, device.name, device.generation).read_bytes()
        )
        certificate.verify_directly_issued_by(authority.certificate)
        key = parse_private_key(folder.key(device.number, device.name, device.generation).read_bytes())
        if not belongs(key, certificate) or certificate.serial_number != device.serial:
            wrong.append(f"{device.name}: key, certificate and ledger differ")
        if certificate.subject != distinguished_name(device.name):
            wrong.append(f"{device.name}: another name")
    return wrong


def main() -> None:
    root, count, again = Path(sys.argv[1]), int(sys.argv[2]), "again" in sys.argv
    kills, wrong = 0, []
    boundary = 0
    while True:
        folder = FleetFolder(root / str(boundary))
        folder.root.mkdir(parents=True)
        killed = child(folder, count, boundary)
        kills += killed
        second = 0
        while again and child(folder, count, second):
            kills += 1
            second += 3
        child(folder, count, None)
        wrong += [f"killed at {boundary}: {fault}" for fault in faults(folder, count)]
        if not killed:
            break
        boundary += 1
    print(json.dumps({"boundaries": boundary, "kills": kills, "wrong": wrong}))  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
