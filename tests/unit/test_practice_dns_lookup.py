"""The practice DNS answers as an authoritative server of the RFCs does."""

from __future__ import annotations

import pytest

from services.practice.dns.faults import WRONG_TARGET, as_served
from services.practice.dns.lookup import Answer, Rcode, look_up
from services.practice.zone_data import RecordSet, Zone

TARGET = "d1234.ala.practice.example."


def record(name: str, kind: str, *values: str) -> RecordSet:
    return RecordSet(name, kind, 60, values)


SOA = record("example.test.", "SOA", "ns. host. 1 2 3 4 5")
CNAME = record("mqtt.example.test.", "CNAME", TARGET)
TEXT = record("_acme-challenge.mqtt.example.test.", "TXT", '"token"')
EXAMPLE = Zone(
    "Z1",
    "example.test.",
    private=False,
    record_sets=(
        SOA,
        record("example.test.", "NS", "ns."),
        CNAME,
        TEXT,
        record("a.b.example.test.", "A", "127.0.0.1"),
        record("*.wild.example.test.", "A", "127.0.0.2"),
        record("there.wild.example.test.", "TXT", '"here"'),
        record("loop.example.test.", "CNAME", "pool.example.test."),
        record("pool.example.test.", "CNAME", "loop.example.test."),
        record("dangling.example.test.", "CNAME", "gone.example.test."),
        record("away.example.test.", "CNAME", "www.example.org."),
    ),
)
DEPLOYMENT = Zone(
    "Z2",
    TARGET,
    private=False,
    record_sets=(record(TARGET, "A", "127.0.0.1"), record(TARGET, "SOA", "ns. host. 1 2 3 4 5")),
)


def ask(name: str, kind: str) -> Answer:
    return look_up((EXAMPLE, DEPLOYMENT), name, kind)


def values(answer: Answer) -> list[str]:
    return [value for found in answer.answers for value in found.values]


def test_a_cname_is_followed_into_the_other_zone() -> None:
    answer = ask("mqtt.example.test", "A")
    assert (answer.rcode, values(answer), answer.authority) == (Rcode.NOERROR, [TARGET, "127.0.0.1"], ())


def test_a_cname_that_is_asked_for_is_not_followed() -> None:
    assert values(ask("mqtt.example.test", "CNAME")) == [TARGET]


def test_case_does_not_matter() -> None:
    assert values(ask("MQTT.Example.TEST.", "A")) == [TARGET, "127.0.0.1"]


@pytest.mark.parametrize("kind", ["CAA", "AAAA", "MX"])
def test_a_name_without_this_type_is_empty_and_not_missing(kind: str) -> None:
    answer = ask("example.test", kind)
    assert (answer.rcode, answer.answers, answer.authority) == (Rcode.NOERROR, (), (SOA,))


def test_caa_of_the_alias_is_empty_at_its_target() -> None:
    answer = ask("mqtt.example.test", "CAA")
    assert (answer.rcode, values(answer)) == (Rcode.NOERROR, [TARGET])


def test_a_name_that_does_not_exist_is_nxdomain_with_the_soa() -> None:
    assert ask("nothing.example.test", "A") == Answer(Rcode.NXDOMAIN, (), (SOA,))


def test_an_alias_to_nothing_is_nxdomain_with_the_alias() -> None:
    answer = ask("dangling.example.test", "A")
    assert (answer.rcode, values(answer)) == (Rcode.NXDOMAIN, ["gone.example.test."])


def test_an_alias_that_leads_outside_is_all_that_can_be_said() -> None:
    answer = ask("away.example.test", "A")
    assert (answer.rcode, values(answer)) == (Rcode.NOERROR, ["www.example.org."])


def test_a_name_between_two_others_exists() -> None:
    assert ask("b.example.test", "A") == Answer(Rcode.NOERROR, (), (SOA,))


def test_a_wildcard_stands_for_names_that_are_not_there() -> None:
    assert ask("x.wild.example.test", "A").answers == (record("x.wild.example.test.", "A", "127.0.0.2"),)
    assert ask("y.x.wild.example.test", "A").rcode is Rcode.NOERROR
    assert ask("x.wild.example.test", "TXT") == Answer(Rcode.NOERROR, (), (SOA,))
    assert ask("there.wild.example.test", "A") == Answer(Rcode.NOERROR, (), (SOA,))
    assert ask("below.there.wild.example.test", "A").rcode is Rcode.NXDOMAIN


def test_a_loop_of_aliases_ends() -> None:
    assert ask("loop.example.test", "A").rcode is Rcode.SERVFAIL


@pytest.mark.parametrize("name", ["example.org", "notexample.test", "d9.ala.practice.example"])
def test_other_peoples_names_are_refused(name: str) -> None:
    assert ask(name, "A") == Answer(Rcode.REFUSED, authoritative=False)


@pytest.mark.parametrize("name", ["test", "practice.example", "."])
def test_whoever_climbs_the_tree_gets_up(name: str) -> None:
    assert ask(name, "CAA") == Answer(Rcode.NOERROR, authoritative=False)


def faulty(name: str, kind: str, *faults: str) -> Answer:
    return look_up((as_served(EXAMPLE, faults), DEPLOYMENT), name, kind)


def test_the_faults_show_where_a_user_would_see_them() -> None:
    assert faulty("away.example.test", "CNAME", "dns-missing").rcode is Rcode.NXDOMAIN
    assert values(faulty("mqtt.example.test", "CNAME", "cname-wrong")) == [WRONG_TARGET]
    assert faulty(TEXT.name, "TXT", "acme-dns-not-found").rcode is Rcode.NXDOMAIN
    assert values(faulty(TEXT.name, "TXT", "acme-unauthorized")) not in (values(ask(TEXT.name, "TXT")), [])
    assert values(faulty("example.test", "CAA", "acme-caa-forbids")) == ['0 issue "other-ca.example"']


def test_faults_leave_everything_else_alone() -> None:
    assert as_served(EXAMPLE, ()) == EXAMPLE
    assert values(faulty(TEXT.name, "TXT", "cname-wrong", "dns-missing")) == ['"token"']
    assert values(faulty("mqtt.example.test", "CNAME", "acme-unauthorized", "acme-dns-not-found")) == [TARGET]
