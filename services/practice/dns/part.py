"""The DNS part of the practice world."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol

from services.practice.dns.faults import WRONG_TARGET, as_served
from services.practice.dns.lookup import Rcode, look_up
from services.practice.dns.server import DatagramAndStreamServer
from services.practice.dns.wire import Query, read_query, refuse, write_answer
from services.practice.journal import RequestRecord
from services.practice.part import ServerPart
from services.practice.serving import LOOPBACK
from services.practice.zone_data import RecordSet, Zone, absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.practice.faults import Faults
    from services.practice.journal import Journal

DEPLOYMENT_NAMES: Mapping[str, str] = {"d1234.ala.practice.example": LOOPBACK}


class HostedZones(Protocol):
    """Where the records come from: the practice account."""

    zone_id: str

    def zones(self) -> tuple[Zone, ...]:
        """All hosted zones as they are now."""


def _now() -> datetime:
    return datetime.now(UTC)


class PracticeDns(ServerPart):
    """An authoritative DNS server on one loopback port, UDP and TCP, for the public hosted zones of `aws`.

    Args:
        faults: dns-missing, cname-wrong, acme-caa-forbids, acme-dns-not-found and acme-unauthorized are its own.
        journal: gets one record a question, its status the response code.
        aws: asked anew at each question, so a change is served as soon as it is made.
        extra_names: names outside the zones that are answered too, each with its address.
        clock: now, aware; dates the records.
        port: 0 takes a free one.

    Attributes:
        address: host and port.

    Raises:
        OSError: the port is taken.
    """

    name = "dns"

    def __init__(
        self,
        faults: Faults,
        journal: Journal,
        aws: HostedZones,
        extra_names: Mapping[str, str] = DEPLOYMENT_NAMES,
        *,
        clock: Callable[[], datetime] = _now,
        port: int = 0,
    ) -> None:
        self._faults = faults
        self._journal = journal
        self._aws = aws
        self._clock = clock
        names = {WRONG_TARGET: LOOPBACK, **extra_names}
        self._extra = tuple(_host_zone(name, address) for name, address in names.items())
        self._server = DatagramAndStreamServer(self._answer, "practice-dns", port)
        self.address = self._server.address

    def _answer(self, packet: bytes, tcp: bool) -> bytes | None:
        query = read_query(packet)
        if not isinstance(query, Query):
            return None if query is None else refuse(packet, query)
        try:
            answer = look_up(self._zones(), query.name, query.kind)
            response = write_answer(query, answer, tcp=tcp)
        except Exception:  # noqa: BLE001 - a record that cannot be put on the wire must not end the server
            self._record(query, Rcode.SERVFAIL)
            return refuse(packet, Rcode.SERVFAIL)
        self._record(query, answer.rcode)
        return response

    def _zones(self) -> list[Zone]:
        """The zones that are delegated here: of several of one name, the one that the world began with."""
        public = [zone for zone in self._aws.zones() if not zone.private]
        public.sort(key=lambda zone: zone.id != self._aws.zone_id)
        return [*(as_served(zone, self._faults.active) for zone in public), *self._extra]

    def _record(self, query: Query, rcode: Rcode) -> None:
        self._journal.append(RequestRecord("dns", query.kind, query.name, False, int(rcode), self._clock()))


def _host_zone(name: str, address: str) -> Zone:
    """A zone of one name with one address."""
    owner = absolute(name)
    kind = "A" if ip_address(address).version == 4 else "AAAA"
    soa = f"ns.{owner} hostmaster.{owner} 1 7200 900 1209600 60"
    return Zone(owner, owner, False, (RecordSet(owner, kind, 60, (address,)), RecordSet(owner, "SOA", 60, (soa,))))
