"""Clients as the Deployment API shows and filters them (EMQX 5.8's `GET /clients`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import request

from services.practice.emqx.http import ApiError, JsonObject, wanted_bool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.practice.deployment.clients import Client

NODE = "emqx@127.0.0.1"
_STATES = ("connected", "idle", "disconnected")


def row(client: Client) -> JsonObject:
    """The fields that EMQX gives, except for its counters, which nothing here counts."""
    fields: JsonObject = {
        "node": NODE,
        "clientid": client.clientid,
        "username": client.username,
        "proto_name": client.proto_name,
        "proto_ver": client.proto_ver,
        "ip_address": client.ip_address,
        "port": client.port,
        "listener": client.listener,
        "connected": client.connected,
        "connected_at": _time(client.connected_at),
        "created_at": _time(client.created_at),
        "keepalive": client.keepalive,
        "clean_start": client.clean_start,
        "expiry_interval": client.expiry_interval,
        "is_bridge": False,
        "is_persistent": client.session_persists,
        "enable_authn": True,
        "subscriptions_cnt": len(client.subscriptions),
        "peersni": client.peersni,
        "cn": client.cn,
        "dn": client.dn,
    }
    if client.disconnected_at is not None:
        fields["disconnected_at"] = _time(client.disconnected_at)
    return fields


def selected_row(client: Client) -> JsonObject:
    """The same, with only those fields that the request asks for (`fields=clientid,cn`; all without it)."""
    wanted = request.args.get("fields", "all")
    whole = row(client)
    return whole if wanted == "all" else {name: whole[name] for name in wanted.split(",") if name in whole}


def wanted(clients: Iterable[Client]) -> list[Client]:
    """The clients that pass all filters of the request.

    Raises:
        ApiError: 400, a filter has a value that it cannot have.
    """
    filters = [*_lists(), *_texts(), *_others(), *_times()]
    return [client for client in clients if all(passes(client) for passes in filters)]


def _lists() -> Iterable[Callable[[Client], bool]]:
    if names := request.args.getlist("clientid"):
        yield lambda client: client.clientid in names
    if users := request.args.getlist("username"):
        yield lambda client: client.username in users


def _texts() -> Iterable[Callable[[Client], bool]]:
    if part := request.args.get("like_clientid"):
        yield lambda client: part in client.clientid
    if piece := request.args.get("like_username"):
        yield lambda client: piece in (client.username or "")
    if address := request.args.get("ip_address"):
        yield lambda client: client.ip_address == address
    if node := request.args.get("node"):
        yield lambda _: node == NODE


def _others() -> Iterable[Callable[[Client], bool]]:
    state = request.args.get("conn_state")
    if state is not None and state not in _STATES:
        raise ApiError(400, "INVALID_PARAMETER", f"conn_state: must be one of {', '.join(_STATES)}")
    if state is not None:
        yield lambda client: state == ("connected" if client.connected else "disconnected")
    if version := request.args.get("proto_ver"):
        yield lambda client: str(client.proto_ver) == version
    clean_start = wanted_bool("clean_start")
    if clean_start is not None:
        yield lambda client: client.clean_start is clean_start


def _times() -> Iterable[Callable[[Client], bool]]:
    if (after := _moment("gte_connected_at")) is not None:
        yield lambda client: client.connected_at >= after
    if (before := _moment("lte_connected_at")) is not None:
        yield lambda client: client.connected_at <= before
    if (created_after := _moment("gte_created_at")) is not None:
        yield lambda client: client.created_at >= created_after
    if (created_before := _moment("lte_created_at")) is not None:
        yield lambda client: client.created_at <= created_before


def _moment(name: str) -> datetime | None:
    """A query parameter that is a time: RFC 3339, or milliseconds since 1970."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return datetime.fromtimestamp(int(text) / 1000).astimezone() if text.isdigit() else _aware(text)
    except (ValueError, OverflowError, OSError):
        raise ApiError(400, "INVALID_PARAMETER", f"{name}: no time") from None


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
