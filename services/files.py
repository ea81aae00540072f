"""Files written whole or not at all, keys for their owner only, and nothing overwritten unasked."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

PRIVATE = 0o600
PUBLIC = 0o644
FOLDER = 0o700


def make_folder(path: Path) -> Path:
    """Make `path` (and what is above it), for its owner only where it is new; return it.

    Raises:
        ServiceError: folder-not-writable, disk-full, file-in-the-way.
    """
    try:
        for missing in reversed([each for each in path.parents if not each.exists()]):
            missing.mkdir(mode=FOLDER, exist_ok=True)
        path.mkdir(mode=FOLDER, exist_ok=True)
    except OSError as error:
        raise file_error(error, path) from error
    return path


def write_file(path: Path, content: bytes | str, *, mode: int = PUBLIC, replace: bool = False) -> bool:
    """Write `content` to `path` as a whole, with permissions `mode` from its first moment.

    Returns:
        True if the file was written; False if it held exactly this already (its permissions are set right then too).

    Raises:
        ServiceError: file-in-the-way where `path` holds something else and `replace` is not set; folder-not-writable,
            disk-full.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists():
            if path.is_file() and path.read_bytes() == data:
                path.chmod(mode)
                return False
            if not replace or not path.is_file():
                raise ServiceError("file-in-the-way", path=path)
        make_folder(path.parent)
        _replace(path, data, mode)
    except OSError as error:
        raise file_error(error, path) from error
    return True


def _replace(path: Path, data: bytes, mode: int) -> None:
    """Write beside `path`, flush to the disk, then rename over it: a reader sees the old file or the new one."""
    descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def keep_copy(path: Path, now: datetime) -> Path:
    """Copy `path` beside itself under a name that ends in the time (`client.key.20261124T040900Z`); return the copy.

    It keeps the permissions. To be called before something of the user's is replaced.

    Raises:
        ServiceError: folder-not-writable, disk-full, file-not-readable.
    """
    stem = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%SZ}")
    copy = stem
    number = 1
    while copy.exists():
        number += 1
        copy = stem.with_name(f"{stem.name}-{number}")
    try:
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        raise file_error(error, path) from error
    write_file(copy, read_file(path), mode=mode)
    return copy


def read_file(path: Path, *, limit: int = 10_000_000) -> bytes:
    """Return what `path` holds.

    Raises:
        ServiceError: file-not-found, file-not-readable (also for what is no file, or is over `limit` bytes).
    """
    try:
        if not path.is_file() or path.stat().st_size > limit:
            raise ServiceError("file-not-found" if not path.exists() else "file-not-readable", path=path)
        return path.read_bytes()
    except OSError as error:
        raise ServiceError("file-not-readable", path=path, details=error.strerror or "") from error


def file_error(error: OSError, path: Path) -> ServiceError:
    """Return the finding that `error` at `path` stands for."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ServiceError("disk-full", path=path)
    if error.errno in {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}:
        return ServiceError("file-in-the-way", path=_in_the_way(path))
    return ServiceError("folder-not-writable", path=path.parent, details=error.strerror or "")


def _in_the_way(path: Path) -> Path:
    """Return the file above `path` that should be a folder; `path` itself where there is none."""
    return next((above for above in reversed(path.parents) if above.exists() and not above.is_dir()), path)
