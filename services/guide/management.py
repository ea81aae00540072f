"""The API of the deployment that steps speak to for MQTT users and clients: EMQX Cloud's, or self-managed EMQX's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.secrets import SecretName

if TYPE_CHECKING:
    from services.emqx.api import DeploymentApi
    from services.guide.step import Here

_DEPLOYMENT: Final = "deployment"


@dataclass(frozen=True, slots=True)
class _Way:
    """The part of the deployment step's Request that says how self-managed EMQX is spoken to."""

    target: str = ""
    login: str = ""


def has_api(here: Here) -> bool:
    """Tell whether the API's address and its credentials are known."""
    secrets = here.world.secrets
    keys = secrets.get(SecretName.API_KEY) and secrets.get(SecretName.API_SECRET)
    return bool(here.world.emqx.api_url and keys)


def management_api(here: Here) -> DeploymentApi:
    """Return the API, not yet open: self-managed EMQX's where the deployment step went that way.

    Raises:
        ServiceError: emqx-no-deployment, emqx-no-credentials, emqx-api-insecure.
    """
    from services.emqx.api import DeploymentApi  # noqa: PLC0415 - brings httpx, not wanted at start-up
    from services.emqx.calls import Api  # noqa: PLC0415 - as above
    from services.emqx.targets import credentials  # noqa: PLC0415 - as above

    if not here.world.emqx.api_url:
        raise ServiceError("emqx-no-deployment", variant=_DEPLOYMENT)
    way = here.session.request(_DEPLOYMENT, _Way) or _Way()
    own = way.target == "self-managed"
    key, secret = credentials(here.world.secrets, SecretName.API_KEY, SecretName.API_SECRET)
    return DeploymentApi(
        here.world.emqx.api_url,
        key,
        secret,
        api=Api.SELF_MANAGED if own else Api.DEPLOYMENT,
        login=own and way.login == "password",
    )
