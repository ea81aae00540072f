"""Who may call EMQX's own API: an API key, or a bearer token from `/login`.

The codes and texts are those of emqx/emqx, `emqx_dashboard.erl` and `emqx_dashboard_api.erl`.
"""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from flask import request

from services.practice.emqx.http import ApiError, ApiKey, JsonObject, json_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_REALM = {"WWW-Authenticate": 'Basic Realm="emqx-dashboard"'}
_TOKEN_LIFETIME = timedelta(minutes=60)


def _unauthorized(code: str, message: str) -> NoReturn:
    raise ApiError(401, code, message, _REALM)


def by_api_key(key: ApiKey) -> None:
    """Let requests with this key pass.

    Raises:
        ApiError: 401.
    """
    if request.authorization is None:
        _unauthorized("AUTHORIZATION_HEADER_ERROR", "Missing authorization header.")
    if not key.matches_request():
        _unauthorized("BAD_API_KEY_OR_SECRET", "Check api_key/api_secret")


class Logins:
    """Bearer tokens for one dashboard user, beside an API key.

    Args:
        username: the dashboard user.
        password: its password.
        key: the API key.
        clock: gives the time, aware; a token lasts an hour.
    """

    def __init__(self, username: str, password: str, key: ApiKey, clock: Callable[[], datetime]) -> None:
        self._user = ApiKey(username, password)
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}

    def login(self, version: str) -> JsonObject:
        """Answer `POST /login`.

        Raises:
            ApiError: 401.
        """
        body = json_body()
        given = ApiKey(str(body.get("username", "")), str(body.get("password", "")))
        if not self._user.is_same(given):
            raise ApiError(401, "BAD_USERNAME_OR_PWD", "Auth failed")
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = self._clock() + _TOKEN_LIFETIME
        return {"license": {"edition": "enterprise"}, "role": "administrator", "token": token, "version": version}

    def authorize(self) -> None:
        """Let requests with the API key or a valid token pass.

        Raises:
            ApiError: 401.
        """
        given = request.authorization
        if given is None or given.type != "bearer":
            by_api_key(self._key)
            return
        with self._lock:
            until = self._tokens.get(given.token or "")
        if until is None:
            raise ApiError(401, "BAD_TOKEN", "Invalid bearer token.")
        if until <= self._clock():
            raise ApiError(401, "TOKEN_TIME_OUT", "Token expired.")
