"""dnspython, over UDP and TCP, finds the practice DNS to be a server of the zones that the account holds."""

from __future__ import annotations

import random
import socket
import threading
from typing import TYPE_CHECKING, Any

import boto3
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import pytest

from services.practice.aws import PracticeAws
from services.practice.dns import PracticeDns
from services.practice.faults import Faults
from services.practice.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "mqtt.example.test"
CHALLENGE = f"_acme-challenge.{NAME}"
TARGET = "d1234.ala.practice.example"


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def aws(faults: Faults, journal: Journal) -> Iterator[PracticeAws]:
    with PracticeAws(faults, journal) as part:
        yield part


@pytest.fixture
def server(aws: PracticeAws, faults: Faults, journal: Journal) -> Iterator[PracticeDns]:
    with PracticeDns(faults, journal, aws) as part:
        yield part


@pytest.fixture
def route53(aws: PracticeAws) -> Iterator[Any]:
    who = aws.admin_credentials
    session = boto3.Session(who.access_key_id, who.secret_access_key, region_name="us-east-1")
    client = session.client("route53", endpoint_url=aws.url)
    yield client
    client.close()


@pytest.fixture
def put(aws: PracticeAws, route53: Any) -> Callable[..., None]:
    """Puts records into the zone over the API, as the guide's user does."""

    def put(name: str, kind: str, *values: str, zone_id: str = "") -> None:
        records = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}
        change = {"Action": "UPSERT", "ResourceRecordSet": records}
        route53.change_resource_record_sets(HostedZoneId=zone_id or aws.zone_id, ChangeBatch={"Changes": [change]})

    return put


def ask(server: PracticeDns, name: str, kind: str, *, tcp: bool = False, **options: Any) -> dns.message.Message:
    query = dns.message.make_query(name, kind, **options)
    host, port = server.address
    over = dns.query.tcp if tcp else dns.query.udp
    return over(query, host, timeout=5, port=port)


def values(answer: dns.message.Message) -> list[str]:
    return [record.to_text() for rrset in answer.answer for record in rrset]


def code(answer: dns.message.Message) -> str:
    return dns.rcode.to_text(answer.rcode())


def test_a_change_is_served_at_once_over_udp_and_tcp(server: PracticeDns, put: Callable[..., None]) -> None:
    assert code(ask(server, NAME, "A")) == "NXDOMAIN"
    put(NAME, "CNAME", TARGET)
    for tcp in (False, True):
        answer = ask(server, NAME, "A", tcp=tcp)
        assert values(answer) == [f"{TARGET}.", "127.0.0.1"]
        assert answer.flags & dns.flags.AA


def test_a_resolver_that_is_pointed_here_resolves(server: PracticeDns, put: Callable[..., None]) -> None:
    put(NAME, "CNAME", TARGET)
    put("mail.example.test", "MX", "10 mx.example.test")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [server.address[0]], server.address[1]
    answer = resolver.resolve(NAME, "A", lifetime=5)
    assert [record.to_text() for record in answer] == ["127.0.0.1"]
    assert answer.canonical_name == dns.name.from_text(TARGET)
    assert [record.to_text() for record in resolver.resolve("mail.example.test", "MX", lifetime=5)] == [
        "10 mx.example.test."
    ]
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("nothing.example.test", "A", lifetime=5)
    for name in (NAME, "example.test", "test"):  # as a CA climbs the tree for CAA (RFC 8659)
        assert not resolver.resolve(name, "CAA", lifetime=5, raise_on_no_answer=False).rrset


def test_the_apex_has_name_servers_and_soa(server: PracticeDns) -> None:
    assert len(values(ask(server, "example.test", "NS"))) == 4
    assert "awsdns-hostmaster.amazon.com." in values(ask(server, "example.test", "SOA"))[0]
    missing = ask(server, "nothing.example.test", "A")
    assert [rrset.rdtype for rrset in missing.authority] == [dns.rdatatype.SOA]


