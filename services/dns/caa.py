"""Which CA may issue for a name: CAA records (RFC 8659)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.dns.answers import Answer
    from services.dns.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Caa:
    """The CAA records that rule a name (RFC 8659): where they stand, and each as (flags, tag, value)."""

    at: str
    records: tuple[tuple[int, str, str], ...]

    def allows(self, ca_domain: str) -> bool:
        """Tell whether a CA known by `ca_domain` may issue for the name (not for a wildcard)."""
        if any(flags & 128 and tag not in {"issue", "issuewild", "iodef"} for flags, tag, _ in self.records):
            return False  # a critical property that no CA is sure to understand
        issuers = [value.split(";")[0].strip().lower() for _, tag, value in self.records if tag == "issue"]
        return not issuers or ca_domain.lower() in issuers


async def find_caa(resolver: Resolver, name: str) -> Caa | Answer:
    """Return the CAA records that rule `name`: its own, else the nearest parent's; none at all is `Caa("", ())`.

    Where it could not be found out, the failed answer.
    """
    labels = name.split(".")
    for start in range(len(labels)):
        parent = ".".join(labels[start:])
        answer = await resolver.ask(parent, "CAA")
        if answer.is_unknown:
            return answer
        if answer.values:
            return Caa(parent, tuple(record for value in answer.values if (record := _caa_record(value))))
    return Caa("", ())


def _caa_record(value: str) -> tuple[int, str, str] | None:
    """Read `0 issue "letsencrypt.org"`."""
    flags, _, rest = value.partition(" ")
    tag, _, content = rest.partition(" ")
    with contextlib.suppress(ValueError):
        return int(flags), tag.lower(), content.strip().strip('"')
    return None
