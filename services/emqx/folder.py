"""The workspace's folder `emqx`: what goes into the console's fields, in both forms, and what was there before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.files import PRIVATE, PUBLIC, read_file, write_file

if TYPE_CHECKING:
    from services.emqx.bundle import Bundle


@dataclass(frozen=True, slots=True)
class BundleFolder:
    """Where the files of a bundle lie. Light: the names alone, without any library."""

    root: Path

    @property
    def certificate(self) -> Path:
        """The leaf alone: "Certificate body" of the console's older form."""
        return self.root / "certificate.pem"

    @property
    def chain(self) -> Path:
        """What stands between leaf and root: "Certificate chain" of the older form."""
        return self.root / "chain.pem"

    @property
    def merged(self) -> Path:
        """Leaf and chain in one: the newer form."""
        return self.root / "certificate-with-chain.pem"

    @property
    def private_key(self) -> Path:
        """The leaf's private key."""
        return self.root / "private-key.pem"

    @property
    def client_ca(self) -> Path:
        """The CA whose client certificates are let in."""
        return self.root / "client-ca.pem"

    @property
    def previous(self) -> BundleFolder:
        """Where the bundle before this one is kept, to go back to."""
        return BundleFolder(self.root / "previous")

    @property
    def uploads(self) -> Path:
        """The record of the uploads made, for EMQX Cloud's limit."""
        return self.root / "uploads.json"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the bundle."""
        return (self.certificate, self.chain, self.merged, self.private_key, self.client_ca)

    def write(self, bundle: Bundle) -> tuple[Path, ...]:
        """Write `bundle`; return the files that were new or changed. Where any differs, what was there is kept before.

        Raises:
            ServiceError: folder-not-writable, disk-full, file-in-the-way, file-not-readable.
        """
        contents = {
            self.certificate: bundle.certificate,
            self.chain: bundle.chain,
            self.merged: bundle.merged,
            self.private_key: bundle.private_key.reveal().encode(),
            self.client_ca: bundle.client_ca,
        }
        self._keep({path for path, data in contents.items() if path.is_file() and read_file(path) != data})
        wrote = {path: write_file(path, data, mode=self._mode(path), replace=True) for path, data in contents.items()}
        return tuple(path for path, new in wrote.items() if new)

    def _keep(self, differing: set[Path]) -> None:
        """Keep what is there now, whole, if anything of it is to change."""
        for path in self.files if differing else ():
            if path.is_file():
                kept = self.previous.root / path.name
                write_file(kept, read_file(path), mode=self._mode(path), replace=True)

    def _mode(self, path: Path) -> int:
        return PRIVATE if path.name == self.private_key.name else PUBLIC
