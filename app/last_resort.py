"""The last guard of the command line: what nobody foresaw, and an output that takes nothing, in three lines each."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

from services.errors import ServiceError

_EXIT_WRONG: Final = 1


def ended_by(error: Exception) -> int:
    """Say on standard error what ended the program; return its exit status."""
    from app.headless import Printer  # noqa: PLC0415 - never needed when all goes well

    finding = error if isinstance(error, ServiceError) else _finding(error)
    with suppress(OSError):  # standard error may take nothing either
        Printer(to_stderr=True, color=sys.stderr.isatty()).error(finding)
    return _EXIT_WRONG


def _finding(error: Exception) -> ServiceError:
    from app import crash  # noqa: PLC0415 - as above
    from services.secrets import SecretStore  # noqa: PLC0415 - as above

    if isinstance(error, OSError) and error.filename is None and _refuses_output():
        return ServiceError("output-refused", details=error.strerror or "")
    return crash.finding(error, "emqx-mtls", SecretStore().redact)


def _refuses_output() -> bool:
    """Tell whether standard output takes nothing, and have it be silent from now on."""
    try:
        sys.stdout.write("")
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), b"\n")
    except (OSError, ValueError):
        with suppress(OSError, ValueError):  # what is left in the buffer must not fail once more at the very end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False
