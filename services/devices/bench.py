"""One device's key and certificate, made; or, where an earlier run was killed, what it left recovered and completed.

The key is written first, then the certificate, each with one call and never over a file that is there. So a killed run
leaves nothing, a key, or both; a power failure can leave a file empty or torn.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from services.devices.places import base
from services.devices.records import Made
from services.errors import ServiceError
from services.files import FOLDER, PRIVATE, PUBLIC, file_error
from services.pki.authority import Authority, certificate_pem, certify, new_serial
from services.pki.judge import is_issued_by
from services.pki.keys import generate_key, key_label, parse_private_key, private_pem
from services.pki.names import distinguished_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from services.devices.records import Order
    from services.pki.keys import PrivateKey

_END: Final = b"-----END "


@dataclass(frozen=True, slots=True)
class Bench:
    """Where certificates are made: below `root`, signed by `authority`, naming `crl_url` where there is one."""

    root: Path
    authority: Authority
    crl_url: str = ""

    def make(self, order: Order) -> Made:
        """Make what `order` says, or complete what was begun of it.

        Raises:
            ServiceError: file-in-the-way (something else lies at the place), folder-not-writable, disk-full.
        """
        relative = base(order.number, order.name, order.generation)
        path = f"{self.root}/{relative}"
        key, serial = None, order.serial
        if order.again:
            key = None if order.csr else _left_key(path + ".key", order)
            certificate = self._left_certificate(path + ".crt", order, key)
            if certificate is not None:
                return _made(order, relative, certificate)
            serial = new_serial()  # the old number may be in a torn certificate
        if order.csr is not None:
            public_key: CertificatePublicKeyTypes = x509.load_der_x509_csr(order.csr).public_key()
        else:
            key = key or _write_key(path + ".key", order)
            public_key = key.public_key()
        certificate = self._sign(order, public_key, serial)
        _create(path + ".crt", certificate_pem(certificate), PUBLIC)
        return _made(order, relative, certificate)

    def _sign(self, order: Order, public_key: CertificatePublicKeyTypes, serial: int) -> x509.Certificate:
        return certify(
            self.authority,
            distinguished_name(order.name),
            public_key,
            days=order.terms.days,
            now=datetime.now(UTC),
            serial=serial,
            crl_url=self.crl_url,
        )

    def _left_certificate(self, path: str, order: Order, key: PrivateKey | None) -> x509.Certificate | None:
        """The certificate that an earlier run left whole; None where it left none, or a torn one (it is then gone)."""
        data = _left(path)
        if data is None:
            return None
        try:
            certificate = x509.load_pem_x509_certificate(data)
        except ValueError as error:
            raise ServiceError("file-in-the-way", path=Path(path)) from error
        right = certificate.subject == distinguished_name(order.name) and is_issued_by(
            certificate, self.authority.certificate
        )
        owner = x509.load_der_x509_csr(order.csr).public_key() if order.csr else key and key.public_key()
        if not right or certificate.public_key() != owner:
            raise ServiceError("file-in-the-way", path=Path(path))
        return certificate


def _left_key(path: str, order: Order) -> PrivateKey | None:
    """The key that an earlier run left whole; None where it left none, or a torn one (it is then gone)."""
    data = _left(path)
    if data is None:
        return None
    try:
        key = parse_private_key(data)
    except ServiceError as error:
        raise ServiceError("file-in-the-way", path=Path(path)) from error
    if key_label(key.public_key()) != order.terms.kind.label:
        raise ServiceError("file-in-the-way", path=Path(path))
    return key


def _left(path: str) -> bytes | None:
    """What lies at `path`; None where nothing does, or what power took away in the middle: that is removed."""
    try:
        data = Path(path).read_bytes()
        if not data.strip(b"\0\r\n") or (data.startswith(b"-----BEGIN ") and _END not in data):
            Path(path).unlink()
            return None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise file_error(error, Path(path)) from error
    return data


def _write_key(path: str, order: Order) -> PrivateKey:
    key = generate_key(order.terms.kind)
    _create(path, private_pem(key), PRIVATE)
    return key


def _create(path: str, data: bytes, mode: int) -> None:
    """Write a new file with one call; its folder is made where it is missing."""
    try:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileNotFoundError:
            Path(path).parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            written = os.write(descriptor, data)
        finally:
            os.close(descriptor)
        if written != len(data):  # the disk is full: the torn file is the next run's to remove
            raise ServiceError("disk-full", path=Path(path))
    except OSError as error:
        raise file_error(error, Path(path)) from error


def _made(order: Order, relative: str, certificate: x509.Certificate) -> Made:
    return Made(
        order.number,
        relative,
        certificate.serial_number,
        int(certificate.not_valid_before_utc.timestamp()),
        int(certificate.not_valid_after_utc.timestamp()),
        certificate.fingerprint(hashes.SHA256()),
    )
