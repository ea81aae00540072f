"""EMQX Cloud's control side on one loopback port: the Platform API and the deployment's own API."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from services.practice.deployment.deployment import utc_now
from services.practice.emqx import deployment_api, platform
from services.practice.emqx.authorization import by_api_key
from services.practice.emqx.deployment_api import DeploymentApi
from services.practice.emqx.http import ApiKey, new_app
from services.practice.emqx.platform import DeploymentType, KeptPlatform, PlatformApi
from services.practice.part import ServerPart
from services.practice.serving import WsgiServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.practice.deployment import PracticeDeployment
    from services.practice.faults import Faults
    from services.practice.journal import Journal


class EmqxControl(ServerPart):
    """The two APIs that steer a deployment, with keys made anew each time.

    Args:
        faults: those of the practice world; acted on as they come and go.
        journal: gets a record for each request.
        deployment: what is steered.
        clock: gives the time, aware, UTC; the limits of 60 minutes follow it.
        deployment_type: `serverless` refuses TLS certificates.
        port: 0 for a free one.
        kept: what an earlier world's Platform API had; None for a new one.

    Attributes:
        platform_url: the Platform API's base address; `platform_key` and `platform_secret` belong to it.
        foreign_key: a Platform API key (with `foreign_secret`) of somebody who may not touch this deployment.
        api_url: the Deployment API's base address; `app_id` and `app_secret` belong to it.
        deployment_id: the deployment's id in the Platform API.

    Raises:
        OSError: the port is taken.
    """

    name = "emqx"

    def __init__(
        self,
        faults: Faults,
        journal: Journal,
        deployment: PracticeDeployment,
        *,
        clock: Callable[[], datetime] = utc_now,
        deployment_type: DeploymentType = "dedicated",
        port: int = 0,
        kept: KeptPlatform | None = None,
    ) -> None:
        self.deployment_id = deployment.address.partition(".")[0]
        self.platform_key, self.platform_secret = _new_key()
        self.foreign_key, self.foreign_secret = _new_key()
        self.app_id, self.app_secret = _new_key()
        self._journal = journal
        app_key = ApiKey(self.app_id, self.app_secret)
        app = new_app("practice EMQX Cloud", journal, clock)
        app.register_blueprint(DeploymentApi(deployment, lambda: by_api_key(app_key)).blueprint())
        self._platform = PlatformApi(
            faults,
            deployment,
            self.deployment_id,
            deployment_type,
            key=ApiKey(self.platform_key, self.platform_secret),
            foreign_key=ApiKey(self.foreign_key, self.foreign_secret),
            clock=clock,
            kept=kept,
        )
        app.register_blueprint(self._platform.blueprint())
        self._server = WsgiServer(app, "practice EMQX Cloud", port)
        self.platform_url = self._server.url + platform.BASE_PATH
        self.api_url = self._server.url + deployment_api.BASE_PATH

    def keep(self) -> KeptPlatform:
        """What the Platform API knows now, for a later world."""
        return self._platform.keep()


def _new_key() -> tuple[str, str]:
    return secrets.token_hex(8), secrets.token_urlsafe(24)
