"""Self-managed EMQX 5 and 6: the TLS listener, through the management API.

Source: EMQX 5.8's OpenAPI description (paths /login, /listeners/{id}; schemas listeners.ssl_required_bind and
emqx.listener_ssl_opts) and emqx/emqx's emqx_tls_lib for the reasons of a refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

import httpx
import msgspec

from services.emqx.calls import CALL_SECONDS, Api, Caller, decoded
from services.emqx.login import log_in
from services.errors import ServiceError
from services.outside import safe

if TYPE_CHECKING:
    from types import TracebackType

    from services.emqx.bundle import Bundle
    from services.secrets import Secret

LISTENER: Final = "ssl:default"

# What the API reports of a listener and does not take back.
_REPORTED_ONLY: Final = frozenset({"running", "status", "current_connections", "node", "node_status", "number"})


@dataclass(frozen=True, slots=True)
class Listener:
    """A TLS listener's settings that matter for mutual TLS.

    Attributes:
        id: e.g. "ssl:default".
        bind: address and port, or the port alone.
        running: whether it accepts connections.
        verify_peer: whether a client's certificate is verified where it shows one.
        requires_certificate: whether a client without a certificate is refused.
    """

    id: str
    bind: str
    running: bool
    verify_peer: bool
    requires_certificate: bool

    @property
    def is_two_way(self) -> bool:
        """Whether only clients with a certificate of the right CA come in."""
        return self.verify_peer and self.requires_certificate


class SelfManagedApi:
    """The management API of a self-managed EMQX. Use it as an async context manager.

    Args:
        base_url: its base address, ending in /api/v5.
        user, secret: API key and secret key; or, with `login`, the dashboard's user name and password.
        login: log in first, and use the token that this gives.
    """

    def __init__(
        self, base_url: str, user: Secret, secret: Secret, *, login: bool = False, seconds: float = CALL_SECONDS
    ) -> None:
        self._user, self._secret, self._login = user, secret, login
        auth = None if login else httpx.BasicAuth(user.reveal(), secret.reveal())
        self._caller = Caller(Api.SELF_MANAGED, base_url, auth, seconds=seconds)

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        try:
            if self._login:
                await log_in(self._caller, self._user, self._secret)
        except BaseException:
            await self._caller.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.__aexit__(kind, error, trace)

    async def listener(self, listener_id: str = LISTENER) -> Listener:
        """Return the listener called `listener_id`.

        Raises:
            ServiceError: emqx-listener-not-found, and those of `Caller.call`.
        """
        return _listener(await self._settings(listener_id))

    async def apply(self, bundle: Bundle, listener_id: str = LISTENER) -> Listener:
        """Give the listener `bundle`, and have it let in only clients with a certificate of its client CA.

        Everything else of the listener's settings is sent back as it was read. A running listener takes the change
        without a restart.

        Raises:
            ServiceError: emqx-listener-not-found, server-files-unreadable (EMQX could not use a file), emqx-refused,
                and those of `Caller.call`.
        """
        return await self._change(listener_id, with_bundle(await self._settings(listener_id), bundle))

    async def stop_asking(self, listener_id: str = LISTENER) -> Listener:
        """Have the listener ask its clients for no certificate any more; its own certificate stays.

        Raises:
            ServiceError: as `apply`.
        """
        return await self._change(listener_id, one_way(await self._settings(listener_id)))

    async def _change(self, listener_id: str, settings: dict[str, Any]) -> Listener:
        answer = await self._caller.call(
            "PUT", _path(listener_id), body=settings, accept=(200, 400), refusals={404: "emqx-listener-not-found"}
        )
        if answer.status == 400:
            raise refused_settings(self._caller.host, listener_id, answer.body)
        return _listener(decoded(Api.SELF_MANAGED, self._caller.host, answer.body, dict[str, Any]))

    async def _settings(self, listener_id: str) -> dict[str, Any]:
        answer = await self._caller.call(
            "GET", _path(listener_id), refusals={400: "emqx-listener-not-found", 404: "emqx-listener-not-found"}
        )
        return decoded(Api.SELF_MANAGED, self._caller.host, answer.body, dict[str, Any])


def with_bundle(settings: dict[str, Any], bundle: Bundle) -> dict[str, Any]:
    """Return a listener's `settings` with `bundle` put in and two-way TLS asked for. Pure.

    A password of the key file is emptied (what is left out of the body stays): the key that is sent has none.
    """
    kept = {name: value for name, value in settings.items() if name not in _REPORTED_ONLY}
    before = settings.get("ssl_options")
    options = dict(before) if isinstance(before, dict) else {}
    kept["ssl_options"] = (options | {"password": ""} if "password" in options else options) | {
        "certfile": bundle.merged.decode(),
        "keyfile": bundle.private_key.reveal(),
        "cacertfile": bundle.client_ca.decode(),
        "verify": "verify_peer",
        "fail_if_no_peer_cert": True,
    }
    return kept


def one_way(settings: dict[str, Any]) -> dict[str, Any]:
    """Return a listener's `settings` with no client asked for a certificate. Pure."""
    kept = {name: value for name, value in settings.items() if name not in _REPORTED_ONLY}
    before = settings.get("ssl_options")
    options = before if isinstance(before, dict) else {}
    return kept | {"ssl_options": options | {"verify": "verify_none", "fail_if_no_peer_cert": False}}