def test_caa_and_texts_arrive_as_they_were_put(server: PracticeDns, put: Callable[..., None]) -> None:
    put("example.test", "CAA", '0 issue "letsencrypt.org"', '128 iodef "mailto:a@example.test"')
    assert sorted(values(ask(server, "example.test", "CAA"))) == [
        '0 issue "letsencrypt.org"',
        '128 iodef "mailto:a@example.test"',
    ]
    put(CHALLENGE, "TXT", '"one"', '"two \\"quoted\\" \\134"')
    assert sorted(values(ask(server, CHALLENGE, "TXT"))) == ['"one"', '"two \\"quoted\\" \\\\"']


def test_a_long_text_is_truncated_over_udp_and_whole_over_tcp(server: PracticeDns, put: Callable[..., None]) -> None:
    put("long.example.test", "TXT", " ".join(f'"{letter * 255}"' for letter in "abcdef"))
    short = ask(server, "long.example.test", "TXT")
    assert short.flags & dns.flags.TC
    assert values(short) == []
    (rrset,) = ask(server, "long.example.test", "TXT", tcp=True).answer
    assert [len(string) for string in rrset[0].strings] == [255] * 6


def test_edns_makes_room_for_more(server: PracticeDns, put: Callable[..., None]) -> None:
    put("long.example.test", "TXT", " ".join(f'"{letter * 255}"' for letter in "abc"))
    assert ask(server, "long.example.test", "TXT").flags & dns.flags.TC
    answer = ask(server, "long.example.test", "TXT", use_edns=0, payload=1232, want_dnssec=True)
    assert not answer.flags & dns.flags.TC
    assert len(values(answer)) == 1
    assert answer.edns == 0


def test_the_case_of_the_question_comes_back(server: PracticeDns, put: Callable[..., None]) -> None:
    put(CHALLENGE, "TXT", '"token"')
    name = "".join(random.choice((str.upper, str.lower))(char) for char in CHALLENGE)  # noqa: S311 - no secret
    answer = ask(server, name, "TXT")
    assert str(answer.answer[0].name) == str(answer.question[0].name) == f"{name}."


def test_wildcards_and_names_between(server: PracticeDns, put: Callable[..., None]) -> None:
    put("*.example.test", "A", "127.0.0.9")
    put("deep.below.example.test", "A", "127.0.0.8")
    assert values(ask(server, "any.example.test", "A")) == ["127.0.0.9"]
    assert (code(ask(server, "below.example.test", "A")), values(ask(server, "below.example.test", "A"))) == (
        "NOERROR",
        [],
    )


def test_what_is_not_ours_is_refused(server: PracticeDns) -> None:
    assert code(ask(server, "example.org", "A")) == "REFUSED"
    assert code(ask(server, "version.bind", "TXT", rdclass="CH")) == "REFUSED"


def test_private_and_second_zones_of_the_name_are_not_asked(
    server: PracticeDns, put: Callable[..., None], route53: Any
) -> None:
    put(NAME, "CNAME", TARGET)
    second = route53.create_hosted_zone(Name="example.test", CallerReference="1")["HostedZone"]["Id"]
    vpc = {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}
    private = route53.create_hosted_zone(
        Name=NAME, CallerReference="2", HostedZoneConfig={"PrivateZone": True}, VPC=vpc
    )["HostedZone"]["Id"]
    for zone in (second, private):
        put(f"only.{NAME}", "A", "127.0.0.7", zone_id=zone.rpartition("/")[2])
    assert values(ask(server, NAME, "CNAME")) == [f"{TARGET}."]
    assert code(ask(server, f"only.{NAME}", "A")) == "NXDOMAIN"


