"""Certificates for devices, programs and people: PEM, PKCS #12, an index (CSV, JSON), and the CA for an online CA."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from services.devices.names import stem
from services.devices.places import FleetFolder, base
from services.devices.records import State
from services.errors import ServiceError
from services.files import PRIVATE, file_error, make_folder, read_file, write_file
from services.pki import store
from services.pki.authority import Authority, make_csr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from cryptography import x509

    from services.devices.records import Device


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the index. Times are ISO 8601 in UTC, empty where there is none; paths are relative to the fleet."""

    number: int
    name: str
    state: State
    serial: str
    not_before: str
    not_after: str
    sha256: str
    certificate: str
    key: str
    revoked_at: str
    reason: str


def row(device: Device) -> Row:
    """Return the index's line for `device`; `key` is empty where the device keeps its own."""
    path = base(device.number, device.name, device.generation)
    return Row(
        device.number,
        device.name,
        device.state,
        f"{device.serial:x}",
        _iso(device.not_before),
        _iso(device.not_after),
        device.sha256,
        f"{path}.crt",
        "" if device.own_key else f"{path}.key",
        _iso(device.revoked_at),
        device.reason,
    )


def csv_index(devices: Iterable[Device]) -> Iterator[bytes]:
    """Yield the index as CSV (RFC 4180, UTF-8), line by line."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    names = tuple(field.name for field in fields(Row))
    writer.writerow(names)
    for device in devices:
        writer.writerow(astuple(row(device)))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def json_index(devices: Iterable[Device]) -> Iterator[bytes]:
    """Yield the index as one JSON document, an array of objects, line by line."""
    separator = b"["
    for device in devices:
        yield separator + b"\n" + msgspec.json.encode(row(device))
        separator = b","
    yield b"[]\n" if separator == b"[" else b"\n]\n"


def write_index(path: Path, devices: Iterable[Device], *, replace: bool = False) -> None:
    """Write the index to `path` as a whole, as CSV or JSON by its ending. Memory stays flat.

    Raises:
        ServiceError: file-in-the-way (there is one and `replace` is not set), bad-choice (another ending),
            folder-not-writable, disk-full.
    """
    pieces = {".csv": csv_index, ".json": json_index}.get(path.suffix.lower())
    if pieces is None:
        raise ServiceError("bad-choice", value=path.name, choices="….csv, ….json")
    if path.exists() and not (replace and path.is_file()):
        raise ServiceError("file-in-the-way", path=path)
    make_folder(path.parent)
    try:
        descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces(devices))
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(path)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise file_error(error, path) from error


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes devices' certificates to `target`.

    Attributes:
        fleet: where they come from.
        target: the folder they go to.
        replace: whether files that are there may be replaced.
        flat: all in `target` itself, for a few; else in the fleet's own numbered folders.
    """

    fleet: FleetFolder
    target: Path
    replace: bool = False
    flat: bool = True

    def pem(self, device: Device) -> Path:
        """Write certificate and key in one file, as many programs take it; of a device with its own key: no key.

        Raises:
            ServiceError: file-not-found (a file of the fleet is missing), file-in-the-way, folder-not-writable,
                disk-full.
        """
        whole = read_file(self._certificate(device)) + (b"" if device.own_key else read_file(self._key(device)))
        return self._write(device, ".pem", whole)

    def pkcs12(self, device: Device, password: bytes, ca: x509.Certificate) -> Path:
        """Write certificate, key and CA as PKCS #12 (RFC 7292) under `password`, for Java, Windows and phones.

        Raises:
            ServiceError: device-key-away (the device keeps its key), and as `pem`.
        """
        if device.own_key:
            raise ServiceError("device-key-away", name=device.name)
        certificate = store.read_certificate(self._certificate(device))
        key = store.read_key(self._key(device))
        encryption = BestAvailableEncryption(password)
        whole = serialize_key_and_certificates(device.name.encode(), key, certificate, [ca], encryption)
        return self._write(device, ".p12", whole)

    def _write(self, device: Device, ending: str, data: bytes) -> Path:
        name = stem(device.name) if self.flat else base(device.number, device.name, device.generation)
        path = self.target / f"{name}{ending}"
        write_file(path, data, mode=PRIVATE, replace=self.replace)
        return path

    def _certificate(self, device: Device) -> Path:
        return self.fleet.certificate(device.number, device.name, device.generation)

    def _key(self, device: Device) -> Path:
        return self.fleet.key(device.number, device.name, device.generation)


def export_ca(authority: Authority, target: Path, *, replace: bool = False) -> tuple[Path, Path]:
    """Write the CA's certificate, and the request with which another root can make it an intermediate; return both.

    The key stays where it is: whoever needs it elsewhere copies it knowingly.

    Raises:
        ServiceError: file-in-the-way, folder-not-writable, disk-full.
    """
    certificate, request = target / "client-ca.crt", target / "client-ca.csr"
    store.write(certificate, authority.certificate, replace=replace)
    store.write(request, make_csr(authority.certificate.subject, authority.key), replace=replace)
    return certificate, request


def _iso(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
