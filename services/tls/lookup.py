"""Where a host name leads: the chain of CNAMEs and the addresses, with a deadline. Blocking."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Final

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver

from services.outside import safe
from services.tls.observed import Failure, Lookup

SECONDS: Final = 3.0
_LOCAL: Final = ("localhost", "localhost.localdomain")


def look_up(name: str, resolver: tuple[str, int] | None = None, *, seconds: float = SECONDS) -> Lookup:
    """Return where `name` leads, by the name server `resolver` (address, port) or by the system's set-up.

    An IP address leads to itself. Names of the system's hosts file are answered from there, unless `resolver` is given.
    """
    start = time.monotonic()
    if _is_address(name):
        return Lookup(name, addresses=(name,))
    if resolver is None and (local := _hosts_file(name)):
        return Lookup(name, addresses=local)
    return _ask(name, resolver, start, seconds)


def _ask(name: str, nameserver: tuple[str, int] | None, start: float, seconds: float) -> Lookup:
    try:
        resolver = _resolver(nameserver)
        answer = resolver.resolve(name, "A", raise_on_no_answer=False, lifetime=seconds)
        addresses = _addresses(answer)
        left = max(seconds - (time.monotonic() - start), 0.2)
        addresses += _addresses(resolver.resolve(name, "AAAA", raise_on_no_answer=False, lifetime=left))
    except dns.resolver.NXDOMAIN as error:
        return _failed(name, "not-found", error, start)
    except dns.exception.Timeout as error:
        return _failed(name, "timeout", error, start)
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return _failed(name, "failed", error, start)
    took = time.monotonic() - start
    return Lookup(name, _cnames(answer), addresses, "" if addresses else "not-found", seconds=took)


def _resolver(nameserver: tuple[str, int] | None) -> dns.resolver.Resolver:
    if nameserver is None:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(*nameserver)]
    return resolver


def _addresses(answer: dns.resolver.Answer) -> tuple[str, ...]:
    return tuple(record.address for record in answer.rrset or ())


def _cnames(answer: dns.resolver.Answer) -> tuple[str, ...]:
    targets = (
        record.target.to_text(omit_final_dot=True)
        for rrset in answer.response.answer
        if rrset.rdtype == dns.rdatatype.CNAME
        for record in rrset
    )
    return tuple(safe(target, limit=255) for target in targets)


def _failed(name: str, failure: Failure, error: BaseException, start: float) -> Lookup:
    details = safe(str(error), limit=300)
    return Lookup(name, failure=failure, details=details, seconds=time.monotonic() - start)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _hosts_file(name: str) -> tuple[str, ...]:
    """Return the addresses of a name that the system answers without asking the network."""
    if name.lower().rstrip(".") not in {*_LOCAL, socket.gethostname().lower()} and not name.endswith(".localhost"):
        return _from_hosts(name)
    return ("127.0.0.1", "::1") if socket.has_ipv6 else ("127.0.0.1",)


def _from_hosts(name: str) -> tuple[str, ...]:
    try:
        with open("/etc/hosts", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a system file by its name
            lines = [line.partition("#")[0].lower().split() for line in file]
    except OSError:
        return ()
    wanted = name.lower().rstrip(".")
    return tuple(words[0] for words in lines if len(words) > 1 and wanted in words[1:] and _is_address(words[0]))
