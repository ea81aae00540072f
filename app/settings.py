"""What the user prefers, kept in one small file of the system's configuration folder.

    {"language": "ja", "theme": "mtls-light", "log_height": 10, "keymap": {"run": "f5,ctrl+j"}}

A file that cannot be read counts as none: preferences never keep the program from starting. The keymap gives a command
(its id, see `app.commands`) other keys, written as Textual writes them, separated by commas.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from services.errors import ServiceError
from services.files import read_file, write_file
from services.text import LANGUAGES

LOG_HEIGHTS: Final = (4, 6, 8, 12, 16)
RECENT_KEPT: Final = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's preferences.

    Attributes:
        language: "en" or "ja"; empty to follow the environment.
        theme: a theme's name.
        log_height: rows of the log pane.
        keymap: other keys for commands, by id.
        recent: the workspaces used last, the latest first.
    """

    language: str = ""
    theme: str = "mtls-dark"
    log_height: int = 8
    keymap: dict[str, str] = field(default_factory=dict)
    recent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no settings screen could have written.

        Raises:
            ValueError: a value is none of those that are offered.
        """
        if self.language not in {"", *LANGUAGES} or not 2 <= self.log_height <= 40:
            raise ValueError


def settings_file() -> Path:
    """Return where the settings lie on this system."""
    return Path(platformdirs.user_config_path("emqx-mtls")) / "settings.json"


def load(path: Path | None = None) -> Settings:
    """Return the settings kept at `path` (default: `settings_file()`), or the defaults where none can be read."""
    try:
        return msgspec.json.decode(read_file(path or settings_file()), type=Settings)
    except (ServiceError, msgspec.MsgspecError):
        return Settings()


def save(settings: Settings, path: Path | None = None) -> None:
    """Keep `settings` at `path`, whole or not at all.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    write_file(path or settings_file(), msgspec.json.format(msgspec.json.encode(settings), indent=1), replace=True)


def with_recent(settings: Settings, workspace: Path) -> Settings:
    """Return `settings` with `workspace` as the one used last."""
    others = [known for known in settings.recent if known != str(workspace)]
    return replace(settings, recent=(str(workspace), *others)[:RECENT_KEPT])
