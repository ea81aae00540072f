"""Taking back what the guide did to the deployment: two-way TLS, and the MQTT user."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.errors import ServiceError
from services.events import Answer
from services.guide import deployment as step
from services.guide import known, reach
from services.guide.management import management_api
from services.text import message
from services.undo.pieces import Found, PieceName

if TYPE_CHECKING:
    from services.guide.step import Here


class DeploymentTls:
    """Two-way TLS on the deployment, by the way by which it was set up."""

    name = PieceName.DEPLOYMENT_TLS

    async def look(self, here: Here) -> Found | None:
        """Return it, while the deployment has TLS of one's own; whether it is still the guide's is seen from outside.

        Raises:
            ServiceError: those of EMQX's APIs.
        """
        made, request = here.session.result(step.NAME, step.Result), here.session.request(step.NAME, step.Request)
        if made is None or request is None:
            return None
        ours = await _serves_ours(made, here)
        facts: dict[str, str | int] = {
            "host": made.domain,
            "port": made.port,
            "sha256": made.served[0][:16] if made.served else "?",
        }
        what = message("undo.deployment-tls.what", **facts)
        consequence = message(f"undo.deployment-tls.consequence.{request.target}", **facts)
        if request.by_hand:
            by_hand = message("undo.deployment-tls.by-hand", **facts)
            return Found(what, consequence, ours, by_hand) if ours is Answer.YES else None
        async with step.target_of(request, here) as target:
            state = await target.state()
        return Found(what, consequence, ours) if state.exists and state.tls_type == "two-way" else None

    async def take_back(self, here: Here) -> None:
        """Remove the deployment's TLS (Platform API), or let the listener ask for no client certificates any more.

        Raises:
            ServiceError: those of EMQX's APIs.
        """
        request = here.session.request(step.NAME, step.Request)
        if request is None or request.by_hand:
            return
        async with step.target_of(request, here) as target:
            await target.take_back()


async def _serves_ours(made: step.Result, here: Here) -> Answer:
    """Tell whether the deployment still serves the certificate that the guide brought there."""
    from services.emqx.look import Place, look  # noqa: PLC0415 - brings OpenSSL

    try:
        addresses = await reach.addresses(known.address(here) or made.domain, here.world)
        seen = await asyncio.to_thread(look, Place(made.domain, made.port, addresses), None)
    except ServiceError:
        return Answer.UNKNOWN
    if not seen.served:
        return Answer.UNKNOWN
    return Answer.YES if seen.served[0].sha256 in made.served[:1] else Answer.NO


@dataclass(frozen=True, slots=True)
class _Connected:
    """The part of the connection step's Result that matters here."""

    user: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The part of its Request."""

    create_user: bool


class MqttUser:
    """The MQTT user that the deployment was asked to create."""

    name = PieceName.MQTT_USER

    async def look(self, here: Here) -> Found | None:
        """Return the user, while the deployment has it.

        Raises:
            ServiceError: emqx-no-credentials, and those of the Deployment API.
        """
        user = _user(here)
        if not user:
            return None
        async with management_api(here) as api:
            exists = await api.has_user(user)
        facts = {"user": user}
        return (
            Found(message("undo.mqtt-user.what", **facts), message("undo.mqtt-user.consequence", **facts))
            if exists
            else None
        )

    async def take_back(self, here: Here) -> None:
        """Take the user out of the deployment's database.

        Raises:
            ServiceError: those of the Deployment API.
        """
        if user := _user(here):
            async with management_api(here) as api:
                await api.remove_user(user)


def _user(here: Here) -> str:
    """Return the user that the guide had created; "" where it did not."""
    made, wanted = here.session.result("connection", _Connected), here.session.request("connection", _Wanted)
    return made.user if made and wanted and wanted.create_user and here.world.emqx.api_url else ""
