"""UDP and TCP on one loopback port, in one thread, without polling: a socket pair wakes it when it is to end."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from services.practice.serving import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 20  # a port that is free for UDP may be taken for TCP
_SEND_SECONDS = 1.0  # how long one slow TCP reader may hold up everybody else
_MOST_CONNECTIONS = 100


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    unread: bytearray = field(default_factory=bytearray)


class DatagramAndStreamServer:
    """Answer DNS messages, one at a time.

    Args:
        answer: makes the response to a message; None sends nothing. Its second argument tells whether it came by TCP.
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, answer: Callable[[bytes, bool], bytes | None], name: str, port: int = 0) -> None:
        self._answer = answer
        self._udp, self._tcp = _bind(port)
        self.address: tuple[str, int] = self._udp.getsockname()
        self._wake, self._woken = socket.socketpair()
        self._connections: dict[int, _Connection] = {}
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._closed = False

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, close every socket, and wait for the thread. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._thread.is_alive():
            self._wake.send(b".")
            self._thread.join()
        for connection in list(self._connections.values()):
            self._drop(connection)
        for each in (self._udp, self._tcp, self._wake, self._woken):
            each.close()
        self._selector.close()

    def _serve(self) -> None:
        for each in (self._udp, self._tcp, self._woken):
            self._selector.register(each, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                with suppress(OSError):  # a peer that went away is no trouble of ours
                    self._attend(key)

    def _attend(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._udp:
            packet, peer = self._udp.recvfrom(65535)
            response = self._answer(packet, False)
            if response is not None:
                self._udp.sendto(response, peer)
        elif key.fileobj is self._tcp:
            self._accept()
        elif not self._read(key.data):
            self._drop(key.data)

    def _accept(self) -> None:
        peer, _ = self._tcp.accept()
        if len(self._connections) >= _MOST_CONNECTIONS:
            self._drop(next(iter(self._connections.values())))
        peer.settimeout(_SEND_SECONDS)
        connection = self._connections[peer.fileno()] = _Connection(peer)
        self._selector.register(peer, selectors.EVENT_READ, connection)

    def _read(self, connection: _Connection) -> bool:
        """Answer the messages that are complete (RFC 1035 section 4.2.2); False once the peer has closed."""
        try:
            data = connection.socket.recv(65535)
            connection.unread += data
            while len(connection.unread) >= 2:
                size = int.from_bytes(connection.unread[:2], "big")
                if len(connection.unread) < 2 + size:
                    break
                packet = bytes(connection.unread[2 : 2 + size])
                del connection.unread[: 2 + size]
                response = self._answer(packet, True)
                if response is not None:
                    connection.socket.sendall(len(response).to_bytes(2, "big") + response)
        except OSError:
            return False
        return bool(data)

    def _drop(self, connection: _Connection) -> None:
        del self._connections[connection.socket.fileno()]
        self._selector.unregister(connection.socket)
        connection.socket.close()


def _bind(port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on the same port."""
    for last in (number == _TRIES - 1 for number in range(_TRIES)):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # connections of before may linger on the port; on Windows the option means to share it
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind((LOOPBACK, port))
            tcp.bind((LOOPBACK, udp.getsockname()[1]))
            tcp.listen()
        except OSError:
            udp.close()
            tcp.close()
            if port or last:
                raise
        else:
            return udp, tcp
    raise AssertionError("the last try returns or raises")
