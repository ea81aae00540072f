"""What came of a headless run: the document that `--json` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from services.errors import ServiceError
    from services.events import Artifact
    from services.undo.pieces import Entry


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """A ServiceError in words."""

    id: str
    what: str
    why: str
    fix: str

    @classmethod
    def of(cls, error: ServiceError) -> ErrorReport:
        """Return `error` worded in the current language."""
        return cls(error.id, error.what, error.why, error.fix)


@dataclass(frozen=True, slots=True)
class ArtifactReport:
    """A file that a step left."""

    role: str
    path: str

    @classmethod
    def of(cls, artifact: Artifact) -> ArtifactReport:
        """Return what the document says of `artifact`."""
        return cls(artifact.role, str(artifact.path))


@dataclass(frozen=True, slots=True)
class StepReport:
    """How one step went.

    Attributes:
        status: "done", "failed" or "skipped".
        seconds: how long it took.
        evidence: the step's Result as plain values; empty where there is none.
    """

    name: str
    status: str
    seconds: float
    artifacts: tuple[ArtifactReport, ...]
    evidence: Any
    error: ErrorReport | None


@dataclass(frozen=True, slots=True)
class DeploymentReport:
    """How a client reaches the deployment: `host` is the name to verify, `address` and `port` where to connect."""

    host: str
    address: str
    port: int
    user: str
    password: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole run."""

    ok: bool
    seconds: float
    workspace: str
    steps: tuple[StepReport, ...]
    deployment: DeploymentReport | None

    def to_json(self) -> str:
        """Return the document, indented, ending in a line feed."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"


@dataclass(frozen=True, slots=True)
class PieceReport:
    """One piece that `undo` looked for.

    Attributes:
        state: "there" (before it was taken back), "gone" or "unknown".
        ours: "yes", "no" or "unknown": whether it is still what the guide made; None where it is not there.
        taken_back: whether this run took it back.
        error: why it could not be looked for, or not be taken back.
    """

    name: str
    state: str
    what: str
    consequence: str
    by_hand: str | None
    ours: str | None
    taken_back: bool
    error: ErrorReport | None

    @classmethod
    def of(cls, entry: Entry, *, taken_back: bool, error: ServiceError | None = None) -> PieceReport:
        """Return what the document says of `entry`."""
        found, trouble = entry.found, error or entry.trouble
        return cls(
            entry.name,
            "there" if found else "unknown" if entry.trouble else "gone",
            str(found.what) if found else "",
            str(found.consequence) if found else "",
            str(found.by_hand) if found and found.by_hand else None,
            found.ours.value if found else None,
            taken_back,
            ErrorReport.of(trouble) if trouble else None,
        )


@dataclass(frozen=True, slots=True)
class UndoOutcome:
    """What `undo` found and did: `pieces` in the order in which they are taken back."""

    workspace: str
    pieces: tuple[PieceReport, ...]

    @property
    def ok(self) -> bool:
        """Whether all that was to be taken back was."""
        return not any(piece.error and piece.state == "there" for piece in self.pieces)

    def to_json(self) -> str:
        """Return the document, indented, ending in a line feed."""
        document = {"ok": self.ok, "workspace": self.workspace, "pieces": self.pieces}
        return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
