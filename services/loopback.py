"""Whether an address is this machine's own: such calls never go through a proxy of the environment. Pure."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_PROXY: Final = "127.0.0.1,localhost,::1"


def is_loopback(url: str) -> bool:
    """Tell whether the host of `url` is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` with this machine's own names among those that need no proxy; for child programs."""
    said = {name: environment.get(name, "") for name in ("no_proxy", "NO_PROXY")}
    return {**environment, **{name: f"{value},{_NO_PROXY}".strip(",") for name, value in said.items()}}
