"""Bringing a bundle to a deployment: look, put what is missing, wait, and look again until it is right."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from services.emqx.look import Place, Seen, look, verdict
from services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from datetime import datetime

    from services.emqx.prepare import Prepared
    from services.emqx.targets import Target, TargetState

_SETTLE_SECONDS: Final = 10.0  # a cluster's nodes change over one after the other
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0  # the Platform API takes 60 questions an hour
_SLOWER: Final = 1.6


class Installation:
    """One bundle on its way to one deployment.

    Args:
        prepared: the bundle, and the client to prove with.
        place: where the deployment is looked at.
        clock: the time now, aware, UTC.

    Attributes:
        before: what was served first; None where nothing was (`trouble` then says why).
        seen: what was served last; as above.
        state: what the control side said last.
        uploaded: whether anything was sent.
    """

    def __init__(self, prepared: Prepared, place: Place, clock: Callable[[], datetime]) -> None:
        self.prepared = prepared
        self.place = place
        self.before: Seen | None = None
        self.seen: Seen | None = None
        self.state: TargetState | None = None
        self.uploaded = False
        self._clock = clock
        self._trouble: ServiceError | None = None

    async def look_first(self) -> None:
        """See what is served before anything is changed."""
        await self._look()
        self.before = self.seen

    def judged(self) -> ServiceError | None:
        """Return what is wrong with what was seen last; None where it is exactly what is wanted."""
        if self.seen is None:
            return self._trouble
        return verdict(self.seen, self.prepared.bundle, self.place, self._clock())

    async def bring(self, target: Target) -> None:
        """Put the bundle there, unless exactly that is served and demanded already.

        Raises:
            ServiceError: those of the target.
        """
        if self.judged() is not None:
            self.state = await target.put(self.prepared.bundle)
            self.uploaded = True

    async def settle(self, target: Target, *, patience: float, by_hand: bool) -> AsyncGenerator[float, None]:
        """Wait until the control side is settled and the handshake shows the right thing; yield seconds waited so far.

        Raises:
            ServiceError: emqx-pending or emqx-by-hand-pending at the deadline; else what is wrong with what is served.
        """
        started, pause = time.monotonic(), _FIRST_PAUSE
        settled_at: float | None = None
        while True:
            now = time.monotonic()
            if self.state is None or self.state.is_settled:
                settled_at = now if settled_at is None else settled_at
                if (trouble := self.judged()) is None:
                    return
                if not by_hand and self._is_final(trouble, now - settled_at):
                    raise trouble
            if now - started > patience:
                raise self._out_of_patience(patience, by_hand=by_hand)
            yield now - started
            await asyncio.sleep(pause)
            pause = min(pause * _SLOWER, _LONGEST_PAUSE)
            if self.state is not None and not self.state.is_settled:
                self.state = await target.state()
            await self._look()

    @property
    def has_changed(self) -> bool:
        """Whether something else is served than at first."""
        return self.seen is not None and (self.before is None or _served(self.seen) != _served(self.before))

    async def _look(self) -> None:
        try:
            self.seen, self._trouble = await asyncio.to_thread(look, self.place, self.prepared.identity), None
        except ServiceError as error:
            self.seen, self._trouble = None, error

    def _is_final(self, trouble: ServiceError, settled_for: float) -> bool:
        """Tell whether waiting longer is pointless: a change arrived already, and it is not right."""
        misserved = trouble.id.startswith(("server-", "hostname-", "client-cert-unknown"))
        return settled_for > _SETTLE_SECONDS or (self.has_changed and misserved)

    def _out_of_patience(self, patience: float, *, by_hand: bool) -> ServiceError:
        trouble = self.judged()
        details = f"{trouble.id}: {trouble.what}" if trouble else ""
        seconds = round(patience)
        if by_hand:
            return ServiceError("emqx-by-hand-pending", details=details, seconds=seconds)
        if self.state is not None and not self.state.is_settled:
            return ServiceError("emqx-pending", details=details, status=self.state.status, seconds=seconds)
        return trouble or ServiceError("emqx-pending", status="", seconds=seconds)


def _served(seen: Seen) -> list[str]:
    return [each.sha256 for each in seen.served]
