"""What nobody foresaw: kept in a file with secrets blotted out and no values of variables, and said in three lines."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from services.errors import ServiceError
from services.files import PRIVATE, write_file

if TYPE_CHECKING:
    from collections.abc import Callable


def crash_file() -> Path:
    """Return where this run's details are kept."""
    return Path(platformdirs.user_state_path("emqx-mtls")) / f"unexpected-{os.getpid()}.txt"


def finding(error: BaseException, part: str, redact: Callable[[str], str] = str) -> ServiceError:
    """Keep `error`'s traceback in a file; return the finding that names it.

    Args:
        error: what happened.
        part: which part of the program it happened in, in words.
        redact: blots out secrets.
    """
    trace = redact("".join(traceback.format_exception(error)))
    path = crash_file()
    try:
        write_file(path, trace, mode=PRIVATE, replace=True)
    except ServiceError as failure:
        return failure
    return ServiceError("unexpected", section=part, path=path, details=type(error).__name__)
