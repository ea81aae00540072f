"""Real TLS servers on loopback for the tests: Python's own OpenSSL, one thread each, stopped on leaving."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNACK = b"\x20\x03\x00\x00\x00"  # MQTT 5: success, no properties


@contextmanager
def tls_server(
    chain_pem: bytes,
    key_pem: bytes,
    *,
    client_ca: bytes = b"",
    versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    ciphers: str = "",
    connack: bytes = b"",
    adjust: Callable[[ssl.SSLContext], None] | None = None,
) -> Iterator[int]:
    """Serve `chain_pem` as it is; yield the port. With `client_ca` every client must show a certificate of it.

    With `connack` the first data of a client is answered with it, as a broker would.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = versions
    if ciphers:
        context.set_ciphers(ciphers)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(chain_pem)
        key.write_bytes(key_pem)
        context.load_cert_chain(chain, key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_ca.decode())
    if adjust:
        adjust(context)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            tls.settimeout(5)
            while data := tls.recv(4096):
                if connack and data[0] == 0x10:
                    tls.sendall(connack)
                elif data.startswith(b"GET "):  # curl
                    tls.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with listener(serve) as port:
        yield port


@contextmanager
def plain_server(answer: bytes) -> Iterator[int]:
    """Answer an MQTT CONNECT or an HTTP request with `answer`; hang up on anything else, as a plain broker does."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if connection.recv(4096)[:1] in {b"\x10", b"G"} and answer:
                connection.sendall(answer)

    with listener(serve) as port:
        yield port


@contextmanager
def listener(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run `serve` for each connection, in a thread of its own; yield the port."""
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def one(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(5)
                serve(connection)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
                threads[-1].start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for each in threads:
        each.join(5)


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
