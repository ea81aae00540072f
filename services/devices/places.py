"""Where a fleet's files lie. By number, so that ten devices share one folder and a million still fill none. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.devices.names import stem

DEVICES_PER_FOLDER: Final = 500  # two files each: a thousand entries
FOLDERS_PER_FOLDER: Final = 1000


def shard(number: int) -> str:
    """Return the folder of device `number` (from 1), relative: "000/000" for the first 500, "000/001" for the next."""
    folder = (number - 1) // DEVICES_PER_FOLDER
    return f"{folder // FOLDERS_PER_FOLDER:03d}/{folder % FOLDERS_PER_FOLDER:03d}"


def base(number: int, name: str, generation: int) -> str:
    """Return the relative path of a device's files, without the extension."""
    return f"{shard(number)}/{stem(name, generation)}"


@dataclass(frozen=True, slots=True)
class FleetFolder:
    """The folder of a fleet: its ledger, its revocation list, and the devices' files in numbered folders."""

    root: Path

    @property
    def ledger(self) -> Path:
        """The register of all certificates; for the owner only, as it holds what names exist."""
        return self.root / "ledger.sqlite"

    @property
    def crl(self) -> Path:
        """The revocation list, in PEM."""
        return self.root / "crl.pem"

    @property
    def workers_lock(self) -> Path:
        """Held by every worker while it may still write."""
        return self.root / ".workers"

    def certificate(self, number: int, name: str, generation: int) -> Path:
        """A device's certificate."""
        return self.root / f"{base(number, name, generation)}.crt"

    def key(self, number: int, name: str, generation: int) -> Path:
        """A device's private key, where it was made here."""
        return self.root / f"{base(number, name, generation)}.key"