_WORD = re.compile(r"[a-z_][a-z0-9_@]*")
_OPTION = re.compile(r"which_option(?:s)?\s*=>\s*(?:<<\")?\[?\s*([a-z_]+)")
_LOCKED: Final = frozenset({"encrypted_keyfile_missing_password", "bad_password_or_invalid_keyfile"})
_UNREADABLE: Final = _LOCKED | {
    "failed_to_parse_certfile",
    "failed_to_parse_keyfile",
    "not_a_private_key",
    "invalid_file_path_or_pem_string",
    "not_pem",
    "pem_check",
    "enoent",
    "eacces",
}


def refused_settings(host: str, listener_id: str, body: bytes) -> ServiceError:
    """Return the finding for a 400 of PUT /listeners/{id}, from its code and its Erlang term. Pure.

    The term reads `{bad_ssl_config,#{reason => …,which_option => …}}`; a PEM that it quotes is never shown.
    """
    try:
        answer = msgspec.json.decode(body, type=_Refusal)
    except msgspec.MsgspecError:
        answer = _Refusal()
    if answer.code == "BAD_LISTENER_ID":
        return ServiceError(
            "emqx-listener-not-found", variant=Api.SELF_MANAGED, host=safe(host), listener=safe(listener_id)
        )
    term = answer.message if isinstance(answer.message, str) else msgspec.json.encode(answer.message).decode()
    words = set(_WORD.findall(term))
    reason = next(iter(sorted(_UNREADABLE & words - {"pem_check"} or _UNREADABLE & words)), "")
    if not reason:
        details = "" if "-----BEGIN" in term else safe(term, limit=300)
        return ServiceError("emqx-refused", variant=Api.SELF_MANAGED, details=details, host=safe(host), status=400)
    option = found[1] if (found := _OPTION.search(term)) else _option_of(reason)
    variant = "locked" if reason in _LOCKED else "emqx"
    return ServiceError("server-files-unreadable", variant=variant, details=reason, option=option, reason=reason)


def _option_of(reason: str) -> str:
    """Return the setting that `reason` itself names, where the term names none."""
    return "certfile" if "certfile" in reason else "keyfile" if "key" in reason else "ssl_options"


class _Refusal(msgspec.Struct, frozen=True):
    code: str = ""
    message: Any = ""


def _path(listener_id: str) -> str:
    return f"/listeners/{quote(listener_id, safe='')}"


def _listener(settings: dict[str, Any]) -> Listener:
    options = settings.get("ssl_options")
    options = options if isinstance(options, dict) else {}
    return Listener(
        id=safe(str(settings.get("id", ""))),
        bind=safe(str(settings.get("bind", ""))),
        running=bool(settings.get("running", True)),
        verify_peer=options.get("verify") == "verify_peer",
        requires_certificate=options.get("fail_if_no_peer_cert") is True,
    )
