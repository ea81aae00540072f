"""What the EMQX APIs share: JSON errors, Basic authentication, paging, and the record of each request."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from services.practice.journal import RequestRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from services.practice.journal import Journal

JsonObject = dict[str, object]
T = TypeVar("T")

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_LIMIT = 100
_LARGEST_LIMIT = 10_000


class ApiError(Exception):
    """An answer that is an error: `{"code": …, "message": …}`."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self) -> Response:
        """The HTTP response."""
        answer = jsonify({"code": self.code, "message": self.message})
        answer.status_code = self.status
        answer.headers.update(self.headers)
        return answer


@dataclass(frozen=True, slots=True, repr=False)
class ApiKey:
    """An API key with its secret."""

    key: str
    secret: str

    def matches_request(self) -> bool:
        """Whether the current request carries it (Basic authentication, RFC 7617)."""
        given = request.authorization
        if given is None or given.type != "basic":
            return False
        return self.is_same(ApiKey(given.username or "", given.password or ""))

    def is_same(self, other: ApiKey) -> bool:
        """Whether both parts are equal, in a time that does not tell how much of them is."""
        key = hmac.compare_digest(self.key.encode(), other.key.encode())
        return key & hmac.compare_digest(self.secret.encode(), other.secret.encode())


def new_app(name: str, journal: Journal, clock: Callable[[], datetime]) -> Flask:
    """A Flask application that answers errors in EMQX's shape and records each request in `journal`."""
    app = Flask(name, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined] # of the default provider, which this is
    app.register_error_handler(ApiError, lambda error: error.response())
    app.register_error_handler(HTTPException, _http_error)

    @app.after_request
    def _record(response: Response) -> Response:
        writes = request.method not in _READING and not request.path.endswith("/login")
        journal.append(
            RequestRecord("emqx", request.method, request.path, write=writes, status=response.status_code, at=clock())
        )
        return response

    return app


def _http_error(error: HTTPException) -> Response:
    code = error.name.upper().replace(" ", "_")
    return ApiError(error.code or 500, code, error.description or error.name).response()


def json_body() -> JsonObject:
    """The request's body.

    Raises:
        ApiError: 400, it is no JSON object.
    """
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ApiError(400, "BAD_REQUEST", "Invalid json message received")
    return body


def paged(rows: Sequence[T], show: Callable[[T], JsonObject]) -> JsonObject:
    """The page of `rows` that the request asks for, each as `show` has it, with EMQX's `meta`.

    The Deployment API's pages of documentation write `_page` and `_limit`, EMQX's own description `page` and `limit`.

    Raises:
        ApiError: 400, a number is out of its range.
    """
    page = _number(("page", "_page"), 1, None)
    limit = _number(("limit", "_limit"), _DEFAULT_LIMIT, _LARGEST_LIMIT)
    shown = rows[(page - 1) * limit : page * limit]
    meta = {"page": page, "limit": limit, "count": len(rows), "hasnext": page * limit < len(rows)}
    return {"data": [show(row) for row in shown], "meta": meta}


def _number(names: tuple[str, ...], default: int, largest: int | None) -> int:
    text = next((request.args[name] for name in names if name in request.args), str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= (largest or int(text)):
        raise ApiError(400, "BAD_REQUEST", f"{names[0]}: out of range")
    return int(text)


def wanted_bool(name: str) -> bool | None:
    """A query parameter that is true or false; None where it is not there.

    Raises:
        ApiError: 400, it is neither.
    """
    text = request.args.get(name)
    if text not in (None, "true", "false"):
        raise ApiError(400, "BAD_REQUEST", f"{name}: must be true or false")
    return None if text is None else text == "true"
