"""Where a rotation of the client CA stands, read from the folder of the client's files. Light.

`client/rotation/old` and `client/rotation/new` hold the guide's five files of either CA, `trusted-cas.pem` both CAs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from services.files import PRIVATE, PUBLIC, file_error, read_file, write_file
from services.pki.places import ClientFolder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Stage(StrEnum):
    """How far a rotation has come."""

    IDLE = "idle"  # none is under way
    MADE = "made"  # the new CA and a client certificate of it are made; the deployment knows nothing of them
    BOTH = "both"  # the deployment is given both CAs; the set-up's own client is still one of the old CA
    MOVED = "moved"  # the set-up's own client is one of the new CA; both are still trusted


@dataclass(frozen=True, slots=True)
class RotationFolder:
    """Where the files of a rotation in `client` (the guide's folder) lie."""

    client: ClientFolder

    @property
    def old(self) -> ClientFolder:
        """The files as they were before."""
        return ClientFolder(self.client.rotation / "old")

    @property
    def new(self) -> ClientFolder:
        """The new CA, and a client certificate of it."""
        return ClientFolder(self.client.rotation / "new")

    @property
    def stage(self) -> Stage:
        """Where the rotation stands."""
        if not (is_whole(self.old) and is_whole(self.new)):
            return Stage.IDLE
        if not self.client.trusted.is_file():
            return Stage.MADE
        return Stage.MOVED if holds_same(self.client, self.new) else Stage.BOTH

    @property
    def has_moved(self) -> bool:
        """Whether any of the set-up's own files may be the new CA's: moved, or interrupted while moving either way."""
        return self.stage in {Stage.BOTH, Stage.MOVED} and not holds_same(self.client, self.old)

    def keep_old(self) -> None:
        """Copy the files as they are now aside, once.

        Raises:
            ServiceError: file-not-found, file-not-readable, folder-not-writable, disk-full.
        """
        if not is_whole(self.old):
            copy(self.client, self.old)

    def trust_both(self, *, first: ClientFolder) -> None:
        """Write the file of both CAs, that of `first` at its beginning.

        Raises:
            ServiceError: file-not-found, file-not-readable, folder-not-writable, disk-full.
        """
        second = self.new if first == self.old else self.old
        both = b"".join(read_file(each.ca_certificate).rstrip() + b"\n" for each in (first, second))
        write_file(self.client.trusted, both, replace=True)

    def set_aside(self, name: str, now: datetime) -> Path:
        """Rename the rotation's folder, which ends the rotation at a stroke; return where its files are kept.

        Raises:
            ServiceError: folder-not-writable.
        """
        aside = self.client.root / f"{name}-{now:%Y%m%dT%H%M%SZ}"
        try:
            os.rename(self.client.rotation, aside)  # noqa: PTH104 - Path.rename would replace an empty folder
        except OSError as error:
            raise file_error(error, aside) from error
        return aside


def copy(source: ClientFolder, target: ClientFolder) -> None:
    """Copy the guide's files, each whole or not at all, certificate last; a CA key that is kept elsewhere stays there.

    Raises:
        ServiceError: file-not-found, file-not-readable, folder-not-writable, disk-full.
    """
    for path in _files(source):
        optional = path in {source.ca_key, source.csr}
        if optional and not path.is_file():
            continue
        mode = PRIVATE if path in {source.ca_key, source.key} else PUBLIC
        write_file(target.root / path.name, read_file(path), mode=mode, replace=True)


def is_whole(folder: ClientFolder) -> bool:
    """Tell whether CA certificate, client certificate and its key are there."""
    return all(path.is_file() for path in (folder.ca_certificate, folder.key, folder.certificate))


def holds_same(one: ClientFolder, other: ClientFolder) -> bool:
    """Tell whether CA certificate, client certificate and key are the same in both."""
    pairs = (
        (one.ca_certificate, other.ca_certificate),
        (one.key, other.key),
        (one.certificate, other.certificate),
    )
    return is_whole(one) and is_whole(other) and all(mine.read_bytes() == its.read_bytes() for mine, its in pairs)


def _files(folder: ClientFolder) -> tuple[Path, ...]:
    return (folder.ca_key, folder.ca_certificate, folder.csr, folder.key, folder.certificate)
