"""DNS questions with a deadline, to the configured resolver or to a zone's own name servers; none of them raises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.dns.answers import Addresses, Answer, Outcome
from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.world import Dns

SECONDS: Final = 5.0
"""For one question, all tries together."""

_LONGEST_CHAIN: Final = 8  # CNAMEs followed; resolvers give up at about as many
_DNS_PORT: Final = 53


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

    async def ask(self, name: str, kind: str, *, seconds: float = SECONDS) -> Answer:
        """Ask for the records of type `kind` at `name`. Never raises: what went wrong is the answer's outcome."""
        import dns.exception  # noqa: PLC0415 - dnspython is wanted only where DNS is asked
        import dns.resolver  # noqa: PLC0415 - as above

        try:
            resolver = self._resolver(seconds)
            found = await resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False, lifetime=seconds)
        except dns.resolver.NXDOMAIN as error:
            responses = error.responses().values()  # type: ignore[no-untyped-call]  # dnspython left it out
            return Answer(name, kind, Outcome.MISSING, aliases=_aliases(name, responses), detail=_words(error))
        except dns.exception.Timeout as error:
            return Answer(name, kind, Outcome.TIMEOUT, detail=_words(error))
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Answer(name, kind, Outcome.FAILED, detail=_words(error))
        values = tuple(sorted(_presented(record) for record in found.rrset or ()))
        aliases = _aliases(name, (found.response,))
        return Answer(name, kind, Outcome.FOUND if values else Outcome.EMPTY, values, aliases)

    async def addresses(self, name: str, *, seconds: float = SECONDS) -> Addresses:
        """Follow `name` through its aliases to its addresses (A and AAAA); `seconds` is for each step of the way."""
        chain = [name]
        for _ in range(_LONGEST_CHAIN):
            here = chain[-1]
            four, six = await asyncio.gather(
                self.ask(here, "A", seconds=seconds), self.ask(here, "AAAA", seconds=seconds)
            )
            addresses = (*four.values, *six.values)
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
            found = await self._resolver(SECONDS).resolve(f"{zone}.", "SOA", raise_on_no_answer=False, search=False)
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


def _words(error: Exception) -> str:
    return safe(str(error) or type(error).__name__, limit=300)


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
