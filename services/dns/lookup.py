"""Where a host name leads: the chain of CNAMEs and the addresses, with a deadline; this machine's own names too."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Final

from services.addresses import is_address
from services.dns.answers import Failure, Lookup, Outcome
from services.dns.resolver import Resolver

if TYPE_CHECKING:
    from services.dns.answers import Addresses

SECONDS: Final = 3.0
_LOCAL: Final = ("localhost", "localhost.localdomain")
_FAILURES: Final[dict[Outcome, Failure]] = {Outcome.TIMEOUT: "timeout", Outcome.FAILED: "failed"}


async def look_up(name: str, nameserver: tuple[str, int] | None = None, *, seconds: float = SECONDS) -> Lookup:
    """Return where `name` leads, by the name server `nameserver` (address, port) or by the system's set-up.

    An IP address leads to itself. Names of the system's hosts file are answered from there, unless `nameserver` is
    given. `seconds` is the deadline of one question; an alias that leads on asks another.
    """
    if is_address(name):
        return Lookup(name, addresses=(name,))
    if nameserver is None and (local := await asyncio.to_thread(_of_this_machine, name)):
        return Lookup(name, addresses=local)
    start = time.monotonic()
    resolver = Resolver((nameserver,) if nameserver else None)
    found = await resolver.addresses(name.rstrip("."), seconds=seconds)
    return _lookup(name, found, time.monotonic() - start)


def look_up_now(name: str, nameserver: tuple[str, int] | None = None, *, seconds: float = SECONDS) -> Lookup:
    """Return the same. Blocking: for threads that have no event loop."""
    return asyncio.run(look_up(name, nameserver, seconds=seconds))


def _lookup(name: str, found: Addresses, seconds: float) -> Lookup:
    _, *cnames = found.chain
    failure: Failure = "" if found.addresses else _FAILURES.get(found.last.outcome, "not-found")
    return Lookup(name, tuple(cnames), found.addresses, failure, found.last.detail if failure else "", seconds)


def _of_this_machine(name: str) -> tuple[str, ...]:
    """Return the addresses of a name that the system answers without asking the network."""
    if name.lower().rstrip(".") in {*_LOCAL, socket.gethostname().lower()} or name.endswith(".localhost"):
        return ("127.0.0.1", "::1") if socket.has_ipv6 else ("127.0.0.1",)
    return _of_hosts_file(name)


def _of_hosts_file(name: str) -> tuple[str, ...]:
    try:
        with open("/etc/hosts", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a system file by its name
            lines = [line.partition("#")[0].lower().split() for line in file]
    except OSError:
        return ()
    wanted = name.lower().rstrip(".")
    return tuple(words[0] for words in lines if len(words) > 1 and wanted in words[1:] and is_address(words[0]))
