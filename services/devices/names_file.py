"""A list of names in a file: one a line; empty lines and lines that begin with # are passed over."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from services.devices.records import Wanted
from services.errors import ServiceError
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LONGEST: Final = 10_000  # characters of a line that are read at once: a file that is no list must not fill the memory


def read_names(path: Path) -> Iterator[Wanted]:
    """Yield the names in the file `path` ("-" is standard input), with the lines they stand in.

    Raises:
        ServiceError: file-not-found, file-not-readable, device-names-not-text.
    """
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
                name = _name(line, number, path)
                if name and not name.startswith("#"):
                    yield Wanted(name, text("devices.line", number=number))
    except FileNotFoundError as error:
        raise ServiceError("file-not-found", path=path) from error
    except OSError as error:
        raise ServiceError("file-not-readable", path=path, details=error.strerror or "") from error


def _name(line: bytes, number: int, path: Path) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n \t")
    except UnicodeDecodeError as error:
        raise ServiceError("device-names-not-text", path=path, number=number) from error


def wanted(names: Iterable[str]) -> Iterator[Wanted]:
    """Yield `names` as wanted, each with its count for a place."""
    for number, name in enumerate(names, 1):
        yield Wanted(name, text("devices.nth", number=number))
