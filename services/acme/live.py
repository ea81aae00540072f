"""Where certbot keeps the current certificate: a live folder's four files. Light: no library behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LiveFolder:
    """The files in `root`, e.g. /etc/letsencrypt/live/mqtt.example.com; the names are certbot's."""

    root: Path

    @property
    def certificate(self) -> Path:
        """The leaf alone."""
        return self.root / "cert.pem"

    @property
    def chain(self) -> Path:
        """What stands above the leaf."""
        return self.root / "chain.pem"

    @property
    def fullchain(self) -> Path:
        """The leaf, then what stands above it."""
        return self.root / "fullchain.pem"

    @property
    def key(self) -> Path:
        """The leaf's private key."""
        return self.root / "privkey.pem"

    @property
    def certificates(self) -> tuple[Path, Path, Path]:
        """The files that hold certificates."""
        return self.certificate, self.chain, self.fullchain

    @property
    def files(self) -> tuple[Path, Path, Path, Path]:
        """All four."""
        return *self.certificates, self.key

    @property
    def exists(self) -> bool:
        """Whether there is a certificate at all; one that certbot never finished is none."""
        return self.fullchain.exists() and not self.is_unfinished

    @property
    def renewal(self) -> Path:
        """The settings that certbot keeps of it: it makes the file empty first, and fills it last."""
        return self.root.parent.parent / "renewal" / f"{self.root.name}.conf"

    @property
    def is_unfinished(self) -> bool:
        """Whether certbot began the first certificate of this folder, and did not come to its end."""
        try:
            begun, filled = self.renewal.is_file(), self.renewal.is_file() and self.renewal.stat().st_size > 0
            return begun and not (filled and all(file.exists() for file in self.files))
        except OSError:  # another user's certbot: whoever reads its files names the trouble
            return False
