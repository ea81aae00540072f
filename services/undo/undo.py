"""All pieces that can be taken back: looked for, and taken back one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.undo.certificate import Certificate
from services.undo.deployment import DeploymentTls, MqttUser
from services.undo.dns_record import Cname
from services.undo.files import Files
from services.undo.iam import IamKey, IamPolicy, IamUser
from services.undo.pieces import Entry, Piece, PieceName

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.guide.runner import Guide
    from services.guide.step import Here

_PIECES: Final[tuple[Piece, ...]] = (
    DeploymentTls(),
    MqttUser(),
    Certificate(),
    Cname(),
    IamKey(),
    IamUser(),
    IamPolicy(),
    Files(),
)
_STEP_OF: Final = {
    PieceName.DEPLOYMENT_TLS: "deployment",
    PieceName.MQTT_USER: "connection",
    PieceName.CNAME: "subdomain",
}
"""Steps that are to be done again; for the others the files that are missing say so."""

_BY_NAME: Final = {piece.name: piece for piece in _PIECES}


async def survey(here: Here) -> AsyncGenerator[Entry, None]:
    """Yield what is known of every piece, in the order in which they can be taken back. Only reads."""
    for piece in _PIECES:
        yield await look(piece.name, here)


async def look(name: PieceName, here: Here) -> Entry:
    """Return what is known of one piece now. Only reads."""
    try:
        return Entry(name, await _BY_NAME[name].look(here))
    except ServiceError as error:
        return Entry(name, trouble=error)


async def take_back(name: PieceName, guide: Guide) -> None:
    """Take one piece back, and forget that its step was done; nothing happens where it is gone already.

    Raises:
        ServiceError: it could not be taken back; running again goes on from there.
    """
    await _BY_NAME[name].take_back(guide.here)
    if section := _STEP_OF.get(name):
        guide.forget(section)
