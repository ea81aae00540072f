"""Deleting what the program left in the workspace. What it did not make stays, and so does the folder around it."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Final

from services.files import file_error
from services.text import message
from services.undo.pieces import Found, PieceName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.guide.step import Here
    from services.workspace import Workspace

_FOLDERS: Final = ("client", "letsencrypt", "emqx", "mqtt", "practice")
_FILES: Final = (
    "report.md",
    "plan.toml",
    "plan.toml.*Z*",  # copies that were kept when it changed
    "renewal.json",
    "unexpected-*.txt",
    "session.json",  # last: while it is there, the rest can be tried again
)


class Files:
    """The workspace's files. A fleet's devices are kept: their folder is another command's."""

    name = PieceName.FILES

    async def look(self, here: Here) -> Found | None:
        """Return how many files there are."""
        count = await asyncio.to_thread(_count, here.workspace)
        if not count:
            return None
        facts = {"path": here.workspace.root}
        return Found(message("undo.files.what", count=count, **facts), message("undo.files.consequence", **facts))

    async def take_back(self, here: Here) -> None:
        """Delete them.

        Raises:
            ServiceError: folder-not-writable.
        """
        await asyncio.to_thread(_delete, here.workspace)


def _there(workspace: Workspace) -> Iterator[Path]:
    """Yield the folders and files of the program that are there; a symbolic link is not followed."""
    for name in _FOLDERS:
        if (workspace.root / name).is_dir():
            yield workspace.root / name
    for pattern in _FILES:
        yield from sorted(workspace.root.glob(pattern))


def _count(workspace: Workspace) -> int:
    return sum(sum(each.is_file() for each in path.rglob("*")) if path.is_dir() else 1 for path in _there(workspace))


def _delete(workspace: Workspace) -> None:
    for path in _there(workspace):
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise file_error(error, path) from error
