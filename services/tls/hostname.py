"""Whether a certificate is for a host: names and addresses of the subjectAltName, one leading wildcard (RFC 9525)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.tls.certificate import Certificate


def is_for(certificate: Certificate, host: str) -> bool:
    """Tell whether `certificate` is for `host`, a name or an address.

    The common name counts only where there is no subjectAltName at all, as OpenSSL and Node still allow.
    """
    if (address := _address(host)) is not None:
        return any(_address(name) == address for name in certificate.names)
    names = certificate.names or ((certificate.common_name,) if certificate.common_name else ())
    return any(_matches(name.lower().rstrip("."), host.lower().rstrip(".")) for name in names)


def _matches(pattern: str, host: str) -> bool:
    if not pattern.startswith("*."):
        return pattern == host
    label, _, rest = host.partition(".")
    return bool(label) and rest == pattern[2:] and "." in rest


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None
