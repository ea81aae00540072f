"""A certificate's fingerprint without any library: for what must be quick, like the state of every step at start-up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_FIRST: Final = re.compile(rb"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END CERTIFICATE-----")
_LIMIT: Final = 1_000_000


def file_sha256(path: Path) -> str | None:
    """Return the SHA-256 (hexadecimal) of the first certificate in the PEM file `path`.

    None where there is no such file, it cannot be read, or it holds no certificate.
    """
    try:
        if path.stat().st_size > _LIMIT:
            return None
        found = _FIRST.search(path.read_bytes())
        return hashlib.sha256(base64.b64decode(found[1], validate=False)).hexdigest() if found else None
    except (OSError, binascii.Error):
        return None
