"""Publish one message to the broker from inside, as EMQX's HTTP API does."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from services.practice.deployment import mqtt_packets as mqtt
from services.practice.deployment.mqtt_packets import Connect, Framer, PacketType

if TYPE_CHECKING:
    import socket

    from services.practice.deployment.broker import Broker

_SECONDS = 5.0
_LEVEL = 4
_PACKET_ID = 1


def publish(broker: Broker, topic: str, payload: bytes, *, qos: int, retain: bool, packet_limit: int) -> None:
    """Publish, and return when the broker has taken it.

    Raises:
        OSError: it has not.
    """
    connect = Connect(
        level=_LEVEL,
        clean_start=True,
        keep_alive=int(_SECONDS),
        properties=b"",
        session_expiry=0,
        client_id=f"emqx_publish_{secrets.token_hex(8)}",
        will_flags=0,
        will=b"",
        username=broker.username,
        password=broker.password.encode(),
    )
    with broker.dial(_LEVEL) as connection:
        connection.settimeout(_SECONDS)
        answers = Framer(packet_limit)
        connection.sendall(mqtt.encode_connect(connect))
        _await(connection, answers, PacketType.CONNACK)
        connection.sendall(mqtt.encode_publish(topic, payload, qos, retain, _PACKET_ID))
        if qos == 1:
            _await(connection, answers, PacketType.PUBACK)
        elif qos == 2:
            _await(connection, answers, PacketType.PUBREC)
            connection.sendall(mqtt.encode_pubrel(_PACKET_ID))
            _await(connection, answers, PacketType.PUBCOMP)
        connection.sendall(mqtt.encode_disconnect())
        while connection.recv(1):  # the broker has read everything once it closes
            pass


def _await(connection: socket.socket, answers: Framer, kind: PacketType) -> None:
    while data := connection.recv(4096):
        for packet in answers.feed(data):
            if mqtt.packet_type(packet) != kind:
                raise ConnectionError(f"the broker answered with packet type {mqtt.packet_type(packet)}")
            return
    raise ConnectionError("the broker closed the connection")
