"""The Deployment API v5: users, clients, publishing, status.

Sources: docs.emqx.com/en/cloud/latest (api/auth_v5, clients_v5, publish_v5), EMQX 5.8's OpenAPI description, and the
texts of emqx/emqx (emqx_authn_api, emqx_mgmt_api_clients, emqx_mgmt_api_publish, emqx_dashboard).
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from services.practice.deployment import topics
from services.practice.emqx import client_rows
from services.practice.emqx.http import ApiError, JsonObject, json_body, paged, wanted_bool

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.practice.deployment import PracticeDeployment
    from services.practice.deployment.users import User

BASE_PATH = "/api/v5"
VERSION = "5.8.1"
_AUTHENTICATOR = "password_based:built_in_database"
_NO_MATCHING_SUBSCRIBERS = 0x10
Answer = tuple[JsonObject, int]


class DeploymentApi:
    """The calls on one deployment.

    Args:
        deployment: what they act on.
        authorize: raises `ApiError` where the request may not.
    """

    def __init__(self, deployment: PracticeDeployment, authorize: Callable[[], None]) -> None:
        self._deployment = deployment
        self._authorize = authorize

    def blueprint(self) -> Blueprint:
        """The routes, below `BASE_PATH`; all but `/status` want authorization."""
        guarded = Blueprint("deployment", __name__)
        guarded.before_request(self._authorize)
        users = "/authentication/<authenticator>/users"
        guarded.add_url_rule(users, view_func=self._list_users, methods=["GET"])
        guarded.add_url_rule(users, view_func=self._add_user, methods=["POST"])
        guarded.add_url_rule(f"{users}/<path:user_id>", view_func=self._show_user, methods=["GET"])
        guarded.add_url_rule(f"{users}/<path:user_id>", view_func=self._change_user, methods=["PUT"])
        guarded.add_url_rule(f"{users}/<path:user_id>", view_func=self._remove_user, methods=["DELETE"])
        guarded.add_url_rule("/clients", view_func=self._list_clients, methods=["GET"])
        guarded.add_url_rule("/clients/<path:clientid>", view_func=self._show_client, methods=["GET"])
        guarded.add_url_rule("/clients/<path:clientid>", view_func=self._kick_client, methods=["DELETE"])
        guarded.add_url_rule("/publish", view_func=self._publish, methods=["POST"])
        routes = Blueprint("api", __name__, url_prefix=BASE_PATH)
        routes.register_blueprint(guarded)
        routes.add_url_rule("/status", view_func=_status, methods=["GET"])
        return routes

    def _list_users(self, authenticator: str) -> JsonObject:
        _check_authenticator(authenticator)
        part = request.args.get("like_user_id", "")
        superuser = wanted_bool("is_superuser")
        found = [
            user
            for user in self._deployment.users.list()
            if part in user.user_id and superuser in (None, user.is_superuser)
        ]
        return paged(found, _user_row)

    def _add_user(self, authenticator: str) -> Answer:
        _check_authenticator(authenticator)
        body = json_body()
        user_id, password = _text(body, "user_id"), _text(body, "password")
        try:
            user = self._deployment.users.add(user_id, password, is_superuser=_flag(body, "is_superuser"))
        except KeyError:
            raise ApiError(409, "ALREADY_EXISTS", "User already exists") from None
        return _user_row(user), 201

    def _show_user(self, authenticator: str, user_id: str) -> JsonObject:
        _check_authenticator(authenticator)
        return _user_row(self._existing(user_id))

    def _change_user(self, authenticator: str, user_id: str) -> JsonObject:
        _check_authenticator(authenticator)
        body = json_body()
        before = self._existing(user_id)
        superuser = _flag(body, "is_superuser", default=before.is_superuser)
        return _user_row(self._deployment.users.replace(user_id, _text(body, "password"), is_superuser=superuser))

    def _remove_user(self, authenticator: str, user_id: str) -> Response:
        _check_authenticator(authenticator)
        try:
            self._deployment.users.remove(user_id)
        except KeyError:
            raise ApiError(404, "NOT_FOUND", "User not found") from None
        return Response(status=204)

    def _existing(self, user_id: str) -> User:
        try:
            return self._deployment.users.get(user_id)
        except KeyError:
            raise ApiError(404, "NOT_FOUND", "User not found") from None

    def _list_clients(self) -> JsonObject:
        return paged(client_rows.wanted(self._deployment.clients()), client_rows.selected_row)

    def _show_client(self, clientid: str) -> JsonObject:
        for client in self._deployment.clients():
            if client.clientid == clientid:
                return client_rows.row(client)
        raise ApiError(404, "CLIENTID_NOT_FOUND", "Client ID not found")

    def _kick_client(self, clientid: str) -> Response:
        if not self._deployment.disconnect(clientid):
            raise ApiError(404, "CLIENTID_NOT_FOUND", "Client ID not found")
        return Response(status=204)

    def _publish(self) -> Answer:
        body = json_body()
        topic = _text(body, "topic")
        if not topics.is_topic_name(topic):
            raise ApiError(400, "BAD_REQUEST", "topic_name_invalid")
        reaches = self._deployment.publish(topic, _payload(body), qos=_qos(body), retain=_flag(body, "retain"))
        if reaches:
            return {"id": secrets.token_hex(16).upper()}, 200
        return {"reason_code": _NO_MATCHING_SUBSCRIBERS, "message": "no_matching_subscribers"}, 202


def _status() -> Response | JsonObject:
    if request.args.get("format") == "json":
        return {
            "node_name": client_rows.NODE,
            "rel_vsn": f"v{VERSION}",
            "broker_status": "started",
            "app_status": "running",
        }
    return Response(f"Node {client_rows.NODE} is started\nemqx is running", mimetype="text/plain")


def _check_authenticator(name: str) -> None:
    if name != _AUTHENTICATOR:
        raise ApiError(404, "NOT_FOUND", f"Authenticator '{name}' does not exist")


def _user_row(user: User) -> JsonObject:
    return {"user_id": user.user_id, "is_superuser": user.is_superuser}


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        reason = "required_field" if value in (None, "") else "invalid_type"
        raise ApiError(400, "BAD_REQUEST", f'{{"kind":"validation_error","path":"{name}","reason":"{reason}"}}')
    return value


def _flag(body: JsonObject, name: str, *, default: bool = False) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise ApiError(400, "BAD_REQUEST", f'{{"kind":"validation_error","path":"{name}","reason":"invalid_type"}}')
    return value


def _qos(body: JsonObject) -> int:
    value = body.get("qos", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2:
        raise ApiError(400, "BAD_REQUEST", '{"kind":"validation_error","path":"qos","reason":"invalid_value"}')
    return value


def _payload(body: JsonObject) -> bytes:
    """The payload's bytes; an empty one clears a retained message, so it need not be there to be seen."""
    payload, encoding = body.get("payload"), body.get("payload_encoding", "plain")
    if not isinstance(payload, str):
        raise ApiError(400, "BAD_REQUEST", '{"kind":"validation_error","path":"payload","reason":"required_field"}')
    if encoding == "plain":
        return payload.encode()
    try:
        if encoding == "base64":
            return base64.b64decode(payload, validate=True)
    except binascii.Error:
        raise ApiError(400, "BAD_REQUEST", "bad_base64_payload") from None
    raise ApiError(400, "BAD_REQUEST", '{"kind":"validation_error","path":"payload_encoding","reason":"invalid_value"}')
