"""The faults that are active in a practice world."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from services.faults import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable


class Faults:
    """The faults that are active now; shared by all parts, safe to change from any thread while they run."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._active: frozenset[str] = frozenset()
        for fault_id in ids:
            self.inject(fault_id)

    def inject(self, fault_id: str) -> None:
        """Break it.

        Raises:
            KeyError: no fault has this id.
        """
        fault = CATALOGUE[fault_id]
        with self._lock:
            self._active |= {fault.id}

    def heal(self, fault_id: str) -> None:
        """Take it back; nothing happens where it was not active."""
        with self._lock:
            self._active -= {fault_id}

    def __contains__(self, fault_id: object) -> bool:
        return fault_id in self._active

    @property
    def active(self) -> frozenset[str]:
        """The ids active now."""
        return self._active
