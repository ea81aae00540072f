"""How long a part of a distinguished name may be. Light: no library behind it."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 64
"""Octets of a common name or an organization in UTF-8.

RFC 5280, appendix A.1 (ub-common-name, ub-organization-name) counts characters; cryptography counts octets and makes no
certificate beyond, and what it does not make is not to be promised.
"""


def octets(part: str) -> int:
    """Return how long `part` is, to compare with LONGEST."""
    return len(part.encode(errors="surrogatepass"))  # a lone surrogate is refused elsewhere, for what it is
