"""A practice world that goes on where an earlier one ended.

A practice world lives no longer than its process, and a workspace does. So the world keeps what its parts hold in
`practice/world.json` in the workspace, from each change on, and begins with it the next time: what was made is still
there, and what was revoked is still revoked. The CA's own keys lie beside it (`services.practice.authority_store`).

The file is this program's alone. One that cannot be read, or that a later version wrote, counts as none: the world
then begins anew, and running the steps again makes what is missing.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from services.errors import ServiceError
from services.files import PRIVATE, read_file, write_file
from services.practice.acme.kept import KeptCa
from services.practice.aws.kept import KeptAccount
from services.practice.deployment.kept import KeptDeployment
from services.practice.emqx.platform import KeptPlatform

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.workspace import Workspace

VERSION: Final = 1

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts answered: addresses in certificates, in certbot's files and in printed commands name them."""

    aws: Port = 0
    dns: Port = 0
    acme: Port = 0
    deployment: Port = 0
    control: Port = 0


@dataclass(frozen=True, slots=True)
class KeptWorld:
    """A practice world at rest; `mqtt_password` is that of the MQTT user whom the guide suggests."""

    ports: Ports
    aws: KeptAccount
    acme: KeptCa
    deployment: KeptDeployment
    platform: KeptPlatform
    mqtt_password: str
    staging: bool
    version: int = VERSION


class WorldFile:
    """Where a workspace keeps its practice world.

    Args:
        workspace: None keeps nothing, and finds nothing.
    """

    def __init__(self, workspace: Workspace | None) -> None:
        self._path = practice_folder(workspace) / "world.json" if workspace else None
        self._lock = threading.Lock()

    def load(self, *, staging: bool) -> KeptWorld | None:
        """The world that was kept, if it has the same kind of CA; None where there is none that can be read."""
        if self._path is None:
            return None
        with contextlib.suppress(ServiceError, msgspec.MsgspecError):
            kept = msgspec.json.decode(read_file(self._path), type=KeptWorld)
            return kept if (kept.version, kept.staging) == (VERSION, staging) else None
        return None

    def save(self, copy: Callable[[], KeptWorld]) -> None:
        """Keep what `copy` gives, whole or not at all, for its owner only; nothing where the folder is gone by now.

        A world that cannot be kept is no reason to fail whoever changed it.
        """
        if self._path is None:
            return
        with self._lock, contextlib.suppress(ServiceError):
            if self._path.parent.is_dir():
                write_file(self._path, msgspec.json.encode(copy()), mode=PRIVATE, replace=True)


def practice_folder(workspace: Workspace) -> Path:
    """Where a workspace keeps what is the practice world's own: its CA, its AWS account's files, its state."""
    return workspace.root / "practice"
