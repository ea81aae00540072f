"""Certificates that another certbot of this machine keeps: of the system's packages, snap or sudo. Only reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.acme import at_hand
from services.errors import ServiceError

SYSTEM: Final = Path("/etc/letsencrypt")
"""Where certbot of apt, dnf, Homebrew under sudo and snap keeps its files, all alike."""


def live_folders(domain: str, config: Path = SYSTEM) -> tuple[Path, ...]:
    """Return the live folders below `config` whose certificate covers `domain` and which can be used. Blocking.

    What cannot be read, as for any user but root by default, is not there for us.
    """
    try:
        folders = sorted(path.parent for path in (config / "live").glob("*/fullchain.pem"))
    except OSError:
        return ()
    return tuple(folder for folder in folders if _covers(folder, domain))


def _covers(folder: Path, domain: str) -> bool:
    try:
        return at_hand.read(folder).is_for(domain)
    except (ServiceError, OSError):
        return False
