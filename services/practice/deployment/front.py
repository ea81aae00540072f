"""A listening port that hands each connection to a thread of its own, and is closed while a fault says so."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Protocol

from services.practice.serving import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

_BACKLOG = 512
_POLL_SECONDS = 0.03  # how soon the port closes and opens after the fault has been injected or healed
_JOIN_SECONDS = 5.0


class Served(Protocol):
    """One connection being served."""

    def run(self) -> None:
        """Serve it to its end, and close the socket; called in a thread of its own."""
        ...

    def abort(self) -> None:
        """Make `run` return soon; called from any thread."""
        ...


class Front:
    """Accept connections on a loopback port. The port is bound at once, and answers from `start` to `stop`.

    Args:
        name: for the threads' names.
        port: 0 for a free one.
        serve: makes a connection's server from its socket and the client's address.
        is_shut: asked again and again: while it is true, connections are refused as if nobody listened.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self,
        name: str,
        port: int,
        serve: Callable[[socket.socket, tuple[str, int]], Served],
        is_shut: Callable[[], bool],
    ) -> None:
        self._name = name
        self._serve = serve
        self._is_shut = is_shut
        self._socket: socket.socket | None = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._stopping = threading.Event()
        self._serving: dict[threading.Thread, Served] = {}
        self._acceptor = threading.Thread(target=self._accept, name=name, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        if not self._is_shut():
            self._open_socket().listen(_BACKLOG)
        self._acceptor.start()

    def stop(self) -> None:
        """Close the port, end every connection, and wait for the threads. Safe to call twice."""
        self._stopping.set()
        if self._acceptor.is_alive():
            self._acceptor.join(_JOIN_SECONDS)
        self._close_socket()
        for served in self._serving.values():  # the acceptor, which alone adds to them, has ended
            served.abort()
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in self._serving:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self) -> None:
        listening = not self._is_shut()
        while not self._stopping.is_set():
            if listening == self._is_shut():
                listening = self._turn(listen=not listening)
            elif listening:
                self._accept_next()
            else:
                self._stopping.wait(_POLL_SECONDS)

    def _turn(self, *, listen: bool) -> bool:
        """Listen, or close and rebind the port: a bound socket that does not listen refuses. True if it listens now."""
        try:
            if listen:
                self._open_socket().listen(_BACKLOG)
                return True
            self._close_socket()
            self._open_socket()
        except OSError:  # somebody else has the port just now: it is tried again
            self._close_socket()
            self._stopping.wait(_POLL_SECONDS)
        return False

    def _accept_next(self) -> None:
        listener = self._open_socket()
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            if not selector.select(_POLL_SECONDS):
                return
        try:
            accepted, address = listener.accept()
        except OSError:  # the client gave up meanwhile, or we are out of descriptors
            self._stopping.wait(_POLL_SECONDS)
            return
        served = self._serve(accepted, address)
        thread = threading.Thread(target=served.run, name=f"{self._name} connection", daemon=True)
        self._serving = {each: other for each, other in self._serving.items() if each.is_alive()}
        thread.start()
        self._serving[thread] = served

    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            self._socket = _bound(self.port)
        return self._socket

    def _close_socket(self) -> None:
        listener, self._socket = self._socket, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.close()


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
