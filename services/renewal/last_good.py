"""The bundle that was proven last, kept to go back to: `emqx/last-good`, under certbot's own file names.

certbot's names, so that it is read, judged and uploaded like a lineage. It is written only from files whose leaf was
seen in a handshake, and never while something unproven is served: so killing a renewal at any moment leaves it whole or
as it was. The client CA is no part of it: a renewal leaves that as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.acme import at_hand
from services.acme.live import LiveFolder
from services.errors import ServiceError
from services.files import PRIVATE, PUBLIC, read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.emqx.folder import BundleFolder
    from services.tls.certificate import Certificate
    from services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LastGood:
    """Where it lies."""

    root: Path

    @classmethod
    def of(cls, workspace: Workspace) -> LastGood:
        """Return the one of `workspace`."""
        return cls(workspace.emqx / "last-good")

    def leaf(self) -> str | None:
        """Return the SHA-256 of its leaf; None where there is no whole bundle (missing, or torn by a kill)."""
        try:
            return at_hand.read(self.root).sha256
        except ServiceError:
            return None

    def keep(self, bundle: BundleFolder, served: Sequence[Certificate]) -> bool:
        """Take the files of `bundle` over if they are what is served (by the handshake `served`); tell whether.

        Raises:
            ServiceError: folder-not-writable, disk-full, file-not-readable.
        """
        if not is_served(bundle, served):
            return False
        live = LiveFolder(self.root)
        copies = {
            live.key: bundle.private_key,
            live.certificate: bundle.certificate,
            live.chain: bundle.chain,
            live.fullchain: bundle.merged,
        }
        for path, source in copies.items():
            mode = PRIVATE if source == bundle.private_key else PUBLIC
            write_file(path, read_file(source), mode=mode, replace=True)
        return True


def is_served(bundle: BundleFolder, served: Sequence[Certificate]) -> bool:
    """Tell whether the files of `bundle` are whole and are exactly what came in the handshake."""
    from services.tls.pem import readable  # noqa: PLC0415 - brings cryptography

    try:
        found = readable(read_file(bundle.merged))
    except ServiceError:
        return False
    mine = [each.sha256 for each in found]
    return all(path.is_file() for path in bundle.files) and mine == [each.sha256 for each in served]
