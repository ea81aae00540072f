"""How often a method may be called: the Platform API's limits."""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

WINDOW = timedelta(minutes=60)


class CallLimits:
    """Count calls by name over the last 60 minutes.

    Args:
        clock: gives the time, aware.
        calls: those that were counted already, by name, the oldest first; None for none.
    """

    def __init__(self, clock: Callable[[], datetime], calls: Mapping[str, Iterable[datetime]] | None = None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = {name: deque(moments) for name, moments in (calls or {}).items()}

    def allow(self, name: str, limit: int) -> bool:
        """Count a call; False, and not counted, where `limit` calls were counted in the last 60 minutes."""
        now = self._clock()
        with self._lock:
            calls = self._calls.setdefault(name, deque())
            while calls and now - calls[0] >= WINDOW:
                calls.popleft()
            if len(calls) >= limit:
                return False
            calls.append(now)
            return True

    def calls(self) -> dict[str, tuple[datetime, ...]]:
        """The calls that are counted now."""
        with self._lock:
            return {name: tuple(calls) for name, calls in self._calls.items()}
