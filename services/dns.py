"""DNS questions with a deadline, to the configured resolver or to a zone's own name servers; every answer has a name.

"No such name", "no record of this type" and "could not be asked" are three different answers here.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.world import Dns

_SECONDS: Final = 5.0  # for one question, all tries together
_LONGEST_CHAIN: Final = 8  # CNAMEs followed; resolvers give up at about as many
_DNS_PORT: Final = 53


class Outcome(StrEnum):
    """What came of a question."""

    FOUND = "found"
    EMPTY = "empty"  # the name is there, and has no record of this type
    MISSING = "missing"  # NXDOMAIN
    FAILED = "failed"  # SERVFAIL, REFUSED, no answer in time, nobody to ask


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        name, kind: what was asked, e.g. "mqtt.example.com", "CNAME".
        outcome: what came of it.
        values: the records in presentation form, safe, names in lower case without the final dot; sorted.
        aliases: the names that it led on to, in order, as far as the answer said; empty where it is no alias.
        detail: why it failed.
    """

    name: str
    kind: str
    outcome: Outcome
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    detail: str = ""

    @property
    def cname(self) -> str:
        """What the name is an alias of; "" where it is none."""
        return self.aliases[0] if self.aliases else ""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a name leads.

    Attributes:
        chain: the name itself and every alias on the way.
        addresses: IPv4 and IPv6, sorted; empty where it leads nowhere.
        last: the last answer; it says why there are none.
    """

    chain: tuple[str, ...]
    addresses: tuple[str, ...]
    last: Answer


class Resolver:
    """Asks questions.

    Args:
        servers: addresses and ports to ask; None for the system's own resolver.
        recursive: whether the servers are asked to look further; name servers of a zone are not.
    """

    def __init__(self, servers: tuple[tuple[str, int], ...] | None = None, *, recursive: bool = True) -> None:
        self._servers = servers
        self._recursive = recursive

    @classmethod
    def configured(cls, dns: Dns) -> Resolver:
        """Return the resolver that the world names, else the system's."""
        return cls((dns.nameserver,) if dns.nameserver else None)

    async def ask(self, name: str, kind: str, *, seconds: float = _SECONDS) -> Answer:
        """Ask for the records of type `kind` at `name`. Never raises: what went wrong is the answer's outcome."""
        import dns.exception  # noqa: PLC0415 - dnspython is wanted only where DNS is asked
        import dns.resolver  # noqa: PLC0415 - as above

        try:
            resolver = self._resolver(seconds)
            found = await resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False, lifetime=seconds)
        except dns.resolver.NXDOMAIN as error:
            return Answer(name, kind, Outcome.MISSING, aliases=_aliases(name, error.responses().values()))  # type: ignore[no-untyped-call]  # dnspython left it out
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Answer(name, kind, Outcome.FAILED, detail=safe(str(error) or type(error).__name__))
        values = tuple(sorted(_presented(record) for record in found.rrset or ()))
        aliases = _aliases(name, (found.response,))
        return Answer(name, kind, Outcome.FOUND if values else Outcome.EMPTY, values, aliases)

    async def addresses(self, name: str) -> Addresses:
        """Follow `name` through its aliases to its addresses (A and AAAA)."""
        chain = [name]
        for _ in range(_LONGEST_CHAIN):
            four, six = await asyncio.gather(self.ask(chain[-1], "A"), self.ask(chain[-1], "AAAA"))
            addresses = tuple(sorted((*four.values, *six.values)))
            further = [alias for alias in four.aliases or six.aliases if alias not in chain]
            chain.extend(further)
            if addresses or not further:
                break
        return Addresses(tuple(chain), addresses, four)

    async def authoritative(self, name_servers: Iterable[str]) -> Resolver | None:
        """Return a resolver that asks these name servers themselves; None where none of their names resolves."""
        found = await asyncio.gather(*(self.ask(name, "A") for name in name_servers))
        servers = tuple((address, _DNS_PORT) for answer in found for address in answer.values)
        return Resolver(servers, recursive=False) if servers else None

    async def for_zone(self, zone: str, name_servers: Iterable[str]) -> Resolver | None:
        """Return who knows what `zone` itself holds: this one where it answers for the zone, else `name_servers`.

        None where none of their names resolves.
        """
        return self if await self._speaks_for(zone) else await self.authoritative(name_servers)

    async def _speaks_for(self, zone: str) -> bool:
        """Tell whether the servers asked here are authoritative for `zone` (RFC 1035, 4.1.1: the AA bit)."""
        import dns.exception  # noqa: PLC0415 - as in `ask`
        import dns.flags  # noqa: PLC0415 - as in `ask`

        if self._servers is None:
            return False
        try:
            found = await self._resolver(_SECONDS).resolve(f"{zone}.", "SOA", raise_on_no_answer=False, search=False)
        except (dns.exception.DNSException, OSError, ValueError):
            return False
        return bool(found.response.flags & dns.flags.AA)

    def _resolver(self, seconds: float) -> Any:
        import dns.asyncresolver  # noqa: PLC0415 - as in `ask`

        resolver = dns.asyncresolver.Resolver(configure=self._servers is None)
        if self._servers is not None:
            resolver.nameservers = [_server(address, port) for address, port in self._servers]
        resolver.timeout = max(seconds / 3, 0.5)
        if not self._recursive:
            resolver.flags = 0
        return resolver


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
        if answer.outcome is Outcome.FAILED:
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


def _presented(record: Any) -> str:
    text = safe(record.to_text())
    named = hasattr(record, "target")  # CNAME, NS: the whole of it is a name
    return text.rstrip(".").lower() if named else text


def _aliases(name: str, responses: Iterable[Any]) -> tuple[str, ...]:
    """Return the names that `name` leads on to, in order, according to the answers."""
    import dns.rdatatype  # noqa: PLC0415 - as in `Resolver.ask`

    targets = {
        _plain(rrset.name): _plain(rrset[0].target)
        for response in responses
        for rrset in response.answer
        if rrset.rdtype == dns.rdatatype.CNAME
    }
    found: list[str] = []
    here = name.lower()
    while here in targets and targets[here] not in found:
        here = targets[here]
        found.append(here)
    return tuple(found)


def _plain(name: Any) -> str:
    """Return a name of dnspython's for display: lower case, no final dot, safe."""
    return safe(name.to_text()).rstrip(".").lower()


def _server(address: str, port: int) -> Any:
    import dns.nameserver  # noqa: PLC0415 - as in `Resolver.ask`

    return dns.nameserver.Do53Nameserver(address, port)
