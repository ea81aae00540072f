"""Certificates out of PEM files that have to hold nothing else. Blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import ServiceError
from services.files import read_file
from services.tls.pem import problem_of, readable

if TYPE_CHECKING:
    from pathlib import Path

    from services.tls.certificate import Certificate


def certificates_in(path: Path, *, may_be_empty: bool = False) -> tuple[Certificate, ...]:
    """Return the certificates of the file `path`, in its order; at least one, unless `may_be_empty`.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable (also where only one of several is).
    """
    data = read_file(path)
    problem = problem_of(data)
    if problem and not (may_be_empty and problem == "empty"):
        raise ServiceError("certificate-unreadable", path=path, details=problem)
    return readable(data)
