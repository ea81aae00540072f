"""The clients that are, or lately were, connected to the deployment."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from services.practice.deployment import topics
from services.practice.deployment.mqtt_packets import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Client:
    """One client, as EMQX's API describes it.

    Attributes:
        clientid: its identifier, or the one that the broker chose.
        username: None where it gave none.
        cn: the common name of its certificate; None without one.
        dn: the subject of its certificate, as in RFC 4514; None without one.
        peersni: the server name that it asked for; None without one, and without TLS.
        listener: `ssl:default` or `tcp:default`.
        connected: whether it is connected now.
        connected_at: when the current or last connection was accepted, aware, UTC.
        created_at: when its session began.
        disconnected_at: when the last connection ended; None while it is connected.
        proto_name: `MQTT` or, in MQTT 3.1, `MQIsdp`.
        proto_ver: 3, 4 or 5.
        ip_address: where it came from.
        port: its port there.
        keepalive: seconds.
        clean_start: whether it began a new session.
        expiry_interval: seconds that its session is kept.
        session_persists: whether its session outlives the connection.
        subscriptions: its topic filters.
    """

    clientid: str
    username: str | None
    cn: str | None
    dn: str | None
    peersni: str | None
    listener: str
    connected: bool
    connected_at: datetime
    created_at: datetime
    disconnected_at: datetime | None
    proto_name: str
    proto_ver: int
    ip_address: str
    port: int
    keepalive: int
    clean_start: bool
    expiry_interval: int
    session_persists: bool
    subscriptions: frozenset[str] = frozenset()


class Connection(Protocol):
    """What the registry needs of a client's connection."""

    def dismiss(self, reason: Reason) -> None:
        """Say why (MQTT 5) and close; returns at once."""


class Clients:
    """All clients by identifier; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, Client] = {}
        self._connections: dict[str, Connection] = {}

    def enter(self, client: Client, connection: Connection) -> None:
        """Note a new connection; one that had the same identifier is dismissed (MQTT 5.0, 3.1.4)."""
        with self._lock:
            before = self._clients.get(client.clientid)
            rival = self._connections.get(client.clientid)
            if before is not None and not client.clean_start:
                client = replace(client, created_at=before.created_at, subscriptions=before.subscriptions)
            self._clients[client.clientid] = client
            self._connections[client.clientid] = connection
        if rival is not None:
            rival.dismiss(Reason.SESSION_TAKEN_OVER)

    def leave(self, clientid: str, connection: Connection, at: datetime) -> None:
        """Note that `connection` ended; its client is kept, as disconnected, where the session persists."""
        with self._lock:
            if self._connections.get(clientid) is not connection:
                return
            del self._connections[clientid]
            client = self._clients.pop(clientid)
            if client.session_persists:
                self._clients[clientid] = replace(client, connected=False, disconnected_at=at)

    def subscribe(self, clientid: str, filters: Iterable[str]) -> None:
        """Note that a client subscribed."""
        self._change_subscriptions(clientid, added=frozenset(filters))

    def unsubscribe(self, clientid: str, filters: Iterable[str]) -> None:
        """Note that a client unsubscribed."""
        self._change_subscriptions(clientid, removed=frozenset(filters))

    def dismiss(self, clientid: str, reason: Reason) -> bool:
        """Close a client's connection and forget its session; False where there is no such client."""
        with self._lock:
            client = self._clients.get(clientid)
            connection = self._connections.get(clientid)
            if client is not None:
                self._clients[clientid] = replace(client, session_persists=False)
                if connection is None:
                    del self._clients[clientid]
        if connection is not None:
            connection.dismiss(reason)
        return client is not None

    def list(self) -> list[Client]:
        """All clients, in the order in which they came."""
        with self._lock:
            return list(self._clients.values())

    def subscribed_to(self, topic: str) -> bool:
        """Whether a message under `topic` would reach a client."""
        return any(topics.matches(each, topic) for client in self.list() for each in client.subscriptions)

    def _change_subscriptions(
        self, clientid: str, *, added: frozenset[str] = frozenset(), removed: frozenset[str] = frozenset()
    ) -> None:
        with self._lock:
            client = self._clients.get(clientid)
            if client is not None:
                self._clients[clientid] = replace(client, subscriptions=(client.subscriptions | added) - removed)
