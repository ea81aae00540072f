"""HTTP calls to EMQX's APIs: every call has a deadline, and every refusal becomes a finding, once, here.

Credentials go into the Authorization header and nowhere else. Over plain http they are sent to this machine only;
self-managed EMQX alone is spoken to over plain http elsewhere too, because its dashboard listens so by default, and
then the step says so first (`services.emqx.exposure`).
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx
import msgspec

from services.emqx.exposure import Exposure, exposure
from services.errors import ServiceError
from services.loopback import is_loopback
from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

T = TypeVar("T")

CALL_SECONDS: Final = 20.0
_LARGEST_ANSWER: Final = 4_000_000  # bytes; a page of a hundred clients has about 150 000
_DETAILS_LIMIT: Final = 300

_COMMON_REFUSALS: Final[Mapping[int, str]] = {
    401: "emqx-bad-credentials",
    403: "emqx-forbidden",
    404: "emqx-not-found",
    429: "emqx-rate-limit",
}


class Api(StrEnum):
    """Which of EMQX's APIs is spoken to; also the variant that chooses a finding's words."""

    PLATFORM = "platform"
    DEPLOYMENT = "deployment"
    SELF_MANAGED = "self-managed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API answered.

    Attributes:
        status: the HTTP status.
        body: the body's bytes.
        retry_after: seconds to wait before the next try, where the API said so.
    """

    status: int
    body: bytes
    retry_after: float | None = None


class Caller:
    """Calls one API under `base_url`. Use it as an async context manager.

    Args:
        api: which API it is.
        base_url: the API's base address, e.g. ending in /public_api/v1.
        auth: how the calls are authenticated; None where they need not be.
        seconds: the deadline of one call, from connecting to the last byte.

    Raises:
        ServiceError: emqx-api-address where `base_url` is no http(s) address; emqx-api-insecure where credentials would
            cross a network in the clear.
    """

    def __init__(self, api: Api, base_url: str, auth: httpx.Auth | None, *, seconds: float = CALL_SECONDS) -> None:
        url = _checked(api, base_url)
        self.api = api
        self.host = url.host
        self._base = base_url.rstrip("/")
        self._seconds = seconds
        # A proxy of the environment is for the way out; a call to this machine never leaves it.
        self._http = httpx.AsyncClient(auth=auth, verify=_trust(), timeout=seconds, trust_env=not is_loopback(base_url))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def authenticate(self, auth: httpx.Auth) -> None:
        """Authenticate the calls from now on with `auth`."""
        self._http.auth = auth

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        refusals: Mapping[int, str] | None = None,
    ) -> Answer:
        """Call `path` and return the answer where its status is one of `accept`.

        Args:
            method: the HTTP method.
            path: what follows the base address; begins with "/", already percent-encoded.
            body: sent as JSON; None for no body.
            query: the query's fields.
            accept: the statuses that are no refusal.
            refusals: the finding that a status stands for in this call, before the common ones.

        Raises:
            ServiceError: emqx-bad-credentials, emqx-forbidden, emqx-not-found, emqx-rate-limit (with `retry_after`),
                emqx-unavailable, emqx-refused, or one of `refusals`; connection-refused, connection-timeout,
                connection-reset, name-not-found, emqx-api-untrusted where the API was not reached.
        """
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._answer(method, path, body, query)
        except TimeoutError as error:
            raise self._unreached("connection-timeout") from error
        except httpx.HTTPError as error:
            raise self._transport_finding(error) from error
        if answer.status in accept:
            return answer
        raise refusal(self.api, self.host, answer, refusals or {})

    async def _answer(self, method: str, path: str, body: object, query: Mapping[str, str] | None) -> Answer:
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if content else {})
        url = self._base + path
        async with self._http.stream(method, url, content=content, params=query, headers=headers) as response:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > _LARGEST_ANSWER:
                    raise ServiceError("emqx-answer-unreadable", variant=self.api, host=self.host)
            return Answer(response.status_code, bytes(received), _seconds(response.headers.get("Retry-After")))

    def _transport_finding(self, error: httpx.HTTPError) -> ServiceError:
        """Return the finding for a call that brought no answer."""
        causes = list(_causes(error))
        if isinstance(error, httpx.TimeoutException):
            return self._unreached("connection-timeout")
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return self._unreached("emqx-api-untrusted", details=safe(str(causes[-1]), limit=_DETAILS_LIMIT))
        if any(isinstance(cause, OSError) and type(cause).__name__ == "gaierror" for cause in causes):
            return self._unreached("name-not-found")
        if isinstance(error, httpx.ConnectError):
            return self._unreached("connection-refused", details=safe(str(error), limit=_DETAILS_LIMIT))
        return self._unreached("connection-reset", details=safe(str(error), limit=_DETAILS_LIMIT))

    def _unreached(self, finding: str, *, details: str = "") -> ServiceError:
        return ServiceError(finding, variant="api", details=details, host=safe(self.host), port=self._port)

    @property
    def _port(self) -> int:
        url = httpx.URL(self._base)
        return url.port or (443 if url.scheme == "https" else 80)


def decoded(api: Api, host: str, body: bytes, kind: type[T]) -> T:
    """Return the JSON `body` as `kind`.

    Raises:
        ServiceError: emqx-answer-unreadable.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise ServiceError("emqx-answer-unreadable", variant=api, host=safe(host), details=safe(str(error))) from error


def refusal(api: Api, host: str, answer: Answer, refusals: Mapping[int, str]) -> ServiceError:
    """Return the finding that a refused call stands for. Pure."""
    status = answer.status
    finding = refusals.get(status) or _COMMON_REFUSALS.get(status)
    if finding is None:
        finding = "emqx-unavailable" if status >= 500 else "emqx-refused"
    details = said(answer.body)
    if finding == "emqx-rate-limit":
        wait = answer.retry_after if answer.retry_after is not None else 3600.0
        return ServiceError(finding, variant=api, details=details, host=safe(host), minutes=max(1, -int(-wait // 60)))
    return ServiceError(finding, variant=api, details=details, host=safe(host), status=status)


def said(body: bytes) -> str:
    """Return the code and message of an API's error answer, safe for display; empty where it has none.

    Nothing else of the body is taken: an API may echo what it was sent, a private key included.
    """
    try:
        answer = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return ""
    if not isinstance(answer, dict):
        return ""
    words = [
        str(answer[name]) for name in ("code", "reason", "message", "msg") if isinstance(answer.get(name), str | int)
    ]
    line = safe(" ".join(words), limit=_DETAILS_LIMIT)
    return "" if "PRIVATE KEY" in line else line


@cache
def _trust() -> ssl.SSLContext:
    """Return what an API's certificate is judged by, read once: it takes 40 ms, and a run opens several APIs."""
    return httpx.create_ssl_context()


def _checked(api: Api, base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ServiceError("emqx-api-address", variant=api, address=safe(base_url)) from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ServiceError("emqx-api-address", variant=api, address=safe(url.host or base_url.rpartition("@")[2]))
    if api is not Api.SELF_MANAGED and exposure(base_url) in {Exposure.PRIVATE, Exposure.OPEN}:
        raise ServiceError("emqx-api-insecure", variant=api, address=safe(base_url))
    return url


def _seconds(header: str | None) -> float | None:
    """Return a Retry-After header's seconds; a date in it is not used by these APIs."""
    try:
        wait = float(header or "")
    except ValueError:
        return None
    return wait if 0 <= wait < 1e6 else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
