"""A fresh TLS server context for each connection, so that what is served can change between any two of them."""

from __future__ import annotations

import shutil
import ssl
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.practice.deployment.material import ClientCheck, ListenerTls, pem

if TYPE_CHECKING:
    from collections.abc import Callable

_VERIFY_MODES = {
    ClientCheck.NONE: ssl.CERT_NONE,
    ClientCheck.OPTIONAL: ssl.CERT_OPTIONAL,
    ClientCheck.REQUIRED: ssl.CERT_REQUIRED,
}


@dataclass(frozen=True, slots=True)
class _Files:
    chain: Path
    key: Path


class Contexts:
    """Makes contexts; keeps the files that `ssl` insists on in a private folder (0700) until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._written: tuple[ListenerTls, _Files] | None = None
        self._count = 0

    def fresh(self, settings: ListenerTls, on_server_name: Callable[[str | None], None]) -> ssl.SSLContext:
        """A context for one connection.

        Args:
            settings: what to show and to ask.
            on_server_name: called during the handshake with the name that the client asks for (SNI).

        Raises:
            ssl.SSLError: the key does not belong to the certificate, or no client CA can be read.
        """
        files = self._files(settings)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.num_tickets = 0  # a ticket still unread when we close would turn the close into a reset
        context.options |= ssl.OP_NO_TICKET | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.load_cert_chain(files.chain, files.key)
        if settings.client_cas:  # without any, every client's CA is unknown
            context.load_verify_locations(cadata=pem(settings.client_cas))
        context.verify_mode = _VERIFY_MODES[settings.check]
        context.sni_callback = lambda _connection, name, _context: on_server_name(name)
        return context

    def close(self) -> None:
        """Delete the files."""
        with self._lock:
            folder, self._folder, self._written = self._folder, None, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _files(self, settings: ListenerTls) -> _Files:
        with self._lock:
            if self._written is None or self._written[0] is not settings:
                self._written = (settings, self._write(settings))
            return self._written[1]

    def _write(self, settings: ListenerTls) -> _Files:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="emqx-mtls-listener-"))
        self._count += 1
        files = _Files(self._folder / f"{self._count}.pem", self._folder / f"{self._count}.key")
        files.chain.write_text(settings.identity.chain_pem())
        files.key.touch(0o600)
        files.key.write_bytes(settings.identity.key_pem())
        return files
