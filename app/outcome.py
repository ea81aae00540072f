"""What came of a headless run: the document that `--json` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from services.errors import ServiceError
    from services.events import Artifact


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
