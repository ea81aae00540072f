"""Renewing one set-up: ask the CA, upload only what changed, prove it from outside, go back where it fails the proof.

Every step looks before it acts, so a renewal that was killed at any moment is finished by running it again. The client
CA is left as it was uploaded: a renewal is about the server's certificate only.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.acme import lineage
from services.emqx.folder import BundleFolder
from services.errors import ServiceError
from services.events import Answer, Check, Done, Event, Failed, Progress
from services.guide import deployment, earlier, server_certificate
from services.pki.light import file_sha256
from services.renewal import issuing, memory, proof
from services.renewal.last_good import LastGood
from services.renewal.memory import Rejected
from services.renewal.outcome import Order, Outcome, Result
from services.renewal.timing import Validity, upload_window
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from services.acme.lineage import Lineage
    from services.emqx.install import Installation
    from services.guide.runner import Guide

URGENT_DAYS: Final = 7
"""With fewer days left of what is served, a certificate that once failed its proof is tried again."""

_USUAL: Final = Order()


async def renew(
    guide: Guide, order: Order = _USUAL, issue: issuing.Issuer = issuing.by_certbot
) -> AsyncGenerator[Event, None]:
    """Renew the set-up of `guide`; yield what happens, Done with a Result last. The caller holds the workspace's lock.

    Args:
        guide: of the workspace, in its world.
        order: what is asked for.
        issue: who is asked for a new certificate.

    Raises:
        ServiceError: renewal-not-set-up; files that cannot be read or written.
    """
    course = await asyncio.to_thread(_Course.begin, guide, order)
    for stage in (course.issue(issue), course.install()):
        async with aclosing(stage) as events:
            async for event in events:
                yield event
    yield Done(course.ended())


class _Course:
    """One renewal under way."""

    def __init__(self, guide: Guide, order: Order, request: deployment.Request, found: Lineage) -> None:
        self._guide = guide
        self._order = order
        self._request = request
        self._found = found
        self._memory = memory.recall(guide.workspace)
        self._issued = False
        self._outcome = Outcome.UNCHANGED
        self._trouble: ServiceError | None = None
        self._served_not_after: datetime | None = None

    @classmethod
    def begin(cls, guide: Guide, order: Order) -> _Course:
        """Read what is at hand.

        Raises:
            ServiceError: renewal-not-set-up, and what is wrong with the files.
        """
        here = guide.here
        certificate = earlier.issued(here)
        if certificate is None or earlier.clients(here) is None:
            raise ServiceError("renewal-not-set-up", path=guide.workspace.root)
        request = deployment.propose(here)
        uploaded = BundleFolder(here.workspace.emqx).client_ca
        if uploaded.is_file():
            request = replace(request, client_ca=uploaded)
        return cls(guide, order, request, lineage.read(certificate.live))

    # -- the CA

    async def issue(self, issuer: issuing.Issuer) -> AsyncGenerator[Event, None]:
        """Have a new certificate issued where one is due; what the CA gave is then known to the session."""
        now, validity = self._guide.world.clock(), _validity(self._found)
        due = self._order.force or now >= validity.due
        left: dict[str, str | int] = {"count": validity.days_left(now), "due": f"{validity.due:%Y-%m-%d}"}
        words = "renew.not-due" if not due else "renew.due" if now >= validity.due else "renew.forced"
        yield Check("due", Answer.YES, message(words, domain=self._request.domain, **left))
        try:
            async with aclosing(self._asker(issuer)(self._guide, due)) as events:
                async for event in events:
                    yield event
        except ServiceError as error:
            self._trouble, self._outcome = error, Outcome.FAILED if due else Outcome.UNCHECKED
            answer = Answer.NO if due else Answer.UNKNOWN
            yield Check("issued", answer, message("renew.not-issued", what=error.what), message("renew.go-on"))
        before = self._found
        self._found = await asyncio.to_thread(lineage.read, before.folder)
        if self._found.sha256 != before.sha256:
            self._issued, self._trouble, self._outcome = True, None, Outcome.RENEWED
            yield Check("issued", Answer.YES, message("renew.issued", **_dates(self._found)))
        known = earlier.issued(self._guide.here)
        if known is None or known.sha256 != self._found.sha256:
            async with aclosing(self._told_session()) as events:
                async for event in events:
                    yield event

    def _asker(self, issuer: issuing.Issuer) -> issuing.Issuer:
        request = self._guide.session.request(server_certificate.NAME, server_certificate.Request)
        elsewhere = request is not None and request.existing is not None
        return issuing.by_nobody if elsewhere or not self._order.ask_ca else issuer

    async def _told_session(self) -> AsyncGenerator[Event, None]:
        """Have the guide's step find the new certificate, so that the session knows it."""
        request = replace(server_certificate.propose(self._guide.here), force=False)
        async with aclosing(self._guide.run(server_certificate.NAME, request)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    raise event.error
                if not isinstance(event, Done):
                    yield event

    # -- the deployment

    async def install(self) -> AsyncGenerator[Event, None]:
        """Bring the certificate to the deployment where it is not served, prove it, and go back where that fails."""
        yield self._window()
        try:
            looked = await deployment.begin(self._request, self._guide.here)
        except ServiceError as error:
            self._fails(error, Outcome.FAILED)
            return
        self._see(looked)
        wrong = looked.judged()
        if wrong is not None and self._is_held(looked):
            rejected = self._memory.rejected
            finding = rejected.finding if rejected else ""
            self._fails(ServiceError("renewal-held", domain=self._request.domain, finding=finding), Outcome.HELD)
        elif wrong is not None and self._request.by_hand:
            self._lay_ready(looked)
        else:
            async with aclosing(self._upload_and_prove(looked, wrong)) as events:
                async for event in events:
                    yield event

    def _window(self) -> Check:
        """Say until when EMQX Cloud's documents let this certificate be uploaded."""
        now, window = self._guide.world.clock(), upload_window(_validity(self._found))
        if window.is_open(now):
            until = f"{window.closes:%Y-%m-%d}"
            return Check("emqx-window", Answer.YES, message("renew.window-open", date=until, days=window.days))
        words = "renew.window-closed" if window.exists else "renew.window-none"
        closed = message(words, date=f"{window.closes:%Y-%m-%d}")
        return Check("emqx-window", Answer.UNKNOWN, closed, message("renew.window-fix"))

    def _is_held(self, looked: Installation) -> bool:
        """Tell whether this certificate was taken back once, and what is served still lasts a while."""
        rejected = self._memory.rejected
        if self._order.force or rejected is None or rejected.sha256 != self._found.sha256 or looked.before is None:
            return False
        served = looked.before.served[0]
        return Validity(served.not_before, served.not_after).days_left(self._guide.world.clock()) >= URGENT_DAYS

    def _lay_ready(self, looked: Installation) -> None:
        """Write the files for a hand in the console."""
        folder = BundleFolder(self._guide.workspace.emqx)
        folder.write(looked.prepared.bundle)
        self._fails(ServiceError("renewal-by-hand", path=folder.root, domain=self._request.domain), Outcome.BY_HAND)

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
            self._fails(error, Outcome.FAILED)
            async with aclosing(self._go_back(good, error)) as events:
                async for event in events:
                    yield event
            return
        self._proven(good, uploaded=wrong is not None)

    def _is_news(self) -> bool:
        """Tell whether the session or the files do not know yet what is served (a run was killed after its upload)."""
        known = self._guide.session.result(deployment.NAME, deployment.Result)
        leaf = file_sha256(BundleFolder(self._guide.workspace.emqx).merged)
        return known is None or {known.served[:1], (leaf,)} != {(self._found.sha256,)}

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
        from services.tls.chain import Certificate, read_all  # noqa: PLC0415 - the packages of TLS are loaded by now

        folder = BundleFolder(self._guide.workspace.emqx)
        served = [each for each in read_all(folder.merged.read_bytes()) if isinstance(each, Certificate)]
        good.keep(folder, served)
        self._memory = self._memory.with_rejected(None)
        if uploaded and not self._issued and self._outcome is Outcome.UNCHANGED:
            self._outcome = Outcome.UPLOADED

    # -- the way back

    async def _go_back(self, good: LastGood, error: ServiceError) -> AsyncGenerator[Event, None]:
        """Serve the bundle again that was proven last, if anything else is served now."""
        yield Check("proven", Answer.NO, message("renew.not-proven", what=error.what), message("renew.going-back"))
        leaf = good.leaf()
        if leaf is None or leaf == self._found.sha256:
            if self._is_served_wrong(error):
                self._fails(error, Outcome.UNPROVEN)
            return
        back = replace(self._request, live=good.root)
        try:
            looked = await deployment.begin(back, self._guide.here)
            self._see(looked)
            if looked.judged() is None:
                return  # nothing was changed: there is nothing to take back
            async with aclosing(self._deploy(back)) as events:
                async for event in events:
                    yield event
        except ServiceError as failure:
            self._fails(error, Outcome.UNPROVEN)
            yield Check("rolled-back", Answer.NO, message("renew.no-way-back", what=failure.what))
            return
        self._memory = self._memory.with_rejected(Rejected(self._found.sha256, self._guide.world.clock(), error.id))
        self._fails(error, Outcome.ROLLED_BACK)
        yield Check("rolled-back", Answer.YES, message("renew.rolled-back", host=back.domain))

    @staticmethod
    def _is_served_wrong(error: ServiceError) -> bool:
        """Tell whether `error` is about what the deployment serves, and not about the way there."""
        return error.id.startswith(("server-", "hostname-", "renewal-unproven", "client-cert-"))

    # -- the end

    def ended(self) -> Result:
        """Remember how it ended; return it."""
        now = self._guide.world.clock()
        memory.keep(self._guide.workspace, self._memory.with_run(now, self._outcome.value))
        validity = _validity(self._found)
        return Result(
            outcome=self._outcome,
            domain=self._request.domain,
            sha256=self._found.sha256,
            not_after=validity.not_after,
            due=validity.due,
            served_not_after=self._served_not_after,
            trouble=self._trouble,
        )

    def _see(self, looked: Installation) -> None:
        self._served_not_after = looked.seen.served[0].not_after if looked.seen else None

    def _fails(self, error: ServiceError, outcome: Outcome) -> None:
        self._trouble, self._outcome = error, outcome


def _validity(found: Lineage) -> Validity:
    return Validity(found.not_before, found.not_after)


def _dates(found: Lineage) -> dict[str, str]:
    return {"issuer": found.issuer, "until": f"{found.not_after:%Y-%m-%d}"}
