"""What the steps of one set-up have in common, as last given to any of them: the domain, the deployment's address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.guide.step import Here

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_DOMAIN_IN = ("prerequisites", "subdomain", "server_certificate")
_ADDRESS_IN = {"prerequisites": "address", "subdomain": "target"}


def domain(here: Here) -> str:
    """Return the domain of the step that was run last, else the world's suggestion, else ""."""
    return _latest(here, dict.fromkeys(_DOMAIN_IN, "domain")) or here.world.domain


def address(here: Here) -> str:
    """Return the deployment's address of the step that was run last, else the world's, else ""."""
    return _latest(here, _ADDRESS_IN) or here.world.emqx.address


def _latest(here: Here, fields: dict[str, str]) -> str:
    """Return the value of the field, by section, in the Request that was run last."""
    newest, value = _LONG_AGO, ""
    for section, field in fields.items():
        record = here.session.record(section)
        given = record.request.get(field) if isinstance(record.request, dict) else None
        finished = record.finished or _LONG_AGO
        if isinstance(given, str) and given and finished >= newest:
            newest, value = finished, given
    return value
