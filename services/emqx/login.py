"""Logging in to self-managed EMQX with the dashboard's user name and password: POST /login gives a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import msgspec

from services.emqx.calls import Caller, decoded

if TYPE_CHECKING:
    from collections.abc import Generator

    from services.secrets import Secret


async def log_in(caller: Caller, user: Secret, secret: Secret) -> None:
    """Log in, and have `caller` send the token from now on.

    Raises:
        ServiceError: those of `Caller.call`.
    """
    answer = await caller.call("POST", "/login", body={"username": user.reveal(), "password": secret.reveal()})
    caller.authenticate(_Bearer(decoded(caller.api, caller.host, answer.body, _Token).token))


class _Token(msgspec.Struct, frozen=True):
    token: str


class _Bearer(httpx.Auth):
    """Sends a login's token."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request
