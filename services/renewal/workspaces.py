"""Finding the workspaces in a folder. Light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def workspaces_in(folder: Path) -> tuple[Workspace, ...]:
    """Return the workspaces in `folder` that hold a session, by name; none where the folder cannot be read."""
    try:
        found = sorted(each for each in folder.iterdir() if each.is_dir())
    except OSError:
        return ()
    return tuple(workspace for workspace in map(Workspace, found) if workspace.session.is_file())
