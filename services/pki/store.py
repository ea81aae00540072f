"""Certificates and keys in files: read with a name for what is wrong, written whole, keys for their owner only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from services.errors import ServiceError
from services.files import PRIVATE, PUBLIC, read_file, write_file
from services.outside import safe
from services.pki.authority import certificate_pem
from services.pki.keys import PrivateKey, parse_private_key, private_pem

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT = 1_000_000  # no PEM file of ours comes near


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of the PEM file `path`, in its order; at least one.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable.
    """
    data = read_file(path, limit=_LIMIT)
    try:
        return tuple(x509.load_pem_x509_certificates(data))
    except ValueError as error:
        raise ServiceError("certificate-unreadable", path=path, details=safe(str(error))) from error


def read_certificate(path: Path) -> x509.Certificate:
    """Return the first certificate of the PEM file `path`.

    Raises:
        ServiceError: as `read_certificates`.
    """
    return read_certificates(path)[0]


def read_key(path: Path) -> PrivateKey:
    """Return the private key of the PEM file `path`.

    Raises:
        ServiceError: file-not-found, file-not-readable, client-key-locked, key-format.
    """
    return parse_private_key(read_file(path, limit=_LIMIT), path=str(path))


def read_csr(path: Path) -> x509.CertificateSigningRequest:
    """Return the certificate request of the PEM file `path`.

    Raises:
        ServiceError: file-not-found, file-not-readable, certificate-unreadable.
    """
    try:
        return x509.load_pem_x509_csr(read_file(path, limit=_LIMIT))
    except ValueError as error:
        raise ServiceError("certificate-unreadable", path=path, details=safe(str(error))) from error


def write(
    path: Path,
    item: PrivateKey | x509.Certificate | x509.CertificateSigningRequest,
    *,
    replace: bool = False,
) -> bool:
    """Write `item` to `path` as PEM; a key is for its owner only (0600), everything else may be read.

    Returns:
        True if the file was written; False if it held exactly this already.

    Raises:
        ServiceError: file-in-the-way (`path` holds something else and `replace` is not set), folder-not-writable,
            disk-full.
    """
    public = isinstance(item, x509.Certificate | x509.CertificateSigningRequest)
    return write_file(path, pem(item), mode=PUBLIC if public else PRIVATE, replace=replace)


def pem(item: PrivateKey | x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Return `item` as PEM."""
    if isinstance(item, x509.Certificate | x509.CertificateSigningRequest):
        return certificate_pem(item)
    return private_pem(item)


def sha256_hex(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint: 64 lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()
