"""Fetching an issuer's certificate from where a certificate says it can be had (RFC 5280, 4.2.2.1). Blocking.

Only http, small and quick, without redirects; never from a private address unless the user named it. What is fetched
completes a chain; it is never trusted.
"""

from __future__ import annotations

import http.client
import ipaddress
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from msgspec.structs import replace

from services.dns.lookup import look_up_now
from services.errors import ServiceError
from services.outside import safe
from services.tls import chain, pem
from services.tls.certificate import Certificate, readable
from services.tls.chain import Link
from services.tls.repair import missing_issuer

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from services.tls.evidence import Evidence

SECONDS: Final = 3.0  # for each address
SIZE_LIMIT: Final = 64 * 1024
_MOST: Final = 5  # certificates fetched for one chain


def complete(evidence: Evidence, named: Container[str] = ()) -> Evidence:
    """Return `evidence` with the issuers that are missing in it, as far as they can be fetched.

    Args:
        evidence: a chain that may lack certificates.
        named: hosts and addresses that the user named, which may be private.
    """
    for _ in range(_MOST):
        top = missing_issuer(evidence)
        if top is None:
            return evidence
        found = next(_issuers(top, named), None)
        if found is None or found.der in evidence.fetched:
            return evidence
        evidence = replace(evidence, fetched=(*evidence.fetched, found.der))
    return evidence


def fetch(url: str, named: Container[str] = (), *, seconds: float = SECONDS) -> tuple[Certificate, ...]:
    """Return the certificates at `url` (DER, PEM or PKCS#7).

    Raises:
        ServiceError: issuer-not-fetched.
    """
    try:
        host, port, path = _place(url)
        return _certificates(_get(_address(host, named), port, host, path, seconds))
    except (OSError, ValueError, http.client.HTTPException, UnsupportedAlgorithm) as error:
        details = safe(str(error), limit=200)
        raise ServiceError("issuer-not-fetched", details=details, url=safe(url, limit=300)) from error


def _place(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("not an http address")
    return parts.hostname, parts.port or 80, parts.path or "/"


def _issuers(certificate: Certificate, named: Container[str]) -> Iterator[Certificate]:
    for url in certificate.issuer_urls[:2]:
        try:
            found = fetch(url, named)
        except ServiceError:
            continue
        yield from (each for each in found if chain.issues(each, certificate) is Link.YES)


def _address(host: str, named: Container[str]) -> str:
    """Return where `host` leads, if one may go there."""
    for address in look_up_now(host).addresses:
        if ipaddress.ip_address(address).is_global or address in named or host in named:
            return address
    raise ValueError("no address, or a private one")


def _get(address: str, port: int, host: str, path: str, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    connection = http.client.HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request(
            "GET",
            path,
            headers={
                "Host": host if port == 80 else f"{host}:{port}",
                "User-Agent": "emqx-mtls",
                "Connection": "close",
            },
        )
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise ValueError(f"HTTP {response.status}")
        data = b""
        while piece := response.read1(8_192):
            data += piece
            if len(data) > SIZE_LIMIT:
                raise ValueError("too large")
            if time.monotonic() > deadline:
                raise TimeoutError("too slow")
        return data
    finally:
        connection.close()


def _certificates(data: bytes) -> tuple[Certificate, ...]:
    if data.lstrip().startswith(b"-----BEGIN"):
        return pem.readable(data)
    if alone := readable([data]):
        return alone
    return readable(each.public_bytes(Encoding.DER) for each in pkcs7.load_der_pkcs7_certificates(data))
