"""EMQX Cloud's Platform API: the deployment and its TLS certificate.

Sources: docs.emqx.com/en/cloud/latest, pages api/api_platform, api/deployment_manage and api/tls_certificate. The API
takes 60 reads and 6 writes of the certificate an hour (`services.emqx.limits` counts the writes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import httpx
import msgspec

from services.emqx.calls import CALL_SECONDS, Api, Caller, decoded
from services.errors import ServiceError
from services.outside import safe

if TYPE_CHECKING:
    from types import TracebackType

    from services.emqx.bundle import Bundle
    from services.secrets import Secret

RUNNING: Final = "running"
TWO_WAY: Final = "two-way"

_WITHOUT_OWN_CERTIFICATE = re.compile(r"serverless|shared", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as the Platform API describes it.

    Attributes:
        id, name: its id, and the name its owner gave it.
        kind: e.g. "dedicated", "byoc", "serverless".
        platform, region: e.g. "aws", "eu-west-1".
        status: "running" when it works.
        connections: how many clients are connected.
    """

    id: str
    name: str
    kind: str
    platform: str
    region: str
    status: str
    connections: int = 0

    @property
    def takes_certificates(self) -> bool:
        """Whether this kind of deployment can be given a certificate of one's own (Serverless cannot)."""
        return not _WITHOUT_OWN_CERTIFICATE.search(self.kind)


@dataclass(frozen=True, slots=True)
class TlsState:
    """A deployment's TLS as the Platform API describes it.

    Attributes:
        tls_type: "one-way" or "two-way".
        status: "running", or "pending" while a change is being made.
        expires: when the certificate ends, aware, UTC; None where that was not said.
    """

    tls_type: str
    status: str
    expires: datetime | None = None

    @property
    def is_two_way(self) -> bool:
        """Whether clients are asked for a certificate."""
        return self.tls_type == TWO_WAY


class PlatformApi:
    """The Platform API, for one deployment. Use it as an async context manager.

    Args:
        base_url: the API's base address from the console, ending in /public_api/v1.
        deployment_id: the deployment's id.
        key, secret: an API key with access to the deployment's project.
    """

    def __init__(
        self, base_url: str, deployment_id: str, key: Secret, secret: Secret, *, seconds: float = CALL_SECONDS
    ) -> None:
        auth = httpx.BasicAuth(key.reveal(), secret.reveal())
        self._caller = Caller(Api.PLATFORM, base_url, auth, seconds=seconds)
        self._path = f"/deployments/{quote(deployment_id, safe='')}"
        self._id = deployment_id

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.__aexit__(kind, error, trace)

    async def deployment(self) -> Deployment:
        """Return the deployment.

        Raises:
            ServiceError: emqx-deployment-not-found, and those of `Caller.call`.
        """
        answer = await self._caller.call("GET", self._path, refusals={404: "emqx-deployment-not-found"})
        told = decoded(Api.PLATFORM, self._caller.host, answer.body, _DeploymentAnswer)
        return Deployment(
            id=safe(told.id or self._id),
            name=safe(told.name),
            kind=safe(told.kind),
            platform=safe(told.platform),
            region=safe(told.region),
            status=safe(told.status),
            connections=told.connections,
        )

    async def tls(self) -> TlsState | None:
        """Return the deployment's TLS; None where it was never set up.

        Raises:
            ServiceError: those of `Caller.call`.
        """
        answer = await self._caller.call("GET", f"{self._path}/tls", accept=(200, 204, 404))
        if answer.status != 200 or answer.body.strip() in {b"", b"null", b"{}"}:
            return None
        return self._state(answer.body)

    async def upload(self, bundle: Bundle, *, replaces: bool, tls_type: str = TWO_WAY) -> TlsState:
        """Give the deployment `bundle`: leaf and chain in one, private key, client CA.

        Args:
            bundle: what to give.
            replaces: TLS is set up already (PUT), or not yet (POST).
            tls_type: "two-way", or "one-way" for no client certificates.

        Raises:
            ServiceError: emqx-refused-bundle, emqx-rate-limit, emqx-deployment-not-found, and those of `Caller.call`.
        """
        body = {
            "tlsType": tls_type,
            "cert": bundle.merged.decode(),
            "key": bundle.private_key.reveal(),
            "cacert": bundle.client_ca.decode(),
        }
        answer = await self._caller.call(
            "PUT" if replaces else "POST",
            f"{self._path}/tls",
            body=body,
            accept=(200, 201),
            refusals={400: "emqx-refused-bundle", 404: "emqx-deployment-not-found", 422: "emqx-refused-bundle"},
        )
        return self._state(answer.body)

    async def remove(self) -> None:
        """Take the deployment's TLS away; clients on its TLS ports are disconnected.

        Raises:
            ServiceError: emqx-deployment-not-found, emqx-rate-limit, and those of `Caller.call`.
        """
        await self._caller.call(
            "DELETE", f"{self._path}/tls", accept=(200, 204), refusals={404: "emqx-deployment-not-found"}
        )

    def _state(self, body: bytes) -> TlsState:
        told = decoded(Api.PLATFORM, self._caller.host, body, _TlsAnswer)
        if not told.tls_type or not told.status:
            raise ServiceError("emqx-answer-unreadable", variant=Api.PLATFORM, host=safe(self._caller.host))
        return TlsState(safe(told.tls_type), safe(told.status), _time(told.expire))


class _DeploymentAnswer(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="", name="deploymentID")
    name: str = msgspec.field(default="", name="deploymentName")
    kind: str = msgspec.field(default="", name="deploymentType")
    platform: str = ""
    region: str = ""
    status: str = ""
    connections: int = 0


class _TlsAnswer(msgspec.Struct, frozen=True):
    tls_type: str = msgspec.field(default="", name="tlsType")
    status: str = ""
    expire: str | None = None


def _time(told: str | None) -> datetime | None:
    """Return the API's "YYYY-MM-DD HH:MM:SS" as a time in UTC; None for anything else."""
    try:
        return datetime.strptime(told or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
