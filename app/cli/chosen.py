"""Which workspaces a command is about: the one named, all of them, or the only one there is."""

from __future__ import annotations

from app.cli import Common, usage_error
from app.places import workspaces_folder
from services.renewal.workspaces import workspaces_in
from services.workspace import Workspace


def chosen(options: Common, *, every: bool) -> tuple[Workspace, ...]:
    """Return the workspaces to work on.

    Args:
        options: the common options; `--workspace` names one.
        every: all that lie where this program keeps workspaces.

    Raises:
        click.ClickException: no workspace is named, and there is none or more than one.
    """
    if options.workspace is not None:
        return (Workspace(options.workspace),)
    folder = workspaces_folder()
    found = workspaces_in(folder)
    if every:
        return found
    if len(found) != 1:
        names = ", ".join(workspace.root.name for workspace in found)
        raise usage_error("workspace-not-named" if found else "workspace-none", path=folder, names=names)
    return found
