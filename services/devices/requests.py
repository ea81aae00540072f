"""Certificate requests (PKCS #10) of devices that made their own keys: read, and looked at before any is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from services.devices.issuer import key_sha256
from services.devices.names import problem
from services.devices.records import Wanted
from services.devices.staging import Wrong
from services.errors import ServiceError
from services.files import read_file
from services.pki.keys import key_label
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LIMIT: Final = 100_000  # octets; a request takes about one thousand
_RSA_BITS: Final = 2048  # at least, as EMQX Cloud and the TLS libraries' usual security level want
_CURVES: Final = frozenset({"secp256r1", "secp384r1"})


def read_requests(paths: Iterable[Path]) -> Iterator[Wanted]:
    """Yield what the request files ask for, one request each, PEM or DER.

    A request has to prove that its maker has the key (its signature), and to name one device (its CN). Whatever else it
    asks for is left out of the certificate: the CA decides that.

    Raises:
        ServiceError: after the last of them: device-requests-wrong, listing those that cannot be signed.
    """
    wrong = Wrong("device-requests-wrong")
    for path in paths:
        request = _read(path)
        if not isinstance(request, x509.CertificateSigningRequest):
            wrong.add(str(path), "", str(request))
            continue
        reason = _reason(request)
        if reason is not None:
            wrong.add(str(path), _name(request) or "", str(reason))
            continue
        der = request.public_bytes(Encoding.DER)
        yield Wanted(_name(request) or "", path.name, der, key_sha256(request.public_key()))
    wrong.check()


def _read(path: Path) -> x509.CertificateSigningRequest | Message:
    """The request in `path`, or why there is none."""
    try:
        data = read_file(path, limit=_LIMIT)
    except ServiceError as error:
        return message("devices.request-file", what=error.what)
    try:
        return x509.load_pem_x509_csr(data) if b"-----BEGIN" in data else x509.load_der_x509_csr(data)
    except ValueError:
        return message("devices.request-unreadable")


def _reason(request: x509.CertificateSigningRequest) -> Message | None:
    """Why `request` cannot be signed."""
    try:
        if not request.is_signature_valid:
            return message("devices.request-signature")
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return message("devices.request-signature")
    if not _strong(key):
        return message("devices.request-key", is_=key_label(key) or "?", bits=_RSA_BITS)
    name = _name(request)
    return message("devices.request-name") if name is None else problem(name)


def _strong(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES


def _name(request: x509.CertificateSigningRequest) -> str | None:
    """The request's common name; None where it has none, or more than one."""
    try:
        found = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return None
    return found[0].value if len(found) == 1 and isinstance(found[0].value, str) else None
