"""Obtaining a certificate, for the server_certificate step: what is at hand, certbot's permission, and certbot's run.

Brings cryptography and boto3, so it is imported when the step runs.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from services.acme import at_hand as certificates
from services.acme import issue, permission
from services.acme.at_hand import AtHand, Need
from services.acme.permission import Asked
from services.aws.certbot_identity import CertbotIdentity, Given
from services.aws.iam_state import IamChoice
from services.aws.identity import introduced
from services.aws.session import Who
from services.events import Answer, Check, Event
from services.guide.step import Change
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.guide.server_certificate import Request
    from services.guide.step import Here


def at_hand(request: Request, here: Here) -> tuple[AtHand | None, tuple[Message, ...]]:
    """Return the certificate that can be used as it is; else None, and why not. Blocking.

    Raises:
        ServiceError: certificate-unfit (another certbot's), and those of files that cannot be read.
    """
    world = here.world
    if request.existing is not None:
        any_key = Need(request.domain, None, world.acme.staging, 1, world.clock())
        return issue.from_elsewhere(request.existing, any_key), ()
    need = Need(request.domain, request.key_type, world.acme.staging, request.renew_before_days, world.clock())
    found, reasons = issue.reusable(_place(request, here).live, need)
    if found is not None and request.force:
        return None, (message("server_certificate.reason.forced"),)
    return found, reasons


def left_by_certbot(request: Request, here: Here) -> AtHand:
    """Return the certificate that certbot left. Blocking.

    Raises:
        ServiceError: those of files that cannot be read.
    """
    return certificates.read(_place(request, here).live)


async def planned(request: Request, here: Here, before: CertbotIdentity | None, *, issuing: bool) -> tuple[Change, ...]:
    """Return what would be made in IAM, and what certbot would be asked for. Only reads.

    Args:
        request: what is wanted.
        here: where.
        before: the AWS identity that an earlier run set up for certbot.
        issuing: no certificate at hand can be used as it is.

    Raises:
        ServiceError: what stands in the way (`services.acme.preflight`).
    """
    place = _place(request, here)
    gives = _gives(request, issuing=issuing)
    iam = await permission.planned(place, _asked(request, before)) if gives else ()
    if not issuing:
        return iam
    facts = {"domain": request.domain, "server": here.world.acme.directory_url}
    certificate = message("server_certificate.change.certificate", **facts)
    removed = str(message("server_certificate.change.removed"))
    return (
        *iam,
        Change(certificate, "", request.key_type.label, notes=await _notes(request, place)),
        Change(message("server_certificate.change.record", **facts), "", removed),
    )


async def obtain(
    request: Request, here: Here, before: CertbotIdentity | None, *, issuing: bool
) -> AsyncGenerator[Event | Given, None]:
    """Give certbot its permission, then have it get the certificate, each where that is wanted.

    Raises:
        ServiceError: what was found before, or what certbot's words stand for.
    """
    if _gives(request, issuing=issuing):
        async with aclosing(permission.give(_place(request, here), _asked(request, before))) as events:
            async for event in events:
                if isinstance(event, Given):
                    here = replace(here, world=event.world)
                yield event
    if issuing:
        async with aclosing(run_certbot(request, here)) as events:
            async for event in events:
                yield event


async def run_certbot(request: Request, here: Here, *, dry_run: bool = False) -> AsyncGenerator[Event, None]:
    """Look for troubles, then run certbot; with `dry_run` nothing comes of it.

    Raises:
        ServiceError: as `obtain`.
    """
    place = _place(request, here)
    events = issue.issue(
        place, request.key_type, email=request.email, preferred_chain=request.preferred_chain, dry_run=dry_run
    )
    async with aclosing(events) as each:
        async for event in each:
            yield event


async def _notes(request: Request, place: issue.Place) -> tuple[Message, ...]:
    """Return what is to be known before certbot is run: whose keys it has, the CA's limits, and what is amiss."""
    notes = [await introduced(place.world, Who.CERTBOT)] if request.iam is IamChoice.AS_IS else []
    async with aclosing(issue.look_first(place)) as events:
        async for event in events:
            if isinstance(event, Check) and (event.id == "rate-limits" or event.answer is not Answer.YES):
                notes += [event.what, *([event.fix] if event.fix and event.answer is not Answer.YES else [])]
    return tuple(notes)


def _place(request: Request, here: Here) -> issue.Place:
    return issue.Place(request.domain, here.workspace, here.world)


def _gives(request: Request, *, issuing: bool) -> bool:
    """Tell whether certbot's permission is looked after: for an issuance, and for renewals to come by a profile."""
    lasting = request.iam is not IamChoice.AS_IS and bool(request.iam_profile)
    return request.existing is None and (issuing or lasting)


def _asked(request: Request, before: CertbotIdentity | None) -> Asked:
    return Asked(request.iam, request.iam_user, request.iam_profile, request.iam_replace, before)
