"""Whether something is an IP address or a name. Pure."""

from __future__ import annotations

import ipaddress


def is_address(host: str) -> bool:
    """Tell whether `host` is an IPv4 or IPv6 address (no brackets, no port), and so no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
