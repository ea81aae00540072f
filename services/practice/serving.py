"""A WSGI application on a loopback port, in a thread that is gone when `stop` returns."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.02  # werkzeug looks for `shutdown` this often, so this bounds how long `stop` waits


class _SilentHandler(WSGIRequestHandler):
    """Answers requests and writes no access log: the parts keep their own."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's signature
        """Drop the line."""


class WsgiServer:
    """Serve `application` on 127.0.0.1 at a free port (or `port`), one thread a request, until `stop`.

    The socket is bound on construction, so `url` is known before `start`.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, application: Callable[..., Any], name: str, port: int = 0) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        with socket.create_server((LOOPBACK, port)) as bound:  # werkzeug itself ends the process where a port is taken
            self._server = make_server(
                LOOPBACK, port, application, threaded=True, request_handler=_SilentHandler, fd=bound.fileno()
            )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, name=name, daemon=True
        )
        self.port: int = self._server.port
        self.url = f"http://{LOOPBACK}:{self.port}"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, close the port, and wait for the thread. Safe to call twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
