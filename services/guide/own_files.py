"""Writing a step's files where somebody else's may lie: in a folder that the user named, or filled by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.files import keep_copy, read_file, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from services.guide.step import Here


def write_own(here: Here, path: Path, content: bytes | str) -> bool:
    """Write `content` to `path`; what lies there and no run here has left is kept beside it. Blocking.

    Returns:
        As `write_file`.

    Raises:
        ServiceError: folder-not-writable, disk-full, file-in-the-way, file-not-readable.
    """
    data = content.encode() if isinstance(content, str) else content
    left_here = {each for record in here.session.steps.values() for _, each in record.artifacts}
    if path not in left_here and path.is_file() and read_file(path) != data:
        keep_copy(path, here.world.clock())
    return write_file(path, data, replace=True)
