"""A workspace: one folder that holds all a guided set-up leaves behind, used by one run at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from services.errors import ServiceError
from services.files import file_error, make_folder

if TYPE_CHECKING:
    from types import TracebackType

    from filelock import BaseFileLock


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where things lie in the workspace folder `root`. The names are the guide's own where it names them."""

    root: Path

    @property
    def session(self) -> Path:
        """The session file."""
        return self.root / "session.json"

    @property
    def client(self) -> Path:
        """The folder of the client CA and client certificate."""
        return self.root / "client"

    @property
    def letsencrypt(self) -> Path:
        """The folder of certbot's own three folders: config, work, logs."""
        return self.root / "letsencrypt"

    @property
    def emqx(self) -> Path:
        """The folder of what goes into the console's fields."""
        return self.root / "emqx"

    @property
    def mqtt(self) -> Path:
        """The folder of what a client needs."""
        return self.root / "mqtt"

    @property
    def report(self) -> Path:
        """The report."""
        return self.root / "report.md"

    def live(self, domain: str) -> Path:
        """The folder where certbot keeps the current certificate of `domain`."""
        return self.letsencrypt / "config" / "live" / domain

    def lock(self) -> WorkspaceLock:
        """Return the lock that keeps a second run out, not yet taken."""
        return WorkspaceLock(self)


class WorkspaceLock:
    """Held while a run uses the workspace; the operating system lets go of it however the process ends."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock: BaseFileLock | None = None

    def take(self) -> Self:
        """Make the folder where it is missing, and take the lock.

        Raises:
            ServiceError: workspace-in-use; folder-not-writable, file-in-the-way, disk-full.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 - not needed before a workspace is opened

        make_folder(self._workspace.root)
        lock = FileLock(self._workspace.root / ".lock", mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ServiceError("workspace-in-use", path=self._workspace.root) from error
        except OSError as error:
            raise file_error(error, self._workspace.root / ".lock") from error
        self._lock = lock
        return self

    def release(self) -> None:
        """Let the next run in. Safe to call twice."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self.take()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
