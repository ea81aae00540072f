"""Where things belong on this system."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path


def workspaces_folder() -> Path:
    """Return the folder where workspaces are made that the user did not name."""
    return Path(user_data_path("emqx-mtls")) / "workspaces"
