"""The practice account decides as IAM does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.practice.aws.policy import Call, Verdict, evaluate

ZONE = "arn:aws:route53:::hostedzone/Z1"
CHANGE = "route53:ChangeResourceRecordSets"
PREFIX = "route53:ChangeResourceRecordSets"


def statement(action: object, resource: object = "*", effect: str = "Allow", **more: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def decide(call: Call, *statements: dict[str, object]) -> Verdict:
    return evaluate([json.dumps({"Version": "2012-10-17", "Statement": list(statements)})], call)


def change(names: tuple[str, ...] = ("_acme-challenge.mqtt.example.test",), kinds: tuple[str, ...] = ("TXT",)) -> Call:
    context = {f"{PREFIX}NormalizedRecordNames".lower(): names, f"{PREFIX}RecordTypes".lower(): kinds}
    return Call(CHANGE, ZONE, {**context, f"{PREFIX}Actions".lower(): ("UPSERT",)})


def test_without_any_policy_nothing_is_allowed() -> None:
    assert evaluate([], change()) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize("action", [CHANGE, "route53:*", "route53:Change*", "ROUTE53:changeresourcerecordsets", "*"])
def test_an_action_is_matched_with_wildcards_and_in_any_case(action: str) -> None:
    assert decide(change(), statement([action, "s3:GetObject"], ZONE)) is Verdict.ALLOWED


@pytest.mark.parametrize("action", ["route53:ChangeResourceRecordSet", "route53domains:*", "route53:Change?", ""])
def test_another_action_is_not_meant(action: str) -> None:
    assert decide(change(), statement(action)) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        (ZONE, True),
        ("arn:aws:route53:::hostedzone/*", True),
        ("arn:aws:route53:::hostedzone/Z?", True),
        ("arn:aws:route53:::hostedzone/Z2", False),
        ("arn:aws:route53:::hostedzone/z1", False),
        ("arn:aws:route53:::hostedzone/[Z]1", False),
        ("arn:aws:route53:::hostedzone/YOURHOSTEDZONEID", False),
        ("arn:aws:route53:::change/*", False),
    ],
)
def test_the_resource_is_the_real_zone(resource: str, *, allowed: bool) -> None:
    assert (decide(change(), statement(CHANGE, [resource])) is Verdict.ALLOWED) is allowed


def test_list_hosted_zones_is_not_allowed_on_one_zone_only() -> None:
    listing = Call("route53:ListHostedZones", "*")
    assert decide(listing, statement("route53:ListHostedZones", ZONE)) is Verdict.NOT_ALLOWED
    assert decide(listing, statement("route53:ListHostedZones", "*")) is Verdict.ALLOWED


def test_a_deny_wins_over_every_allow_wherever_it_stands() -> None:
    allow, deny = statement("*"), statement(CHANGE, ZONE, "Deny")
    assert decide(change(), allow, deny) is decide(change(), deny, allow) is Verdict.DENIED
    assert evaluate([json.dumps({"Statement": deny}), json.dumps({"Statement": allow})], change()) is Verdict.DENIED


def test_not_action_and_not_resource_mean_everything_else() -> None:
    everything_but_iam: dict[str, object] = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert decide(change(), everything_but_iam) is Verdict.ALLOWED
    assert decide(Call("iam:CreateUser", "*"), everything_but_iam) is Verdict.NOT_ALLOWED
    assert decide(change(), {"Effect": "Allow", "Action": "*", "NotResource": ZONE}) is Verdict.NOT_ALLOWED


NARROWED = {
    "ForAllValues:StringEquals": {
        f"{PREFIX}RecordTypes": ["TXT"],
        f"{PREFIX}NormalizedRecordNames": ["_acme-challenge.mqtt.example.test"],
        f"{PREFIX}Actions": ["UPSERT", "DELETE"],
    }
}


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        (change(), True),
        (change(kinds=("CNAME",)), False),
        (change(kinds=("TXT", "CNAME")), False),
        (change(names=("mqtt.example.test",)), False),
        (change(names=("_acme-challenge.mqtt.example.test", "www.example.test")), False),
    ],
)
def test_the_policy_can_be_narrowed_to_the_challenge_record(call: Call, *, allowed: bool) -> None:
    verdict = decide(call, statement(CHANGE, ZONE, Condition=NARROWED))
    assert (verdict is Verdict.ALLOWED) is allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "allowed"),
    [
        ("ForAllValues:StringLike", "_acme-challenge.*", True),
        ("ForAnyValue:StringLike", "*.example.test", True),
        ("ForAnyValue:StringEquals", "example.test", False),
        ("ForAllValues:StringNotEquals", "www.example.test", True),
        ("ForAllValues:StringNotLike", "_acme-*", False),
        ("StringEqualsIgnoreCase", "_ACME-challenge.mqtt.example.test", True),
        ("Null", "true", False),
        ("Null", "false", True),
        ("DateGreaterThan", "2020-01-01T00:00:00Z", False),
    ],
)
def test_the_condition_operators(operator: str, wanted: str, *, allowed: bool) -> None:
    condition = {operator: {f"{PREFIX}NormalizedRecordNames": wanted}}
    assert (decide(change(), statement(CHANGE, Condition=condition)) is Verdict.ALLOWED) is allowed


def test_a_key_that_is_not_in_the_request() -> None:
    def allowed(operator: str) -> bool:
        condition = {operator: {"aws:PrincipalTag/team": "iot"}}
        return decide(change(), statement(CHANGE, Condition=condition)) is Verdict.ALLOWED

    assert not allowed("StringEquals")
    assert not allowed("ForAnyValue:StringEquals")
    assert allowed("StringEqualsIfExists")
    assert allowed("StringNotEquals")
    assert allowed("ForAllValues:StringEquals")


def test_a_condition_that_is_not_modelled_never_helps_the_caller() -> None:
    unknown = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    assert decide(change(), statement(CHANGE, Condition=unknown)) is Verdict.NOT_ALLOWED
    deny = statement(CHANGE, "*", "Deny", Condition=unknown)
    assert decide(change(), statement("*"), deny) is Verdict.DENIED


def test_policy_variables_are_filled_in() -> None:
    own_key = statement("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}")
    mine = Call("iam:CreateAccessKey", "arn:aws:iam::1:user/certbot", {"aws:username": ("certbot",)})
    theirs = Call("iam:CreateAccessKey", "arn:aws:iam::1:user/admin", {"aws:username": ("certbot",)})
    assert decide(mine, own_key) is Verdict.ALLOWED
    assert decide(theirs, own_key) is Verdict.NOT_ALLOWED


@given(st.text(alphabet="*?aZ1/:[](.\\", max_size=12), st.text(alphabet="aZ1/:[](.\\", max_size=12))
def test_wildcards_match_what_a_naive_matcher_matches(pattern: str, value: str) -> None:
    def naive(rest: str, text: str) -> bool:
        if not rest:
            return not text
        if rest[0] == "*":
            return naive(rest[1:], text) or (bool(text) and naive(rest, text[1:]))
        return bool(text) and rest[0] in {"?", text[0]} and naive(rest[1:], text[1:])

    assert (decide(Call("a:B", value), statement("a:B", pattern)) is Verdict.ALLOWED) is naive(pattern, value)
