"""The names of client CAs that a server lists in its certificate request (RFC 8446, 4.2.4). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.outside import safe
from services.tls.extensions import SEPARATOR

if TYPE_CHECKING:
    from OpenSSL import crypto

_OIDS: Final = {
    "CN": "2.5.4.3",
    "serialNumber": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "DC": "0.9.2342.19200300.100.1.25",
    "emailAddress": "1.2.840.113549.1.9.1",
}


def shown_and_key(name: crypto.X509Name) -> tuple[str, str]:
    """Return a client-CA name for display, and to compare with a certificate's issuer ("" where it cannot be)."""
    parts = [
        (short.decode("ascii", "replace"), value.decode("utf-8", "replace")) for short, value in name.get_components()
    ]
    shown = ",".join(f"{short}={value}" for short, value in reversed(parts))
    comparable = all(short in _OIDS for short, _ in parts)
    key = (
        SEPARATOR.join(f"{_OIDS[short]}={' '.join(value.lower().split())}" for short, value in parts)
        if comparable
        else ""
    )
    return safe(shown, limit=300), key
