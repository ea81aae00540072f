"""What the server says when it refuses: problem documents (RFC 7807, RFC 8555 section 6.7) with Boulder's words.

The words matter: certbot prints `detail` as it is, and the diagnoser recognizes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Kind = Literal[
    "accountDoesNotExist",
    "alreadyReplaced",
    "alreadyRevoked",
    "badCSR",
    "badNonce",
    "badPublicKey",
    "badRevocationReason",
    "badSignatureAlgorithm",
    "caa",
    "conflict",
    "dns",
    "invalidContact",
    "invalidProfile",
    "malformed",
    "orderNotReady",
    "rateLimited",
    "rejectedIdentifier",
    "unauthorized",
    "unsupportedContact",
    "unsupportedIdentifier",
]

_NAMESPACE = "urn:ietf:params:acme:error:"
_STATUS: dict[Kind, int] = {
    "alreadyReplaced": 409,
    "caa": 403,
    "conflict": 409,
    "orderNotReady": 403,
    "rateLimited": 429,
    "unauthorized": 403,
}
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal.

    Attributes:
        kind: the last part of the error's URN (RFC 8555 section 6.7).
        detail: the sentence for humans.
        status: the HTTP status.
        retry_after: how long to wait before trying again, for rate limits.
        help_url: a page that explains it, for rate limits.
        location: the URL of what is in the way, for conflicts.
    """

    kind: Kind
    detail: str
    status: int
    retry_after: timedelta | None = None
    help_url: str | None = None
    location: str | None = None

    def document(self) -> dict[str, str | int]:
        """The JSON object that goes to the client."""
        return {"type": _NAMESPACE + self.kind, "detail": self.detail, "status": self.status}


class AcmeError(Exception):
    """A request that is answered with `problem` instead of what was asked for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def problem(kind: Kind, detail: str, status: int | None = None) -> Problem:
    """A problem of `kind`, with the HTTP status that Boulder gives it where none is named."""
    return Problem(kind, detail, status or _STATUS.get(kind, _BAD_REQUEST))


def refuse(kind: Kind, detail: str, status: int | None = None) -> AcmeError:
    """`problem`, ready to be raised."""
    return AcmeError(problem(kind, detail, status))
