"""A self-managed EMQX 5 or 6: `/api/v5/login`, the listeners API, and the rest of the API v5, on a port of its own.

Sources: EMQX 5.8's OpenAPI description; emqx/emqx, emqx_mgmt_api_listeners.erl and emqx_dashboard.erl.
"""

from __future__ import annotations

import copy
import secrets
import threading
from typing import TYPE_CHECKING

from flask import Blueprint

from services.practice.deployment.deployment import PLAIN_LISTENER, TLS_LISTENER, utc_now
from services.practice.emqx import ssl_options
from services.practice.emqx.authorization import Logins
from services.practice.emqx.client_rows import NODE
from services.practice.emqx.deployment_api import BASE_PATH, VERSION, DeploymentApi
from services.practice.emqx.http import ApiError, ApiKey, JsonObject, json_body, new_app
from services.practice.part import ServerPart
from services.practice.serving import WsgiServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.practice.deployment import PracticeDeployment
    from services.practice.journal import Journal

_ASKED_LIVE = ("running", "current_connections")


class Listeners:
    """The TLS listener `ssl:default`, which can be changed, and the plain one, which can be looked at.

    Args:
        deployment: has the ports.
    """

    def __init__(self, deployment: PracticeDeployment) -> None:
        self._deployment = deployment
        self._default = deployment.listener_tls().identity
        self._lock = threading.Lock()
        self._stored: dict[str, str] = {}
        self._configs = {
            TLS_LISTENER: _config("ssl", deployment.port) | {"ssl_options": _default_ssl_options()},
            PLAIN_LISTENER: _config("tcp", deployment.plain_port),
        }

    def show(self, identifier: str) -> JsonObject:
        """The listener's configuration and state.

        Raises:
            ApiError: 404.
        """
        with self._lock:
            config = self._configs.get(identifier)
            if config is None:
                raise ApiError(404, "BAD_LISTENER_ID", "Listener id not found")
            kind = identifier.partition(":")[0]
            return {"id": identifier, "type": kind, **copy.deepcopy(config), **self._state(identifier)}

    def list(self) -> list[JsonObject]:
        """All listeners, shortly."""
        return [self._summary(identifier) for identifier in self._configs]

    def change(self, identifier: str, body: JsonObject) -> JsonObject:
        """Merge `body` into the listener's configuration, and show it.

        Raises:
            ApiError: 400 or 404.
        """
        _check_identity(identifier, body)
        if identifier not in self._configs:
            raise ApiError(404, "BAD_LISTENER_ID", "Listener id not found")
        changes = {name: value for name, value in body.items() if name not in ("id", "type", *_ASKED_LIVE)}
        with self._lock:
            merged = _deep_merge(self._configs[identifier], changes)
            options = merged.get("ssl_options")
            if isinstance(options, dict):
                self._apply(options)
            self._configs[identifier] = merged
        return self.show(identifier)

    def _apply(self, options: JsonObject) -> None:
        try:
            inline = ssl_options.check(options, self._stored)
        except ssl_options.BadSslConfigError as error:
            raise ApiError(400, "BAD_REQUEST", str(error)) from error
        stored = {each.path: each.text for each in inline}
        paths = {each.text: each.path for each in inline}
        for option in ssl_options.FILE_OPTIONS:
            if option in options:
                options[option] = paths.get(str(options[option]), options[option])
        self._stored |= stored
        self._deployment.set_listener(ssl_options.listener_tls(options, self._stored, self._default))

    def _state(self, identifier: str) -> JsonObject:
        connected = sum(client.connected and client.listener == identifier for client in self._deployment.clients())
        return {"running": True, "current_connections": connected}

    def _summary(self, identifier: str) -> JsonObject:
        shown = self.show(identifier)
        status = {
            "running": shown["running"],
            "max_connections": shown["max_connections"],
            "current_connections": shown["current_connections"],
        }
        return {
            "id": identifier,
            "type": shown["type"],
            "name": identifier.partition(":")[2],
            "enable": shown["enable"],
            "number": 1,
            "bind": shown["bind"],
            "acceptors": shown["acceptors"],
            "status": status,
            "node_status": [{"node": NODE, "status": status}],
        }


