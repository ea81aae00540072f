"""Renewing one set-up: ask the CA, upload only what changed, prove it from outside, go back where it fails the proof.

Every step looks before it acts, so a renewal that was killed at any moment is finished by running it again. The client
CA is left as it was uploaded: a renewal is about the server's certificate only.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.acme import at_hand
from services.emqx.folder import BundleFolder
from services.errors import ServiceError
from services.events import Answer, Check, Done, Event, Failed
from services.guide import deployment, earlier, server_certificate
from services.renewal import issuing, memory
from services.renewal.installing import Installing
from services.renewal.outcome import Order, Outcome, Result
from services.renewal.timing import Validity
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.guide.runner import Guide

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
    course, request = await asyncio.to_thread(_begin, guide, order)
    for stage in (_ask(course, guide, order, _asker(guide, order, issue)), course.run()):
        async with aclosing(stage) as events:
            async for event in events:
                yield event
    yield Done(_ended(course, guide, request.domain))


def _begin(guide: Guide, order: Order) -> tuple[Installing, deployment.Request]:
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
    return Installing(guide, order, request, at_hand.read(certificate.live)), request


def _asker(guide: Guide, order: Order, issue: issuing.Issuer) -> issuing.Issuer:
    """Return who asks the CA: nobody here, where another certbot does."""
    request = guide.session.request(server_certificate.NAME, server_certificate.Request)
    elsewhere = request is not None and request.existing is not None
    return issuing.by_nobody if elsewhere or not order.ask_ca else issue


async def _ask(course: Installing, guide: Guide, order: Order, ask: issuing.Issuer) -> AsyncGenerator[Event, None]:
    """Have a new certificate issued where one is due; what the CA gave is then known to the session."""
    before, validity = course.found, Validity(course.found.not_before, course.found.not_after)
    is_due = guide.world.clock() >= validity.due
    wanted = is_due or order.force
    yield _due_check(guide, validity, "due" if is_due else "forced" if order.force else "not-due")
    try:
        async with aclosing(ask(guide, wanted)) as events:
            async for event in events:
                yield event
    except ServiceError as error:
        course.fails(error, Outcome.FAILED if wanted else Outcome.UNCHECKED)
        answer = Answer.NO if wanted else Answer.UNKNOWN
        yield Check("issued", answer, message("renew.not-issued", what=error.what), message("renew.go-on"))
    course.found = found = await asyncio.to_thread(at_hand.read, before.folder)
    if found.sha256 != before.sha256:
        course.issued, course.trouble, course.outcome = True, None, Outcome.RENEWED
        until = f"{found.not_after:%Y-%m-%d}"
        yield Check("issued", Answer.YES, message("renew.issued", issuer=found.issuer, until=until))
    known = earlier.issued(guide.here)
    if known is None or known.sha256 != found.sha256:
        async with aclosing(_tell_session(guide)) as events:
            async for event in events:
                yield event


def _due_check(guide: Guide, validity: Validity, how: str) -> Check:
    facts: dict[str, str | int] = {"domain": server_certificate.propose(guide.here).domain}
    facts |= {"count": validity.days_left(guide.world.clock()), "due": f"{validity.due:%Y-%m-%d}"}
    return Check("due", Answer.YES, message(f"renew.{how}", **facts))


async def _tell_session(guide: Guide) -> AsyncGenerator[Event, None]:
    """Have the guide's step find the new certificate, so that the session knows it.

    Raises:
        ServiceError: the step's own.
    """
    request = replace(server_certificate.propose(guide.here), force=False)
    async with aclosing(guide.run(server_certificate.NAME, request)) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise event.error
            if not isinstance(event, Done):
                yield event


def _ended(course: Installing, guide: Guide, domain: str) -> Result:
    """Remember how it ended; return it."""
    memory.keep(guide.workspace, course.memory.with_run(guide.world.clock(), course.outcome.value))
    validity = Validity(course.found.not_before, course.found.not_after)
    return Result(
        outcome=course.outcome,
        domain=domain,
        sha256=course.found.sha256,
        not_after=validity.not_after,
        due=validity.due,
        served_not_after=course.served_not_after,
        trouble=course.trouble,
    )
