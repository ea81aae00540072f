"""What reached the practice world's stand-ins: one record a request, in the order of arrival."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request that a part of the practice world answered.

    Attributes:
        part: which part: aws, dns, acme, deployment or emqx.
        method_or_action: the HTTP method, the AWS action (`route53:ListHostedZones`), or the DNS query type.
        target: what was asked for: a path, an ARN, a name. Never a secret.
        write: whether it asked for something to be changed.
        status: the answer's HTTP status, or the DNS response code.
        at: when it arrived, aware, UTC.
    """

    part: str
    method_or_action: str
    target: str
    write: bool
    status: int
    at: datetime


class Journal:
    """The records of all parts; safe to append to and to read from any thread.

    Args:
        after_write: called, in the thread that answers, when a part has changed something and not told of it yet.
    """

    def __init__(self, after_write: Callable[[], None] | None = None) -> None:
        self._after_write = after_write
        self._lock = threading.Lock()
        self._records: list[RequestRecord] = []

    def append(self, record: RequestRecord) -> None:
        """Add `record` at the end."""
        with self._lock:
            self._records.append(record)
        if record.write and self._after_write is not None:
            self._after_write()

    def list(self, part: str | None = None) -> list[RequestRecord]:
        """A copy of the records so far, of `part` only where it is named."""
        with self._lock:
            return [record for record in self._records if part in (None, record.part)]