class SelfManagedEmqx(ServerPart):
    """The HTTP API of a self-managed EMQX that has the deployment's ports.

    Args:
        journal: gets a record for each request.
        deployment: steered by it; its own API may be used beside, but knows nothing of the certificates set here.
        clock: gives the time, aware, UTC.
        port: 0 for a free one.

    Raises:
        OSError: the port is taken.
    """

    name = "emqx"

    def __init__(
        self,
        journal: Journal,
        deployment: PracticeDeployment,
        *,
        clock: Callable[[], datetime] = utc_now,
        port: int = 0,
    ) -> None:
        self._journal = journal
        self.username = "admin"
        self.password = secrets.token_urlsafe(12)
        self.api_key = secrets.token_hex(8)
        self.api_secret = secrets.token_urlsafe(24)
        self._listeners = Listeners(deployment)
        self._logins = Logins(self.username, self.password, ApiKey(self.api_key, self.api_secret), clock)
        app = new_app("practice self-managed EMQX", journal, clock)
        app.register_blueprint(DeploymentApi(deployment, self._logins.authorize).blueprint())
        app.register_blueprint(self._routes())
        self._server = WsgiServer(app, "practice self-managed EMQX", port)
        self.api_url = self._server.url + BASE_PATH

    def _routes(self) -> Blueprint:
        guarded = Blueprint("guarded_listeners", __name__)
        guarded.before_request(self._logins.authorize)
        one = "/listeners/<identifier>"
        guarded.add_url_rule("/listeners", view_func=self._listeners.list, methods=["GET"], endpoint="list")
        guarded.add_url_rule(one, view_func=self._listeners.show, methods=["GET"], endpoint="show")
        guarded.add_url_rule(one, view_func=self._change, methods=["PUT"], endpoint="change")
        routes = Blueprint("listeners", __name__, url_prefix=BASE_PATH)
        routes.register_blueprint(guarded)
        routes.add_url_rule("/login", view_func=self._login, methods=["POST"])
        return routes

    def _login(self) -> JsonObject:
        return self._logins.login(VERSION)

    def _change(self, identifier: str) -> JsonObject:
        return self._listeners.change(identifier, json_body())


def _check_identity(identifier: str, body: JsonObject) -> None:
    kind, _, name = str(body.get("id", "")).partition(":")
    if not name or "type" not in body:
        raise ApiError(400, "BAD_REQUEST", "listener_config_invalid")
    if kind != body["type"]:
        raise ApiError(400, "BAD_REQUEST", "listener_type_inconsistent")
    if body["id"] != identifier:
        raise ApiError(400, "BAD_LISTENER_ID", "Path and body's listener id not match")


def _deep_merge(base: JsonObject, changes: JsonObject) -> JsonObject:
    merged = copy.deepcopy(base)
    for name, value in changes.items():
        before = merged.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[name] = _deep_merge(before, value) if both else copy.deepcopy(value)  # type: ignore[arg-type] # both are
    return merged


def _config(kind: str, port: int) -> JsonObject:
    return {
        "enable": True,
        "bind": f"127.0.0.1:{port}",
        "acceptors": 16,
        "max_connections": "infinity",
        "mountpoint": "",
        "zone": "default",
        "enable_authn": True,
        "max_conn_rate": "infinity",
        "access_rules": ["allow all"],
        "proxy_protocol": False,
        "proxy_protocol_timeout": "3s",
        "tcp_options": {"active_n": 100, "backlog": 1024, "buffer": "4KB", "nodelay": True, "reuseaddr": True}
        | ({} if kind == "ssl" else {"keepalive": "none"}),
    }


def _default_ssl_options() -> JsonObject:
    return {
        **ssl_options.DEFAULT_PATHS,
        "verify": "verify_none",
        "fail_if_no_peer_cert": False,
        "depth": 10,
        "versions": ["tlsv1.3", "tlsv1.2"],
        "ciphers": [],
        "reuse_sessions": True,
        "secure_renegotiate": True,
        "honor_cipher_order": True,
        "client_renegotiation": True,
        "handshake_timeout": "15s",
        "hibernate_after": "5s",
        "log_level": "notice",
        "gc_after_handshake": False,
        "enable_crl_check": False,
        "ocsp": {
            "enable_ocsp_stapling": False,
            "refresh_interval": "5m",
            "refresh_http_timeout": "15s",
        },
    }
