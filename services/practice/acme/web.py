"""The server's HTTP side: what every ACME answer has in common (RFC 8555 section 6)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from services.practice.acme.jws import Nonces, Signed, open_request
from services.practice.acme.model import Account, Json
from services.practice.acme.problems import AcmeError, Problem, problem, refuse
from services.practice.journal import RequestRecord

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIEnvironment

    from services.practice.acme.accounts import Accounts
    from services.practice.journal import Journal

_JOSE = "application/jose+json"
_MAX_BODY = 100_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a resource answers.

    Attributes:
        body: a JSON object, or text or bytes with their own content type.
        status: the HTTP status.
        headers: further ones, in order; `Link` may come several times.
    """

    body: Json | str | bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request, for the resource that it is for.

    Attributes:
        url: where it was sent to, without a query.
        signed: the verified JWS of a POST; None for GET and HEAD.
        account: whose key signed it; None where the request carried its own key.
        address: the client's IP address.
        arguments: what the path held in its places.
    """

    method: str
    url: str
    address: str
    signed: Signed | None = None
    account: Account | None = None
    arguments: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The signed bytes; empty for POST-as-GET."""
        return self.signed.payload if self.signed else b""

    @property
    def owner(self) -> Account:
        """The account that asks.

        Raises:
            AcmeError: the request carried its own key.
        """
        if self.account is None:
            raise refuse("malformed", "Unable to validate JWS :: No Key ID in JWS header")
        return self.account

    def number(self, name: str) -> int:
        """The number in the path's place `name`."""
        return int(self.arguments[name])


@dataclass(frozen=True, slots=True)
class Route:
    """A path, and what answers there to signed (POST) or to plain (GET, HEAD) requests."""

    path: str
    resource: Callable[[Call], Reply]
    signed: bool = True


class AcmeWeb:
    """A WSGI application: finds the resource, opens the JWS, adds nonce and links, keeps the journal."""

    def __init__(
        self,
        base: str,
        routes: Iterable[Route],
        *,
        accounts: Accounts,
        journal: Journal,
        clock: Callable[[], datetime],
    ) -> None:
        self._base = base
        self._accounts = accounts
        self._nonces = Nonces()
        self._journal = journal
        self._clock = clock
        self._map = Map(
            [Rule(route.path, endpoint=route, methods=["POST"] if route.signed else ["GET"]) for route in routes],
            strict_slashes=False,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = Request(environ)
        arrived = self._clock()
        changes = False
        try:
            route, arguments = self._map.bind_to_environ(environ).match(return_rule=False)
            call = self._call(request, cast("Route", route), arguments)
            changes = bool(call.payload)
            response = self._response(cast("Route", route).resource(call))
        except AcmeError as error:
            response = self._response(_refusal(error.problem))
        except MethodNotAllowed:
            response = self._response(_refusal(problem("malformed", "Method not allowed", 405)))
        except HTTPException:
            response = self._response(_refusal(problem("malformed", "Page not found", 404)))
        self._journal.append(
            RequestRecord("acme", request.method, request.path, changes, response.status_code, arrived)
        )
        return response(environ, start_response)

    def _call(self, request: Request, route: Route, arguments: Mapping[str, int | str]) -> Call:
        address = request.remote_addr or ""
        if not route.signed:
            return Call(request.method, request.base_url, address, arguments=arguments)
        if request.mimetype != _JOSE:
            detail = f'Invalid Content-Type header on POST. Content-Type must be "{_JOSE}"'
            raise refuse("malformed", f"Unable to validate JWS :: {detail}", 415)
        if (request.content_length or 0) > _MAX_BODY:
            raise refuse("malformed", "Unable to validate JWS :: request body too large", 413)
        signed = open_request(
            request.get_data(), request.base_url, lambda kid: self._accounts.with_url(kid).key, self._nonces
        )
        account = self._accounts.with_url(signed.kid) if signed.kid else None
        return Call(request.method, request.base_url, address, signed, account, arguments)

    def _response(self, reply: Reply) -> Response:
        body = json.dumps(reply.body, indent=2) if isinstance(reply.body, dict) else reply.body
        response = Response(body, reply.status, content_type=reply.content_type)
        response.headers["Cache-Control"] = "public, max-age=0, no-cache, no-store"
        response.headers["Replay-Nonce"] = self._nonces.issue()
        response.headers.add("Link", f'<{self._base}/directory>;rel="index"')
        for name, value in reply.headers:
            response.headers.add(name, value)
        return response


def _refusal(told: Problem) -> Reply:
    headers: list[tuple[str, str]] = []
    if told.retry_after is not None:
        headers.append(("Retry-After", str(math.ceil(told.retry_after.total_seconds()))))
    if told.help_url is not None:
        headers.append(("Link", f'<{told.help_url}>;rel="help"'))
    if told.location is not None:
        headers.append(("Location", told.location))
    return Reply(cast("Json", told.document()), told.status, "application/problem+json", tuple(headers))
