"""Who could read along where an API is called without TLS: API key, password and private key go that way. Pure."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

_PRIVATE_SUFFIXES: Final = (".local", ".internal", ".lan", ".home.arpa")  # RFC 6762, ICANN 2024, custom, RFC 8375


class Exposure(StrEnum):
    """How far unencrypted calls go; also the variant that chooses the words."""

    NONE = "none"  # they are encrypted
    MACHINE = "machine"
    PRIVATE = "private"
    OPEN = "open"


def exposure(base_url: str) -> Exposure:
    """Tell how far calls to `base_url` go unencrypted, by the address alone; NONE also for what is no http address."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return Exposure.NONE
    if parts.scheme != "http":
        return Exposure.NONE
    host = (parts.hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _of_name(host)
    if address.is_loopback:
        return Exposure.MACHINE
    return Exposure.PRIVATE if address.is_private or address.is_link_local else Exposure.OPEN


def _of_name(host: str) -> Exposure:
    if host == "localhost":
        return Exposure.MACHINE
    return Exposure.PRIVATE if "." not in host or host.endswith(_PRIVATE_SUFFIXES) else Exposure.OPEN
