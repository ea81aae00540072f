"""A deployment's own API, version 5: its MQTT users, its clients, and publishing without a client.

Source: EMQX 5.8's OpenAPI description (paths /authentication/{id}/users, /clients, /publish).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import httpx
import msgspec

from services.emqx.calls import CALL_SECONDS, Api, Caller, decoded
from services.emqx.login import log_in
from services.outside import safe

if TYPE_CHECKING:
    from types import TracebackType

    from services.secrets import Secret

_USERS: Final = "/authentication/password_based%3Abuilt_in_database/users"
_NO_DATABASE: Final = {404: "emqx-user-database-missing"}


class UserOutcome(StrEnum):
    """What became of a user that was asked for."""

    CREATED = "created"
    EXISTS = "exists"  # it is there; whether its password is ours is not known
    CHANGED = "changed"  # it was there, and has the new password now


@dataclass(frozen=True, slots=True)
class ConnectedClient:
    """A client as the broker sees it.

    Attributes:
        client_id, username: what it gave in CONNECT.
        listener: e.g. "ssl:default".
        common_name, distinguished_name: of the certificate it showed; empty without one.
        server_name: the name it asked for in TLS (SNI); empty without one.
        connected: whether it is connected now.
    """

    client_id: str
    username: str
    listener: str
    common_name: str
    distinguished_name: str
    server_name: str
    connected: bool


class DeploymentApi:
    """The API of one deployment. Use it as an async context manager.

    Args:
        base_url: its base address from the console, ending in /api/v5.
        key, secret: App ID and App Secret; of self-managed EMQX, API key and secret key or, with `login`, the
            dashboard's user name and password.
        api: DEPLOYMENT for EMQX Cloud's; SELF_MANAGED.
        login: log in first, and use the token that this gives.
    """

    def __init__(
        self,
        base_url: str,
        key: Secret,
        secret: Secret,
        *,
        api: Api = Api.DEPLOYMENT,
        login: bool = False,
        seconds: float = CALL_SECONDS,
    ) -> None:
        self._login = (key, secret) if login else None
        auth = None if login else httpx.BasicAuth(key.reveal(), secret.reveal())
        self._caller = Caller(api, base_url, auth, seconds=seconds)

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        try:
            if self._login:
                await log_in(self._caller, *self._login)
        except BaseException:
            await self._caller.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.__aexit__(kind, error, trace)

    async def create_user(self, name: str, password: Secret, *, reset: bool = False) -> UserOutcome:
        """See to it that the built-in database has a user called `name`.

        Args:
            name: the user name.
            password: its password, where it is new (or `reset`).
            reset: give an existing user this password; without it an existing user stays as it is.

        Raises:
            ServiceError: emqx-user-database-missing, emqx-refused, and those of `Caller.call`.
        """
        body = {"user_id": name, "password": password.reveal()}
        answer = await self._caller.call("POST", _USERS, body=body, accept=(200, 201, 409), refusals=_NO_DATABASE)
        if answer.status != 409:
            return UserOutcome.CREATED
        if not reset:
            return UserOutcome.EXISTS
        await self._caller.call(
            "PUT", f"{_USERS}/{quote(name, safe='')}", body={"password": password.reveal()}, refusals=_NO_DATABASE
        )
        return UserOutcome.CHANGED

    async def has_user(self, name: str) -> bool:
        """Tell whether the built-in database has a user called `name`.

        Raises:
            ServiceError: those of `Caller.call`.
        """
        answer = await self._caller.call("GET", f"{_USERS}/{quote(name, safe='')}", accept=(200, 404))
        return answer.status == 200

    async def remove_user(self, name: str) -> bool:
        """Take the user called `name` out of the built-in database; False where it was not there.

        Raises:
            ServiceError: those of `Caller.call`.
        """
        answer = await self._caller.call("DELETE", f"{_USERS}/{quote(name, safe='')}", accept=(200, 204, 404))
        return answer.status != 404

    async def clients(
        self, *, client_id: str | None = None, username: str | None = None
    ) -> tuple[ConnectedClient, ...]:
        """Return the first hundred clients that match.

        Raises:
            ServiceError: those of `Caller.call`.
        """
        wanted = {"clientid": client_id, "username": username}
        query = {name: value for name, value in wanted.items() if value is not None} | {"limit": "100"}
        answer = await self._caller.call("GET", "/clients", query=query)
        page = decoded(self._caller.api, self._caller.host, answer.body, _Page)
        return tuple(_client(row) for row in page.data)

    async def publish(self, topic: str, payload: str, *, qos: int = 0) -> bool:
        """Publish `payload`; return whether any client subscribes to `topic`.

        Raises:
            ServiceError: emqx-refused, and those of `Caller.call`.
        """
        body = {"topic": topic, "payload": payload, "payload_encoding": "plain", "qos": qos, "retain": False}
        answer = await self._caller.call("POST", "/publish", body=body, accept=(200, 202))
        return answer.status == 200


class _Row(msgspec.Struct, frozen=True):
    clientid: str = ""
    username: str | None = None
    listener: str | None = None
    cn: str | None = None
    dn: str | None = None
    peersni: str | None = None
    connected: bool = False


class _Page(msgspec.Struct, frozen=True):
    data: tuple[_Row, ...] = ()


def _client(row: _Row) -> ConnectedClient:
    return ConnectedClient(
        client_id=safe(row.clientid),
        username=safe(row.username or ""),
        listener=safe(row.listener or ""),
        common_name=safe(row.cn or ""),
        distinguished_name=safe(row.dn or ""),
        server_name=safe(row.peersni or ""),
        connected=row.connected,
    )
