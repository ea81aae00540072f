"""A client's socket, plain or TLS, with deadlines for everything and a close after which nothing is lost."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time

_CHUNK = 65536
_LINGER_SECONDS = 1.5
_SEND_SECONDS = 10.0
_NOT_YET = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)

_HANDSHAKE_FAILURE_ALERT = bytes([21, 3, 3, 0, 2, 2, 40])  # a TLS record (RFC 5246, 6.2.1 and 7.2): fatal, 40


class Channel:
    """One accepted connection. Only its owner's thread may use it, `abort` apart.

    Args:
        accepted: the socket from `accept`; the channel closes it.
    """

    def __init__(self, accepted: socket.socket) -> None:
        self._socket: socket.socket = accepted
        self._lock = threading.Lock()
        self._closed = False
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handshake(self, context: ssl.SSLContext, seconds: float) -> None:
        """Become a TLS channel.

        Raises:
            OSError: it failed (`ssl.SSLError`, after the alert was sent) or took longer than `seconds`.
        """
        with self._lock:
            if self._closed:
                raise ConnectionAbortedError("closed")
            tls = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
            self._socket = tls
        tls.settimeout(seconds)
        tls.do_handshake()
        self._acknowledge()

    def refuse_handshake(self) -> None:
        """Say `handshake failure` to a client whose handshake cannot even begin."""
        self.send(_HANDSHAKE_FAILURE_ALERT)

    def peer_certificate(self) -> bytes | None:
        """The client's certificate as DER; None without one."""
        return self._socket.getpeercert(binary_form=True) if isinstance(self._socket, ssl.SSLSocket) else None

    def fileno(self) -> int:
        """For a selector; look at `pending` first."""
        return self._socket.fileno()

    def pending(self) -> bool:
        """Whether bytes are here already that a selector cannot see."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def receive(self, deadline: float) -> bytes:
        """The next bytes, empty at the end; `deadline` is in `time.monotonic()`'s terms.

        Raises:
            OSError: the connection is broken, or (TimeoutError) the deadline has come.
        """
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("deadline")
        self._socket.settimeout(remaining)
        data = self._socket.recv(_CHUNK)
        self._acknowledge()
        return data

    def receive_now(self) -> bytes | None:
        """What is here, empty at the end, None where there is nothing yet.

        Raises:
            OSError: the connection is broken.
        """
        self._socket.settimeout(0)
        try:
            data = self._socket.recv(_CHUNK)
        except _NOT_YET:
            return None
        self._acknowledge()
        return data

    def send(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            OSError: the connection is broken, or the client has not read for ten seconds.
        """
        self._socket.settimeout(_SEND_SECONDS)
        self._socket.sendall(data)

    def abort(self) -> None:
        """End it from any thread: whoever waits in it gets an end or an error at once."""
        with self._lock:
            if not self._closed:
                _shut(self._socket, socket.SHUT_RDWR)

    def close(self, *, linger: bool) -> None:
        """Close it.

        Args:
            linger: first say that nothing more comes, then read on until the client has closed too (1.5 s at most).
                A socket closed with unread bytes in it is reset, and the client may never see our last words.
        """
        if linger:
            with contextlib.suppress(OSError, ValueError):
                self._say_goodbye()
        with self._lock:
            self._closed = True
            self._socket.close()

    def _acknowledge(self) -> None:
        """Acknowledge now, where the system can (Linux): a client with Nagle's algorithm on waits 40 ms for it else."""
        if sys.platform == "linux":
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _say_goodbye(self) -> None:
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.settimeout(0)
            with contextlib.suppress(OSError, ValueError):
                self._socket.unwrap()  # sends close_notify; the answer is not waited for here
        _shut(self._socket, socket.SHUT_WR)
        deadline = time.monotonic() + _LINGER_SECONDS
        while (remaining := deadline - time.monotonic()) > 0:
            self._socket.settimeout(remaining)
            if not socket.socket.recv(self._socket, _CHUNK):  # the bytes themselves, whatever TLS would make of them
                return


def _shut(sock: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, how)  # SSLSocket's own would drop the TLS state under another thread's feet
