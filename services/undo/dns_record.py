"""Taking back the CNAME, if it is still the one that the guide made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.text import message
from services.undo.pieces import Found, PieceName

if TYPE_CHECKING:
    from services.aws.place import CnamePlace
    from services.guide.step import Here

_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Made:
    """The part of the subdomain step's Result that matters here."""

    domain: str
    target: str
    outcome: Literal["created", "changed", "unchanged", "elsewhere"]


class Cname:
    """The CNAME in Route 53."""

    name = PieceName.CNAME

    async def look(self, here: Here) -> Found | None:
        """Return the CNAME where it still leads to the deployment of the session.

        Raises:
            ServiceError: aws-zone-not-found, aws-zone-ambiguous, and AWS's own.
        """
        made = here.session.result("subdomain", _Made)
        if made is None:
            return None
        facts = {"domain": made.domain, "target": made.target}
        what, consequence = message("undo.cname.what", **facts), message("undo.cname.consequence", **facts)
        if made.outcome == "elsewhere":
            return Found(what, consequence, by_hand=message("undo.cname.by-hand", **facts))
        place = await _place(made, here)
        return Found(what, consequence) if place.is_right else None

    async def take_back(self, here: Here) -> None:
        """Delete exactly that record, and wait until it is gone everywhere.

        Raises:
            ServiceError: aws-change-pending, and AWS's own.
        """
        made = here.session.result("subdomain", _Made)
        if made is None:
            return
        place = await _place(made, here)
        if not place.is_right:
            return
        changes = [{"Action": "DELETE", "ResourceRecordSet": dict(record.raw)} for record in place.standing]
        change = await place.route53.change(place.zone.id, changes, "emqx-mtls undo")
        await place.route53.wait_in_sync(change, seconds=_SECONDS)


async def _place(made: _Made, here: Here) -> CnamePlace:
    from services.aws.place import find_place  # noqa: PLC0415 - only where AWS is wanted

    return await find_place(here.world, made.domain, made.target)
