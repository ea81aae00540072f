"""What a renewal leaves for the next one, in `renewal.json` of the workspace: when it was, and what was taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from services.errors import ServiceError
from services.files import PRIVATE, read_file, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Rejected:
    """A certificate that was uploaded, did not prove itself, and was taken back.

    Attributes:
        sha256: of the leaf, hexadecimal.
        at: when; aware, UTC.
        finding: what was wrong with it as it was served.
    """

    sha256: str
    at: datetime
    finding: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered.

    Attributes:
        last_run: when `renew` last came to an end here; None for never.
        last_outcome: how, as `services.renewal.renew.Outcome` names it, or the id of the finding that stopped it.
        rejected: what was taken back last, and not replaced by something proven since.
    """

    last_run: datetime | None = None
    last_outcome: str = ""
    rejected: Rejected | None = None

    def with_run(self, at: datetime, outcome: str) -> Memory:
        """Return this with another last run."""
        return replace(self, last_run=at, last_outcome=outcome)

    def with_rejected(self, rejected: Rejected | None) -> Memory:
        """Return this with `rejected`; None once something newer has proven itself."""
        return replace(self, rejected=rejected)


def path_of(workspace: Workspace) -> Path:
    """Return the file."""
    return workspace.root / "renewal.json"


def recall(workspace: Workspace) -> Memory:
    """Return what `workspace` remembers; nothing where the file is missing or damaged (it only spares work)."""
    try:
        return msgspec.json.decode(read_file(path_of(workspace)), type=Memory)
    except (ServiceError, msgspec.MsgspecError):
        return Memory()


def keep(workspace: Workspace, memory: Memory) -> None:
    """Write `memory`.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    data = msgspec.json.format(msgspec.json.encode(memory), indent=1)
    write_file(path_of(workspace), data, mode=PRIVATE, replace=True)