def test_rubbish_gets_no_answer_or_an_error_and_ends_nothing(server: PracticeDns, put: Callable[..., None]) -> None:
    put(NAME, "CNAME", TARGET)
    query = dns.message.make_query(NAME, "A").to_wire()
    rubbish = [b"", b"\x00", query[:11], query[:-3], query + b"\xff" * 9, b"\x12\x34\x80" + query[3:], b"\xff" * 600]
    rubbish += [query[:2] + b"\x28" + query[3:], query[:4] + b"\x00\x00" + query[6:]]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_connection(server.address, 5) as tcp:
        for packet in rubbish:
            udp.sendto(packet, server.address)
            tcp.sendall(len(packet).to_bytes(2, "big") + packet)
        tcp.sendall(b"\xff")  # the beginning of a message that never comes
        assert values(ask(server, NAME, "A")) == values(ask(server, NAME, "A", tcp=True)) == [f"{TARGET}.", "127.0.0.1"]


def test_one_connection_carries_many_questions_however_they_are_cut(
    server: PracticeDns, put: Callable[..., None]
) -> None:
    put(NAME, "CNAME", TARGET)
    queries = [dns.message.make_query(NAME, kind) for kind in ("A", "CNAME", "CAA")]
    stream = b"".join(query.to_wire(prepend_length=True) for query in queries)
    with socket.create_connection(server.address, 5) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for index in range(len(stream)):
            peer.sendall(stream[index : index + 1])
        for query in queries:
            answer, _ = dns.query.receive_tcp(peer)
            assert answer.id == query.id


@pytest.mark.parametrize(
    ("fault", "name", "kind", "healthy", "broken"),
    [
        ("dns-missing", NAME, "CNAME", ("NOERROR", [f"{TARGET}."]), ("NXDOMAIN", [])),
        ("cname-wrong", NAME, "CNAME", ("NOERROR", [f"{TARGET}."]), ("NOERROR", ["d9999.ala.practice.example."])),
        ("acme-caa-forbids", "example.test", "CAA", ("NOERROR", []), ("NOERROR", ['0 issue "other-ca.example"'])),
        ("acme-dns-not-found", "_acme-challenge.www.example.test", "TXT", ("NOERROR", ['"token"']), ("NXDOMAIN", [])),
        (
            "acme-unauthorized",
            "_acme-challenge.www.example.test",
            "TXT",
            ("NOERROR", ['"token"']),
            ("NOERROR", ['"left-behind-by-another-client"']),
        ),
    ],
)
def test_each_fault_shows_and_heals(  # noqa: PLR0917 - a table's columns and two fixtures
    fault: str,
    name: str,
    kind: str,
    healthy: tuple[str, list[str]],
    broken: tuple[str, list[str]],
    server: PracticeDns,
    faults: Faults,
    put: Callable[..., None],
) -> None:
    put(NAME, "CNAME", TARGET)
    put("_acme-challenge.www.example.test", "TXT", '"token"')

    def seen() -> tuple[str, list[str]]:
        answer = ask(server, name, kind)
        return code(answer), values(answer)

    assert seen() == healthy
    faults.inject(fault)
    assert seen() == broken
    faults.heal(fault)
    assert seen() == healthy


def test_questions_are_on_record(server: PracticeDns) -> None:
    ask(server, "example.test", "CAA")
    ask(server, "example.org", "A", tcp=True)
    seen = [(record.method_or_action, record.target, record.status, record.write) for record in server.requests]
    assert seen == [("CAA", "example.test.", 0, False), ("A", "example.org.", 5, False)]


def test_nothing_is_left_after_stop(aws: PracticeAws) -> None:
    before = set(threading.enumerate())
    part = PracticeDns(Faults(), Journal(), aws).start()
    host, port = part.address
    with socket.create_connection(part.address, 5) as idle:
        ask(part, "example.test", "SOA", tcp=True)
        part.stop()
        part.stop()
        assert idle.recv(1) == b""
    assert set(threading.enumerate()) == before
    with PracticeDns(Faults(), Journal(), aws, port=port) as again:
        assert again.address == (host, port)


def test_a_taken_port_is_said_so(server: PracticeDns, aws: PracticeAws) -> None:
    with pytest.raises(OSError, match="in use"):
        PracticeDns(Faults(), Journal(), aws, port=server.address[1])
