"""The session: what has been chosen and what came of it, in one file.

One frozen, versioned structure, saved whole by atomic replace. It holds paths, choices and results, never a secret
(requests and results have no field for one). Whether a step is done is derived from it and from the files themselves
each time (`services.guide`), never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from services.errors import ServiceError
from services.files import PRIVATE, read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.workspace import Workspace

VERSION = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """How a step failed, as the session keeps it: words come from the catalogue when it is shown.

    `facts` are those of the ServiceError, as text.
    """

    id: str
    variant: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    details: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What the session knows of one step.

    Attributes:
        request: the last Request, as plain values.
        result: the result of the last success, as plain values; a later failure does not erase it.
        finished: when the last run ended.
        seconds: how long it took.
        artifacts: role and path of each file it left.
        problem: how the last run failed; None where it succeeded.
        elsewhere: the user did this step outside the program.
    """

    request: Any = None
    result: Any = None
    finished: datetime | None = None
    seconds: float = 0.0
    artifacts: tuple[tuple[str, Path], ...] = ()
    problem: Problem | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """All that is known of one guided set-up.

    Attributes:
        world: "practice" or "live".
        steps: one record for each section of the guide that was run.
    """

    world: str = "practice"
    steps: dict[str, StepRecord] = field(default_factory=dict)
    version: int = VERSION

    def record(self, section: str) -> StepRecord:
        """Return the record of `section`; an empty one where it was never run."""
        return self.steps.get(section, StepRecord())

    def with_record(self, section: str, record: StepRecord) -> Session:
        """Return a session with `record` in the place of `section`."""
        return replace(self, steps={**self.steps, section: record})

    def request(self, section: str, kind: type[T]) -> T | None:
        """Return the last Request of `section`, or None (also where an older version wrote what no longer fits)."""
        return _read(self.record(section).request, kind)

    def result(self, section: str, kind: type[T]) -> T | None:
        """Return the last result of `section`, or None (also where an older version wrote what no longer fits)."""
        return _read(self.record(section).result, kind)


def plain(value: object) -> Any:
    """Return `value` (a frozen dataclass) as the plain values that JSON knows."""
    return msgspec.to_builtins(value, enc_hook=_plain_path)


def load(workspace: Workspace) -> Session | None:
    """Return the session of `workspace`; None where it has none yet.

    Raises:
        ServiceError: session-broken (the file is left as it is), session-newer, file-not-readable.
    """
    if not workspace.session.exists():
        return None
    data = read_file(workspace.session)
    try:
        if (version := msgspec.json.decode(data, type=_Versioned).version) > VERSION:
            raise ServiceError("session-newer", path=workspace.session, version=version)
        return msgspec.json.decode(data, type=Session, dec_hook=decode_path)
    except msgspec.MsgspecError as error:
        raise ServiceError("session-broken", path=workspace.session, details=str(error)) from error


def save(workspace: Workspace, session: Session) -> None:
    """Write `session` to its file, whole or not at all.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    data = msgspec.json.format(msgspec.json.encode(session, enc_hook=_plain_path), indent=1)
    write_file(workspace.session, data, mode=PRIVATE, replace=True)


def facts_as_text(facts: Mapping[str, object]) -> dict[str, str]:
    """Return `facts` as the session keeps them."""
    return {name: str(value) for name, value in facts.items()}


@dataclass(frozen=True, slots=True)
class _Versioned:
    version: int


def _read(value: Any, kind: type[T]) -> T | None:
    if value is None:
        return None
    try:
        return msgspec.convert(value, kind, dec_hook=decode_path)
    except (msgspec.ValidationError, ServiceError):
        return None


def _plain_path(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def decode_path(kind: type, value: Any) -> Any:
    """Turn text into a Path for msgspec, which knows no Path."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)
