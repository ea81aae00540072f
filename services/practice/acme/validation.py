"""Whether the applicant controls a name: dns-01 (RFC 8555 section 8.4) and CAA, really looked up in the DNS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

from services.practice.acme import caa
from services.practice.acme.problems import AcmeError, Problem, problem, refuse

if TYPE_CHECKING:
    from collections.abc import Collection

    from dns.rdata import Rdata
    from dns.rdtypes.ANY.CAA import CAA
    from dns.rdtypes.ANY.TXT import TXT

_DEADLINE_SECONDS = 3.0
_MAX_CNAMES = 10
_SHOWN_TXT = 100
_EXPLAINED = {
    dns.rcode.NXDOMAIN: " - check that a DNS record exists for this domain",
    dns.rcode.SERVFAIL: " - the domain's nameservers may be malfunctioning",
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who proves what.

    Attributes:
        name: the DNS name, without `*.`.
        wildcard: whether it is for the wildcard below that name.
        account_url: the account that asks.
        digest: what the TXT record must hold, the base64url SHA-256 of the key authorization.
    """

    name: str
    wildcard: bool
    account_url: str
    digest: str


class Validator:
    """Looks at the DNS at `address` (IP address and port), as a CA's resolver would.

    The server there is authoritative for the practice zones and refuses everything else; as it is the whole DNS of the
    practice world, what it refuses does not exist.
    """

    def __init__(self, address: tuple[str, int], caa_identities: Collection[str]) -> None:
        self._address = address
        self._identities = frozenset(identity.lower() for identity in caa_identities)

    def check(self, applicant: Applicant) -> Problem | None:
        """Why the applicant may not have the name; None where it may."""
        try:
            return self._check_txt(applicant) or self._check_caa(applicant)
        except AcmeError as error:
            return error.problem

    def _check_txt(self, applicant: Applicant) -> Problem | None:
        where = f"_acme-challenge.{applicant.name}"
        values = [_text(rdata) for rdata in self._lookup(where, "TXT")]
        if not values:
            return problem("unauthorized", f"No TXT record found at {where}")
        if applicant.digest in values:
            return None
        shown = values[0] if len(values[0]) <= _SHOWN_TXT else values[0][:_SHOWN_TXT] + "..."
        more = f" (and {len(values) - 1} more)" if len(values) > 1 else ""
        return problem("unauthorized", f'Incorrect TXT record "{shown}"{more} found at {where}')

    def _check_caa(self, applicant: Applicant) -> Problem | None:
        """Climb from the name towards the root; the first record set found decides (RFC 8659 section 3).

        The top-level domain is not asked: the practice world's do not exist.
        """
        request = caa.Request(self._identities, applicant.account_url, "dns-01", applicant.wildcard)
        labels = applicant.name.split(".")
        for depth in range(len(labels) - 1):
            where = ".".join(labels[depth:])
            try:
                records = [_caa_record(rdata) for rdata in self._lookup(where, "CAA", missing_is_empty=True)]
            except AcmeError as error:
                return problem("dns", f"While processing CAA for {applicant.name}: {error.problem.detail}")
            if not records:
                continue
            if caa.permits(records, request):
                return None
            detail = f"CAA record for {where} prevents issuance"
            return problem("caa", f"While processing CAA for {applicant.name}: {detail}")
        return None

    def _lookup(self, name: str, kind: str, *, missing_is_empty: bool = False) -> list[Rdata]:
        """All records of one kind at `name`, CNAMEs followed.

        Raises:
            AcmeError: `dns`, with Boulder's words.
        """
        wanted = dns.rdatatype.from_text(kind)
        asked = dns.name.from_text(name)
        for _ in range(_MAX_CNAMES):
            answer = self._ask(asked, wanted, name)
            code = answer.rcode()
            if code in {dns.rcode.NXDOMAIN, dns.rcode.REFUSED}:
                if missing_is_empty:
                    return []
                raise _dns_problem(name, kind, dns.rcode.NXDOMAIN)
            if code != dns.rcode.NOERROR:
                raise _dns_problem(name, kind, code)
            records, target = _followed(answer)
            if records or target == asked:
                return records
            asked = target
        raise _dns_problem(name, kind, dns.rcode.SERVFAIL)

    def _ask(self, asked: dns.name.Name, wanted: dns.rdatatype.RdataType, name: str) -> dns.message.QueryMessage:
        host, port = self._address
        query = dns.message.make_query(asked, wanted)
        kind = dns.rdatatype.to_text(wanted)
        try:
            answer, _ = dns.query.udp_with_fallback(query, host, timeout=_DEADLINE_SECONDS, port=port)
        except dns.exception.Timeout as error:
            raise refuse("dns", f"DNS problem: query timed out looking up {kind} for {name}") from error
        except OSError as error:
            raise refuse("dns", f"DNS problem: networking error looking up {kind} for {name}") from error
        except dns.exception.DNSException as error:
            raise refuse("dns", f"DNS problem: server failure at resolver looking up {kind} for {name}") from error
        return cast("dns.message.QueryMessage", answer)  # the answer to a query is one


def _followed(answer: dns.message.QueryMessage) -> tuple[list[Rdata], dns.name.Name]:
    """The records at the end of the answer's own CNAMEs, and the name where those end."""
    try:
        chain = answer.resolve_chaining()
    except dns.exception.DNSException as error:
        raise refuse("dns", f"DNS problem: server failure at resolver ({type(error).__name__})") from error
    return list(chain.answer or ()), chain.canonical_name


def _dns_problem(name: str, kind: str, code: dns.rcode.Rcode) -> AcmeError:
    detail = f"DNS problem: {dns.rcode.to_text(code)} looking up {kind} for {name}{_EXPLAINED.get(code, '')}"
    return refuse("dns", detail)


def _text(rdata: Rdata) -> str:
    return b"".join(cast("TXT", rdata).strings).decode("utf-8", "replace")


def _caa_record(rdata: Rdata) -> caa.CaaRecord:
    record = cast("CAA", rdata)
    return caa.CaaRecord(record.flags, record.tag.decode("ascii", "replace"), record.value.decode("utf-8", "replace"))
