"""A change batch is judged as Route 53 judges it, and never half applied."""

from __future__ import annotations

import pytest

from services.practice.aws.change_batch import Change, apply_changes, read_changes
from services.practice.aws.messages import AwsError
from services.practice.zone_data import RecordSet

ZONE = "example.test."
APEX = (
    RecordSet(ZONE, "NS", 172800, ("ns-2048.awsdns-64.com.",)),
    RecordSet(ZONE, "SOA", 900, ("ns-2048.awsdns-64.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",)),
)
TARGET = "d1234.ala.practice.example."


def record(name: str, kind: str, *values: str, ttl: int = 300) -> RecordSet:
    return RecordSet(name, kind, ttl, values)


CNAME = record("mqtt.example.test.", "CNAME", TARGET)
ADDRESS = record("mqtt.example.test.", "A", "192.0.2.1")
TEXT = record("_acme-challenge.mqtt.example.test.", "TXT", '"abc"')


def apply(*changes: tuple[str, RecordSet], existing: tuple[RecordSet, ...] = APEX) -> tuple[RecordSet, ...]:
    return apply_changes(ZONE, existing, [Change(action, changed) for action, changed in changes])


def refusal(*changes: tuple[str, RecordSet], existing: tuple[RecordSet, ...] = APEX) -> str:
    with pytest.raises(AwsError) as refused:
        apply(*changes, existing=existing)
    assert (refused.value.status, refused.value.code) == (400, "InvalidChangeBatch")
    return refused.value.message


def test_upsert_creates_and_then_replaces() -> None:
    once = apply(("UPSERT", CNAME))
    other = record(CNAME.name, "CNAME", "elsewhere.example.")
    assert CNAME in once
    assert set(apply(("UPSERT", other), existing=once)) == {*APEX, other}


def test_create_does_not_replace() -> None:
    text = refusal(("CREATE", CNAME), existing=(*APEX, CNAME))
    assert text == (
        "[Tried to create resource record set [name='mqtt.example.test.', type='CNAME'] but it already exists]"
    )


def test_delete_needs_the_very_values() -> None:
    existing = (*APEX, TEXT)
    assert apply(("DELETE", TEXT), existing=existing) == APEX
    assert "but it was not found" in refusal(("DELETE", TEXT))
    for wrong in (record(TEXT.name, "TXT", '"other"'), record(TEXT.name, "TXT", '"abc"', ttl=10)):
        assert "but the values provided do not match the current values" in refusal(
            ("DELETE", wrong), existing=existing
        )


def test_a_cname_cannot_stand_at_the_apex() -> None:
    text = refusal(("UPSERT", record(ZONE, "CNAME", TARGET)))
    assert text == "[RRSet of type CNAME with DNS name example.test. is not permitted at apex in zone example.test.]"


def test_a_cname_stands_alone() -> None:
    assert refusal(("CREATE", CNAME), existing=(*APEX, ADDRESS)) == (
        "[RRSet of type CNAME with DNS name mqtt.example.test. is not permitted as it conflicts with other records with"
        " the same DNS name in zone example.test.]"
    )
    assert refusal(("UPSERT", ADDRESS), existing=(*APEX, CNAME)) == (
        "[RRSet of type A with DNS name mqtt.example.test. is not permitted because a conflicting RRSet of type CNAME"
        " with the same DNS name already exists in zone example.test.]"
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_address_may_give_way_to_a_cname_in_one_batch(order: tuple[int, int]) -> None:
    changes = (("DELETE", ADDRESS), ("CREATE", CNAME))
    after = apply(*(changes[index] for index in order), existing=(*APEX, ADDRESS))
    assert set(after) == {*APEX, CNAME}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            record("a.example.test.", "TXT", "bare"),
            "Value should be enclosed in quotation marks) encountered with 'bare'",
        ),
        (record("a.example.test.", "TXT", '"' + "x" * 256 + '"'), "CharacterStringTooLong"),
        (record("a.example.test.", "TXT", '"x"', '"x"'), "Duplicate Resource Record: '\"x\"'"),
        (
            record("a.example.test.", "A", "192.0.2.256"),
            "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
        ),
        (record("a.example.test.", "AAAA", "192.0.2.1"), "Value is not a valid IPv6 address"),
        (
            record("a.example.test.", "CNAME", "a..b"),
            "DomainLabelEmpty (Domain label is empty) encountered with 'a..b'",
        ),
        (record("a.example.test.", "CNAME", "a.", "b."), "may hold one Resource Record only"),
        (record("a.example.test.", "CAA", "letsencrypt.org"), "InvalidCAARecord"),
        (record("a" * 64 + ".example.test.", "A", "192.0.2.1"), "Domain label is too long"),
        (record("a b.example.test.", "A", "192.0.2.1"), "unsupported characters"),
        (
            record("mqtt.example.com.", "CNAME", TARGET),
            "DNS name mqtt.example.com. is not permitted in zone example.test.",
        ),
        (record("notexample.test.", "A", "192.0.2.1"), "is not permitted in zone example.test."),
    ],
)
def test_what_a_record_may_not_be(wrong: RecordSet, words: str) -> None:
    assert words in refusal(("UPSERT", wrong))


def test_long_texts_are_several_strings() -> None:
    long = record("a.example.test.", "TXT", '"' + "x" * 255 + '" "' + 'say \\"hi\\"' + '"')
    assert long in apply(("CREATE", long))


def test_the_same_record_set_twice_is_no_batch() -> None:
    text = refusal(("UPSERT", TEXT), ("UPSERT", TEXT))
    assert text == (
        "[The request contains an invalid set of changes for a resource record set"
        " 'TXT _acme-challenge.mqtt.example.test.']"
    )


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = refusal(("CREATE", record(ZONE, "CNAME", TARGET)), ("DELETE", TEXT))
    assert "at apex" in text
    assert "not found" in text


def test_a_zone_keeps_its_name_servers() -> None:
    assert "SOA record" in refusal(("DELETE", APEX[0]))


BATCH = """<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch>
<Comment>a &lt; b</Comment><Changes><Change><Action>{action}</Action><ResourceRecordSet><Name>Mqtt.Example.test</Name>
<Type>{kind}</Type>{rest}</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"""
VALUES = "<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>a.</Value></ResourceRecord></ResourceRecords>"


def test_a_batch_is_read_with_its_name_normalized() -> None:
    (change,) = read_changes(BATCH.format(action="UPSERT", kind="CNAME", rest=VALUES).encode())
    assert change == Change("UPSERT", RecordSet("mqtt.example.test.", "CNAME", 60, ("a.",)))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (BATCH.format(action="REPLACE", kind="CNAME", rest=VALUES), "InvalidInput"),
        (BATCH.format(action="UPSERT", kind="SPAM", rest=VALUES), "InvalidInput"),
        (BATCH.format(action="UPSERT", kind="CNAME", rest=""), "InvalidInput"),
        (BATCH.format(action="UPSERT", kind="A", rest="<AliasTarget/>" + VALUES), "InvalidInput"),
        ("<ChangeResourceRecordSetsRequest/>", "InvalidInput"),
        ("no xml", "MalformedInput"),
        ("", "MalformedInput"),
    ],
)
def test_what_is_no_batch_is_refused(body: str, code: str) -> None:
    with pytest.raises(AwsError) as refused:
        read_changes(body.encode())
    assert refused.value.code == code
