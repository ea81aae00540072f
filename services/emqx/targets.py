"""The three ways by which a bundle reaches a deployment, under one shape.

EMQX Cloud's Platform API, the user's own hand in the console, and self-managed EMQX's own API.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol, Self

from services.emqx.limits import UploadLog
from services.emqx.platform import RUNNING, TWO_WAY, PlatformApi, TlsState
from services.emqx.selfmanaged import SelfManagedApi
from services.errors import ServiceError
from services.facts import facts
from services.secrets import SecretName

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from services.emqx.bundle import Bundle
    from services.secrets import Secret, SecretStore
    from services.world import Emqx

_UPLOADS_COUNTED: Final = frozenset({"emqx-refused-bundle", "emqx-refused", "emqx-unavailable", "connection-timeout"})


@dataclass(frozen=True, slots=True)
class TargetState:
    """Where a deployment's TLS stands, as its control side says.

    Attributes:
        name: the deployment's or listener's own name; empty where nobody told.
        tls_type: "two-way", "one-way", or "" for none or not known.
        status: "running", "pending", or "" for not known.
        exists: TLS is set up already, so a new bundle replaces one.
        uploads_left: how many uploads this hour still has; None where they are not counted.
    """

    name: str = ""
    tls_type: str = ""
    status: str = ""
    exists: bool = False
    uploads_left: int | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way."""
        return self.status in {"", RUNNING}


class Target(Protocol):
    """A way to a deployment. An async context manager."""

    async def __aenter__(self) -> Self:
        """Open it."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""

    async def ready(self) -> TargetState:
        """Return the state, having seen that this deployment can be given a certificate. Only reads."""

    async def put(self, bundle: Bundle) -> TargetState:
        """Give the deployment `bundle`."""

    async def state(self) -> TargetState:
        """Return the state once more. Only reads."""

    async def take_back(self) -> None:
        """Have no client asked for a certificate any more."""


class PlatformTarget:
    """EMQX Cloud's Platform API.

    Args:
        emqx: where it is; with `platform_url` and `deployment_id`.
        secrets: hold the API key.
        uploads: the file that records the uploads made.
        clock: the time now, aware, UTC.

    Raises:
        ServiceError: emqx-no-deployment, emqx-no-credentials.
    """

    def __init__(self, emqx: Emqx, secrets: SecretStore, uploads: Path, clock: Callable[[], datetime]) -> None:
        if not (emqx.platform_url and emqx.deployment_id):
            raise ServiceError("emqx-no-deployment")
        key, secret = credentials(secrets, SecretName.PLATFORM_KEY, SecretName.PLATFORM_SECRET)
        self._api = PlatformApi(emqx.platform_url, emqx.deployment_id, key, secret)
        self._log = UploadLog(uploads, f"{emqx.platform_url} {emqx.deployment_id}")
        self._clock = clock
        self._name = ""
        self._exists = False

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._api.__aexit__(kind, error, trace)

    async def ready(self) -> TargetState:
        """Return the state.

        Raises:
            ServiceError: emqx-serverless, emqx-deployment-not-found, and those of the API.
        """
        deployment = await self._api.deployment()
        if not deployment.takes_certificates:
            raise ServiceError("emqx-serverless", name=deployment.name, kind=deployment.kind)
        self._name = deployment.name
        return await self.state()

    async def put(self, bundle: Bundle) -> TargetState:
        """Upload `bundle`, within the limit.

        Raises:
            ServiceError: emqx-rate-limit, emqx-refused-bundle, and those of the API.
        """
        now = self._clock()
        if self._log.read().left(now) == 0:
            raise self._limit_reached(now)
        try:
            tls = await self._api.upload(bundle, replaces=self._exists)
        except ServiceError as error:
            if error.id in _UPLOADS_COUNTED:
                self._log.note(now)
            raise
        self._log.note(now)
        return self._state(tls)

    async def state(self) -> TargetState:
        """Return the state once more.

        Raises:
            ServiceError: those of the API.
        """
        return self._state(await self._api.tls())

    async def take_back(self) -> None:
        """Remove the deployment's TLS; nothing happens where it has none.

        Raises:
            ServiceError: emqx-rate-limit, and those of the API.
        """
        if await self._api.tls() is not None:
            await self._api.remove()

    def _state(self, tls: TlsState | None) -> TargetState:
        self._exists = tls is not None
        found = TargetState(self._name, exists=self._exists, uploads_left=self._log.read().left(self._clock()))
        return found if tls is None else replace(found, tls_type=tls.tls_type, status=tls.status)

    def _limit_reached(self, now: datetime) -> ServiceError:
        wait = (self._log.read().next_at(now) - now).total_seconds()
        return ServiceError(
            "emqx-rate-limit", variant="counted", minutes=int(wait // 60) + 1, limit=facts().emqx.uploads_an_hour
        )


class SelfManagedTarget:
    """Self-managed EMQX's management API.

    Args:
        emqx: where it is; with `api_url`.
        secrets: hold API key and secret, or the dashboard's user name and password.
        listener: the listener's id.
        login: log in with user name and password.

    Raises:
        ServiceError: emqx-no-deployment, emqx-no-credentials.
    """

    def __init__(self, emqx: Emqx, secrets: SecretStore, listener: str, *, login: bool) -> None:
        if not emqx.api_url:
            raise ServiceError("emqx-no-deployment", variant="self-managed")
        user, secret = credentials(secrets, SecretName.API_KEY, SecretName.API_SECRET, variant="self-managed")
        self._api = SelfManagedApi(emqx.api_url, user, secret, login=login)
        self._listener = listener

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._api.__aexit__(kind, error, trace)

    async def ready(self) -> TargetState:
        """Return the listener's state.

        Raises:
            ServiceError: emqx-listener-not-found, and those of the API.
        """
        return await self.state()

    async def put(self, bundle: Bundle) -> TargetState:
        """Give the listener `bundle`.

        Raises:
            ServiceError: server-files-unreadable, and those of the API.
        """
        await self._api.apply(bundle, self._listener)
        return await self.state()

    async def state(self) -> TargetState:
        """Return the listener's state once more.

        Raises:
            ServiceError: those of the API.
        """
        listener = await self._api.listener(self._listener)
        kind = TWO_WAY if listener.is_two_way else "one-way"
        status = RUNNING if listener.running else "stopped"
        return TargetState(listener.id, kind, status, exists=True)

    async def take_back(self) -> None:
        """Have the listener ask for no client certificates; it keeps its own certificate, for its clients' sake.

        Raises:
            ServiceError: those of the API.
        """
        await self._api.stop_asking(self._listener)


class ConsoleTarget:
    """The user's own hand, in EMQX Cloud's console: nothing is known of its side, and nothing is sent."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def ready(self) -> TargetState:
        """Return that nothing is known."""
        return TargetState()

    async def put(self, bundle: Bundle) -> TargetState:  # noqa: ARG002 - a target's signature
        """Do nothing: the files lie ready, and the user's hand does the rest."""
        return TargetState()

    async def state(self) -> TargetState:
        """Return that nothing is known."""
        return TargetState()

    async def take_back(self) -> None:
        """Do nothing: the user's hand does it."""


def credentials(
    secrets: SecretStore, key: SecretName, secret: SecretName, *, variant: str = ""
) -> tuple[Secret, Secret]:
    """Return the two secrets.

    Raises:
        ServiceError: emqx-no-credentials where one of them is missing.
    """
    found = secrets.get(key), secrets.get(secret)
    if found[0] is None or found[1] is None:
        raise ServiceError("emqx-no-credentials", variant=variant, names=f"{key.value}, {secret.value}")
    return found[0], found[1]
