"""What is left of a first issuance that was cut off: by a full disk, a lost connection to the machine, a kill.

certbot takes the name for used then: it would call the next certificate <name>-0001, of which nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.files import file_error, make_folder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from services.acme.live import LiveFolder


def put_aside(folder: LiveFolder, now: datetime) -> Path | None:
    """Put what is left of an unfinished certificate where certbot does not look; return that folder, None for nothing.

    Raises:
        ServiceError: folder-not-writable, disk-full.
    """
    if not folder.is_unfinished:
        return None
    live, config = folder.root, folder.root.parent.parent
    aside = make_folder(config / f"unfinished-{live.name}-{now:%Y%m%dT%H%M%SZ}")
    parts = {"live": live, "archive": config / "archive" / live.name, "renewal.conf": folder.renewal}
    for name, part in parts.items():  # the file that says so last: a second try finds what is left of it
        try:
            if part.exists():
                part.rename(aside / name)
        except OSError as error:
            raise file_error(error, part) from error
    return aside
