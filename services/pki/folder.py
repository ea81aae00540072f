"""The folder of the client CA and the client certificate, under the guide's own file names.

Made so that it can be interrupted at any point and run again: a key that was written is used, what is right is kept,
what is somebody else's is left alone unless its replacement was asked for, and then a copy of it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from services.errors import ServiceError
from services.files import keep_copy
from services.pki import store
from services.pki.authority import Authority, make_ca, make_csr, sign_csr
from services.pki.judge import Wanted, ca_reasons, client_reasons, csr_reasons
from services.pki.keys import PrivateKey, generate_key, key_label
from services.pki.places import ClientFolder
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be in the folder: the CA, the client certificate, and whether what differs may be replaced."""

    ca: Wanted
    client: Wanted
    replace: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is in the folder now.

    Attributes:
        ca, client: the two certificates.
        written: the files that were written; the others were right already.
        copies: where replaced files were kept.
        ca_key_away: the CA's private key is not in the folder: kept elsewhere, and not needed this time.
    """

    ca: x509.Certificate
    client: x509.Certificate
    written: frozenset[Path]
    copies: tuple[Path, ...]
    ca_key_away: bool


def fill(folder: ClientFolder, order: Order) -> Outcome:
    """Bring `folder` to what `order` says.

    Raises:
        ServiceError: file-in-the-way (variant "differs": what lies there is not what is asked for),
            folder-not-writable, disk-full, file-not-readable.
    """
    return _Filling(folder, order).run()


@dataclass(slots=True)
class _Filling:
    """One run of `fill`."""

    folder: ClientFolder
    order: Order
    written: set[Path] = field(default_factory=set)
    copies: list[Path] = field(default_factory=list)

    def run(self) -> Outcome:
        ca, ca_key = self._ca()
        client = self._client(ca, ca_key)
        if client is None:  # to be issued, and the CA's key is away: only a new CA can
            ca, ca_key = self._new_ca(None)
            client = self._issue(Authority(ca, ca_key), None)
        return Outcome(ca, client, frozenset(self.written), tuple(self.copies), ca_key_away=ca_key is None)

    def _ca(self) -> tuple[x509.Certificate, PrivateKey | None]:
        """Return the CA that is right, or make it."""
        reasons: list[Message] = []
        certificate = _read(store.read_certificate, self.folder.ca_certificate, reasons)
        key = _read(store.read_key, self.folder.ca_key, reasons)
        if certificate is not None:
            reasons += ca_reasons(certificate, key, self.order.ca, self.order.now)
        elif key is not None:
            reasons += _key_reasons(key, self.order.ca)
        if certificate is not None and not reasons:
            return certificate, key
        self._may_replace(self.folder.ca_certificate, reasons)
        return self._new_ca(None if reasons else key)

    def _new_ca(self, key: PrivateKey | None) -> tuple[x509.Certificate, PrivateKey]:
        wanted = self.order.ca
        key = key or generate_key(wanted.kind)
        authority = make_ca(wanted.subject, key, days=wanted.days, now=self.order.now)
        self._write(self.folder.ca_key, key)
        self._write(self.folder.ca_certificate, authority.certificate)
        return authority.certificate, key

    def _client(self, ca: x509.Certificate, ca_key: PrivateKey | None) -> x509.Certificate | None:
        """Return the client certificate that is right, or issue it; None where the CA's key would be needed."""
        reasons: list[Message] = []
        certificate = _read(store.read_certificate, self.folder.certificate, reasons)
        key = _read(store.read_key, self.folder.key, reasons)
        csr = _read(store.read_csr, self.folder.csr, reasons)
        if csr is not None:
            reasons += csr_reasons(csr, key, self.order.client)
        if certificate is not None and key is not None:
            reasons += client_reasons(certificate, key, ca, self.order.client, self.order.now)
        elif certificate is not None:
            reasons.append(message("pki.missing", file=self.folder.key.name))
        elif key is not None:
            reasons += _key_reasons(key, self.order.client)
        if certificate is not None and key is not None and not reasons:
            if csr is None:
                self._write(self.folder.csr, make_csr(certificate.subject, key))
            return certificate
        if ca_key is None:
            reasons.append(message("pki.missing", file=self.folder.ca_key.name))
        self._may_replace(self.folder.ca_certificate if ca_key is None else self.folder.certificate, reasons)
        return None if ca_key is None else self._issue(Authority(ca, ca_key), None if reasons else key)

    def _issue(self, authority: Authority, key: PrivateKey | None) -> x509.Certificate:
        wanted = self.order.client
        key = key or generate_key(wanted.kind)
        csr = make_csr(wanted.subject, key)
        certificate = sign_csr(authority, csr, days=wanted.days, now=self.order.now)
        self._write(self.folder.key, key)
        self._write(self.folder.csr, csr)
        self._write(self.folder.certificate, certificate)
        return certificate

    def _may_replace(self, path: Path, reasons: list[Message]) -> None:
        """Refuse to go on where something else lies at `path` and its replacement was not asked for."""
        if reasons and not self.order.replace:
            raise ServiceError("file-in-the-way", variant="differs", path=path, reason=_together(reasons))

    def _write(self, path: Path, item: PrivateKey | x509.Certificate | x509.CertificateSigningRequest) -> None:
        """Write `item`; what lay there is kept beside it, unless it is the very same key."""
        if path.exists() and not _holds(path, item):
            self.copies.append(keep_copy(path, self.order.now))
        if store.write(path, item, replace=True):
            self.written.add(path)


def _read(reader: Callable[[Path], T], path: Path, reasons: list[Message]) -> T | None:
    """Return what `path` holds; None where it is not there, or holds something else (then with a reason why)."""
    if not path.exists():
        return None
    try:
        return reader(path)
    except ServiceError as error:
        if error.id == "file-not-readable":
            raise
        reasons.append(message("pki.unreadable", file=path.name))
        return None


def _key_reasons(key: PrivateKey, wanted: Wanted) -> tuple[Message, ...]:
    """Why a key that lies there without its certificate cannot be used."""
    label = key_label(key.public_key())
    right = label == wanted.kind.label
    return () if right else (message("pki.other-key-type", is_=label, wanted=wanted.kind.label),)


def _holds(path: Path, item: PrivateKey | x509.Certificate | x509.CertificateSigningRequest) -> bool:
    return path.read_bytes() == store.pem(item)


def _together(reasons: list[Message]) -> str:
    """The reasons in one sentence; the same one is not said twice."""
    return "; ".join(dict.fromkeys(str(reason) for reason in reasons))
