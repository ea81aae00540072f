"""How many uploads EMQX Cloud still takes: so many an hour for each deployment, counted here because it does not say.

The count is kept in a file of the workspace, since a run that failed used up an upload all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from services.errors import ServiceError
from services.facts import facts
from services.files import PRIVATE, read_file, write_file

if TYPE_CHECKING:
    from pathlib import Path

WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads to one deployment that are known, by time (aware, UTC), oldest first."""

    times: tuple[datetime, ...] = ()

    def within(self, now: datetime) -> Uploads:
        """Return those of the hour before `now`. One that lies ahead (the clock was set back) counts as just made."""
        return Uploads(tuple(sorted(min(time, now) for time in self.times if time > now - WINDOW)))

    def left(self, now: datetime) -> int:
        """Return how many uploads are left at `now`."""
        return max(0, facts().emqx.uploads_an_hour - len(self.within(now).times))

    def next_at(self, now: datetime) -> datetime:
        """Return when the next upload is possible: `now`, or when the oldest of a full hour falls out of it."""
        recent, limit = self.within(now).times, facts().emqx.uploads_an_hour
        return now if len(recent) < limit else recent[-limit] + WINDOW

    def with_one(self, now: datetime) -> Uploads:
        """Return these and one made at `now`."""
        return Uploads((*self.within(now).times, now))


class UploadLog:
    """The uploads made from a workspace, in its file `path`, told apart by deployment."""

    def __init__(self, path: Path, deployment: str) -> None:
        self._path = path
        self._deployment = deployment

    def read(self) -> Uploads:
        """Return the uploads to this deployment; none where the file is missing or damaged (EMQX still counts)."""
        return Uploads(self._all().get(self._deployment, ()))

    def note(self, now: datetime) -> Uploads:
        """Note one upload at `now`; return all of this hour.

        Raises:
            ServiceError: folder-not-writable, disk-full.
        """
        uploads = self.read().with_one(now)
        data = msgspec.json.encode(self._all() | {self._deployment: uploads.times})
        write_file(self._path, data, mode=PRIVATE, replace=True)
        return uploads

    def _all(self) -> dict[str, tuple[datetime, ...]]:
        try:
            return msgspec.json.decode(read_file(self._path), type=dict[str, tuple[datetime, ...]])
        except (ServiceError, msgspec.MsgspecError):
            return {}
