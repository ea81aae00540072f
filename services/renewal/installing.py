"""Bringing a renewed certificate to its deployment: uploaded where not served, proven from outside, or taken back."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.emqx.folder import BundleFolder
from services.errors import ServiceError
from services.events import Answer, Check, Done, Event, Failed, Progress
from services.guide import deployment
from services.pki.light import file_sha256
from services.renewal import memory, proof
from services.renewal.last_good import LastGood
from services.renewal.memory import Rejected
from services.renewal.outcome import Order, Outcome
from services.renewal.timing import Validity, upload_window
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from services.acme.at_hand import AtHand
    from services.emqx.install import Installation
    from services.guide.runner import Guide

URGENT_DAYS: Final = 7
"""With fewer days left of what is served, a certificate that once failed its proof is tried again."""


class Installing:
    """One certificate on its way to the deployment.

    Args:
        guide: of the workspace.
        order: what is asked for.
        request: where the deployment is, and what it is to be given.
        found: what is at hand now.

    Attributes:
        found: as above; replaced when the CA gives another.
        issued: whether the CA gave one in this run.
        outcome, trouble: how it has gone so far, and what went wrong.
        memory: what the next run is to know.
        served_not_after: when what was seen served last ends; None where nothing was.
    """

    def __init__(self, guide: Guide, order: Order, request: deployment.Request, found: AtHand) -> None:
        self._guide = guide
        self._order = order
        self._request = request
        self.found = found
        self.issued = False
        self.outcome = Outcome.UNCHANGED
        self.trouble: ServiceError | None = None
        self.memory = memory.recall(guide.workspace)
        self.served_not_after: datetime | None = None

    async def run(self) -> AsyncGenerator[Event, None]:
        """Bring the certificate to the deployment where it is not served, prove it, and go back where that fails."""
        yield window_check(_validity(self.found), self._guide.world.clock())
        try:
            looked = await deployment.begin(self._request, self._guide.here)
        except ServiceError as error:
            self.fails(error, Outcome.FAILED)
            return
        self._see(looked)
        wrong = looked.judged()
        stage = self._held(looked) if wrong is not None else None
        if stage is None and wrong is not None and self._request.by_hand:
            self._lay_ready(looked)
        elif self.outcome is not Outcome.HELD:
            async with aclosing(stage or self._upload_and_prove(looked, wrong)) as events:
                async for event in events:
                    yield event

    def _held(self, looked: Installation) -> AsyncGenerator[Event, None] | None:
        """Leave a certificate alone that was taken back once, while what is served lasts.

        Returns:
            What is to be done instead where a way back was begun and not finished; None for nothing.
        """
        rejected = self.memory.rejected
        if self._order.force or rejected is None or looked.before is None or rejected.sha256 != self.found.sha256:
            return None
        served = looked.before.served[0]
        if served.sha256 == rejected.sha256:  # the run that went back was killed
            request = self._request
            error = ServiceError("renewal-unproven", details=rejected.finding, host=request.domain, port=request.port)
            return self._go_back(LastGood.of(self._guide.workspace), error)
        if Validity(served.not_before, served.not_after).days_left(self._guide.world.clock()) >= URGENT_DAYS:
            error = ServiceError("renewal-held", domain=self._request.domain, finding=rejected.finding)
            self.fails(error, Outcome.HELD)
        return None

    def _lay_ready(self, looked: Installation) -> None:
        """Write the files for a hand in the console."""
        folder = BundleFolder(self._guide.workspace.emqx)
        folder.write(looked.prepared.bundle)
        self.fails(ServiceError("renewal-by-hand", path=folder.root, domain=self._request.domain), Outcome.BY_HAND)

    async def _upload_and_prove(self, looked: Installation, wrong: ServiceError | None) -> AsyncGenerator[Event, None]:
        good = LastGood.of(self._guide.workspace)
        if looked.before is not None and (wrong is not None or good.leaf() is None):
            good.keep(BundleFolder(self._guide.workspace.emqx), looked.before.served)
        try:
            stage = self._deploy(self._request) if wrong or self._is_news() else self._prove(self._request)
            async with aclosing(stage) as events:
                async for event in events:
                    yield event
        except ServiceError as error:
            self.fails(error, Outcome.FAILED)
            async with aclosing(self._go_back(good, error)) as events:
                async for event in events:
                    yield event
            return
        self._proven(good, uploaded=wrong is not None)

    def _is_news(self) -> bool:
        """Tell whether the session or the files do not know yet what is served (a run was killed after its upload)."""
        known = self._guide.session.result(deployment.NAME, deployment.Result)
        leaf = file_sha256(BundleFolder(self._guide.workspace.emqx).merged)
        return known is None or {known.served[:1], (leaf,)} != {(self.found.sha256,)}

    async def _deploy(self, request: deployment.Request) -> AsyncGenerator[Event, None]:
        """Run the guide's step (which uploads only what is not served), then prove from outside.

        Raises:
            ServiceError: it did not work, or did not prove itself.
        """
        async with aclosing(self._guide.run(deployment.NAME, request)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    raise event.error
                if not isinstance(event, Done):
                    yield event
        async with aclosing(self._prove(request)) as events:
            async for event in events:
                yield event

    async def _prove(self, request: deployment.Request) -> AsyncGenerator[Event, None]:
        """Prove from outside what is served.

        Raises:
            ServiceError: it did not prove itself.
        """
        yield Progress(message("renew.proving", host=request.domain))
        looked = await deployment.begin(request, self._guide.here)
        self._see(looked)
        proven = await proof.from_outside(self._guide, request, looked.prepared)
        facts: dict[str, str | int] = {"host": request.domain, "port": request.port, "root": proven.root}
        yield Check("proven", Answer.YES, message("renew.proven-mqtt" if proven.mqtt else "renew.proven", **facts))

    def _proven(self, good: LastGood, *, uploaded: bool) -> None:
        """What is served proved itself: it is the one to go back to from now on."""
        from services.tls.pem import readable  # noqa: PLC0415 - the packages of TLS are loaded by now

        folder = BundleFolder(self._guide.workspace.emqx)
        served = readable(folder.merged.read_bytes())
        good.keep(folder, served)
        self.memory = self.memory.with_rejected(None)
        if uploaded and not self.issued and self.outcome is Outcome.UNCHANGED:
            self.outcome = Outcome.UPLOADED

    # -- the way back

    async def _go_back(self, good: LastGood, error: ServiceError) -> AsyncGenerator[Event, None]:
        """Serve the bundle again that was proven last, if anything else is served now."""
        yield Check("proven", Answer.NO, message("renew.not-proven", what=error.what), message("renew.going-back"))
        leaf = good.leaf()
        if leaf is None or leaf == self.found.sha256:
            if self._is_served_wrong(error):
                self.fails(error, Outcome.UNPROVEN)
            return
        back = replace(self._request, live=good.root)
        try:
            looked = await deployment.begin(back, self._guide.here)
            self._see(looked)
            if looked.judged() is None:
                return  # nothing was changed: there is nothing to take back
            self._reject(error)
            async with aclosing(self._deploy(back)) as events:
                async for event in events:
                    yield event
        except ServiceError as failure:
            self.fails(error, Outcome.UNPROVEN)
            yield Check("rolled-back", Answer.NO, message("renew.no-way-back", what=failure.what))
            return
        self.fails(error, Outcome.ROLLED_BACK)
        yield Check("rolled-back", Answer.YES, message("renew.rolled-back", host=back.domain))

    def _reject(self, error: ServiceError) -> None:
        """Remember, before it is taken back, that this certificate did not prove itself: a kill must not forget it."""
        if self.memory.rejected is None or self.memory.rejected.sha256 != self.found.sha256:
            rejected = Rejected(self.found.sha256, self._guide.world.clock(), error.id)
            self.memory = self.memory.with_rejected(rejected)
            memory.keep(self._guide.workspace, self.memory)

    @staticmethod
    def _is_served_wrong(error: ServiceError) -> bool:
        """Tell whether `error` is about what the deployment serves, and not about the way there."""
        return error.id.startswith(("server-", "hostname-", "renewal-unproven", "client-cert-"))

    # -- notes

    def _see(self, looked: Installation) -> None:
        self.served_not_after = looked.seen.served[0].not_after if looked.seen else None

    def fails(self, error: ServiceError, outcome: Outcome) -> None:
        """Note that it ended in `outcome`, because of `error`."""
        self.trouble, self.outcome = error, outcome


def window_check(validity: Validity, now: datetime) -> Check:
    """Say until when EMQX Cloud's documents let a certificate be uploaded. Pure."""
    window = upload_window(validity)
    if window.is_open(now):
        until = f"{window.closes:%Y-%m-%d}"
        return Check("emqx-window", Answer.YES, message("renew.window-open", date=until, days=window.days))
    words = "renew.window-closed" if window.exists else "renew.window-none"
    closed = message(words, date=f"{window.closes:%Y-%m-%d}")
    return Check("emqx-window", Answer.UNKNOWN, closed, message("renew.window-fix"))


def _validity(found: AtHand) -> Validity:
    return Validity(found.not_before, found.not_after)
