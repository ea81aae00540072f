"""EMQX Cloud's Platform API, as far as a deployment and its TLS certificate go.

Sources: docs.emqx.com/en/cloud/latest, pages api/deployment_manage and api/tls_certificate. They give the calls, the
fields, the limits and the status codes. What they do not give is decided here: error bodies have the Deployment API's
shape; a certificate is made by POST only where there is none (422) and changed by PUT only where there is one (404),
which is also what GET and DELETE answer then; Serverless, which has no TLS certificates of its own, refuses with 403.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from flask import Blueprint, Response, request

from services.practice.deployment import RejectedTlsError, TlsBundle
from services.practice.emqx.http import ApiError, ApiKey, JsonObject, json_body
from services.practice.emqx.limits import CallLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.practice.deployment import PracticeDeployment
    from services.practice.faults import Faults

DeploymentType = Literal["dedicated", "serverless"]

BASE_PATH = "/public_api/v1"
READ_LIMIT = 60
WRITE_LIMIT = 6
_PENDING_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class KeptPlatform:
    """What of it outlives its process: the certificate's type and end (both None without one), the calls counted."""

    tls_type: str | None
    expires: datetime | None
    calls: dict[str, tuple[datetime, ...]]


@dataclass(frozen=True, slots=True)
class _Certificate:
    bundle_type: str
    expires: datetime
    settled_at: float = 0.0  # in time.monotonic()'s terms


class PlatformApi:
    """The calls on one deployment.

    Args:
        faults: emqx-rate-limit refuses each change with 429; emqx-pending keeps a certificate from getting `running`.
        deployment: takes the certificates. It shows a new one at once: only the state here is late.
        deployment_id: the only one that exists.
        deployment_type: dedicated or serverless.
        key: the API key that may do everything.
        foreign_key: an API key of another project, which may do nothing here (403).
        clock: gives the time, aware, UTC, for the limits.
        kept: what an earlier world had; None for a new one.
    """

    def __init__(
        self,
        faults: Faults,
        deployment: PracticeDeployment,
        deployment_id: str,
        deployment_type: DeploymentType,
        *,
        key: ApiKey,
        foreign_key: ApiKey,
        clock: Callable[[], datetime],
        kept: KeptPlatform | None = None,
    ) -> None:
        self._faults = faults
        self._deployment = deployment
        self._id = deployment_id
        self._type = deployment_type
        self._key = key
        self._foreign_key = foreign_key
        self._created_at = clock()
        self._limits = CallLimits(clock, kept.calls) if kept else CallLimits(clock)
        self._lock = threading.Lock()
        self._certificate: _Certificate | None = None
        if kept and kept.tls_type and kept.expires:
            self._certificate = _Certificate(kept.tls_type, kept.expires)

    def keep(self) -> KeptPlatform:
        """What there is now, for a later world."""
        with self._lock:
            found = self._certificate
        calls = {name: moments for name, moments in self._limits.calls().items() if not name.startswith("GET")}
        return KeptPlatform(found.bundle_type if found else None, found.expires if found else None, calls)

    def blueprint(self) -> Blueprint:
        """The routes, below `BASE_PATH`."""
        routes = Blueprint("platform", __name__, url_prefix=BASE_PATH)
        routes.add_url_rule("/deployments/<identifier>", view_func=self._show_deployment, methods=["GET"])
        routes.add_url_rule("/deployments/<identifier>/tls", view_func=self._show_tls, methods=["GET"])
        routes.add_url_rule("/deployments/<identifier>/tls", view_func=self._put_tls, methods=["POST", "PUT"])
        routes.add_url_rule("/deployments/<identifier>/tls", view_func=self._delete_tls, methods=["DELETE"])
        return routes

    def _show_deployment(self, identifier: str) -> JsonObject:
        self._check(identifier, "deployment")
        return {
            "connections": 1000,
            "createAt": f"{self._created_at:%Y-%m-%d %H:%M}",
            "deploymentID": self._id,
            "deploymentName": f"deployment-{self._id}",
            "deploymentType": self._type,
            "platform": "AWS",
            "region": "N. Virginia",
            "status": "running",
        }

    def _show_tls(self, identifier: str) -> JsonObject:
        self._check(identifier, "tls")
        with self._lock:
            return self._state(self._existing())

    def _put_tls(self, identifier: str) -> JsonObject:
        self._check(identifier, "tls")
        bundle = _bundle(json_body())
        with self._lock:
            if request.method == "PUT":
                self._existing()
            elif self._certificate is not None:
                raise ApiError(422, "UNPROCESSABLE_ENTITY", "Wrong properties: the deployment has a TLS certificate")
            try:
                self._deployment.set_tls(bundle)
            except RejectedTlsError as error:
                raise ApiError(422, "UNPROCESSABLE_ENTITY", f"Wrong properties: {error.field} {error}") from error
            expires = bundle.settings().identity.leaf.not_valid_after_utc
            self._certificate = _Certificate(bundle.type, expires, time.monotonic() + _PENDING_SECONDS)
            return self._state(self._certificate)

    def _delete_tls(self, identifier: str) -> Response:
        self._check(identifier, "tls")
        with self._lock:
            self._existing()
            self._deployment.clear_tls()
            self._certificate = None
        return Response(status=204)

    def _existing(self) -> _Certificate:
        if self._certificate is None:
            raise ApiError(404, "NOT_FOUND", "TLS certificate not found")
        return self._certificate

    def _state(self, certificate: _Certificate) -> JsonObject:
        pending = time.monotonic() < certificate.settled_at or "emqx-pending" in self._faults
        return {
            "expire": f"{certificate.expires:%Y-%m-%d %H:%M:%S}",
            "status": "pending" if pending else "running",
            "tlsType": certificate.bundle_type,
        }

    def _check(self, identifier: str, subject: Literal["deployment", "tls"]) -> None:
        """Everything that is the same for each call: the key, the limit, the deployment, its type.

        Raises:
            ApiError: 401, 429, 403 or 404.
        """
        foreign = self._foreign_key.matches_request()
        if not foreign and not self._key.matches_request():
            raise ApiError(401, "UNAUTHORIZED", "API Key authentication failed")
        writes = request.method != "GET"
        limited = writes and "emqx-rate-limit" in self._faults
        if limited or not self._limits.allow(f"{request.method} {subject}", WRITE_LIMIT if writes else READ_LIMIT):
            raise ApiError(429, "TOO_MANY_REQUESTS", "Request exceeds the limit")
        if foreign:
            raise ApiError(403, "FORBIDDEN", "API Key no access")
        if identifier != self._id:
            raise ApiError(404, "NOT_FOUND", "Deployment not found")
        if subject == "tls" and self._type == "serverless":
            raise ApiError(403, "FORBIDDEN", "API Key no access: Serverless deployments have no TLS certificates")


def _bundle(body: JsonObject) -> TlsBundle:
    texts = {name: body.get(name, "") for name in ("tlsType", "cert", "key", "cacert")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ApiError(422, "UNPROCESSABLE_ENTITY", f"Wrong properties: {name} must be a string")
    kind = texts["tlsType"]
    if kind not in ("one-way", "two-way"):
        raise ApiError(422, "UNPROCESSABLE_ENTITY", "Wrong properties: tlsType must be one-way or two-way")
    return TlsBundle(
        "two-way" if kind == "two-way" else "one-way",
        str(texts["cert"]),
        str(texts["key"]),
        cacert_pem=str(texts["cacert"]),
    )
