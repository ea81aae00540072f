"""AWS without AWS: which zone a name belongs to, what has to change for a CNAME, the policies, and errors by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore import exceptions as boto
from hypothesis import given
from hypothesis import strategies as st

from services.aws.codes import aws_finding
from services.aws.errors import named_errors
from services.aws.policies import guide_policy, narrow_policy, permissions
from services.aws.records import RecordSet, Situation, cname_changes, read_record_set, situation
from services.aws.zones import HostedZone, choose_zone, choose_zone_for_cname
from services.errors import ServiceError

TARGET = "d1234.ala.example.com"
LABEL = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)


def test_the_longest_public_zone_wins() -> None:
    zones = [HostedZone("Z1", "example.com"), HostedZone("Z2", "iot.example.com"), HostedZone("Z3", "com")]
    assert choose_zone("mqtt.iot.example.com", zones).id == "Z2"


def test_a_zone_fits_whole_labels_only() -> None:
    with pytest.raises(ServiceError) as caught:
        choose_zone("mqtt.myexample.com", [HostedZone("Z1", "example.com")])
    assert (caught.value.id, caught.value.variant) == ("aws-zone-not-found", "")


def test_private_zones_are_passed_over_and_named_where_nothing_else_fits() -> None:
    private = HostedZone("Z1", "iot.example.com", private=True)
    assert choose_zone("mqtt.iot.example.com", [private, HostedZone("Z2", "example.com")]).id == "Z2"
    with pytest.raises(ServiceError) as caught:
        choose_zone("mqtt.iot.example.com", [private])
    assert caught.value.variant == "private"
    assert "Z1" in caught.value.why


def test_two_public_zones_of_one_name_are_trouble_and_both_are_named() -> None:
    zones = [HostedZone("Z1", "example.com"), HostedZone("Z2", "example.com"), HostedZone("Z3", "com")]
    with pytest.raises(ServiceError) as caught:
        choose_zone("mqtt.example.com", zones)
    assert caught.value.id == "aws-zone-ambiguous"
    assert "Z1" in caught.value.why
    assert "Z2" in caught.value.why


def test_no_cname_at_the_top_of_a_zone() -> None:
    with pytest.raises(ServiceError) as caught:
        choose_zone_for_cname("example.com", [HostedZone("Z1", "example.com")])
    assert caught.value.id == "zone-apex"
    assert "mqtt.example.com" in caught.value.fix


@given(st.lists(LABEL, min_size=1, max_size=4), st.lists(LABEL, min_size=1, max_size=3))
def test_whatever_lies_below_a_zone_belongs_to_it(below: list[str], zone: list[str]) -> None:
    name = ".".join(zone)
    assert choose_zone(".".join([*below, name]), [HostedZone("Z1", name)]).id == "Z1"


def record(kind: str, *values: str, **raw: Any) -> RecordSet:
    said = {"Name": "mqtt.example.com.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": v} for v in values]}
    return read_record_set(said | raw)


@pytest.mark.parametrize(
    ("standing", "meaning"),
    [
        ([], Situation.FREE),
        ([record("CNAME", f"{TARGET}.")], Situation.RIGHT),
        ([record("CNAME", TARGET.upper())], Situation.RIGHT),
        ([record("CNAME", "other.example.net.")], Situation.OTHER_CNAME),
        ([record("A", "192.0.2.1")], Situation.ADDRESS),
        ([record("TXT", '"x"'), record("AAAA", "2001:db8::1")], Situation.ADDRESS),
        ([record("TXT", '"x"')], Situation.OTHER),
        ([record("NS", "ns1.example.net.")], Situation.DELEGATED),
        (
            [record("CNAME", f"{TARGET}.", SetIdentifier=each, Weight=1) for each in "ab"],
            Situation.OTHER_CNAME,
        ),
    ],
)
def test_what_stands_at_the_name(standing: list[RecordSet], meaning: Situation) -> None:
    assert situation(standing, TARGET) is meaning


def test_another_cname_is_replaced_by_one_change() -> None:
    (change,) = cname_changes("mqtt.example.com", TARGET, 300, [record("CNAME", "other.example.net.")])
    assert change["Action"] == "UPSERT"
    assert change["ResourceRecordSet"]["ResourceRecords"] == [{"Value": f"{TARGET}."}]


def test_addresses_go_in_the_same_batch_in_which_the_cname_comes() -> None:
    alias = read_record_set(
        {"Name": "mqtt.example.com.", "Type": "A", "AliasTarget": {"DNSName": "lb.aws.example.", "HostedZoneId": "Z9"}}
    )
    changes = cname_changes("mqtt.example.com", TARGET, 300, [alias, record("AAAA", "2001:db8::1")])
    assert [change["Action"] for change in changes] == ["DELETE", "DELETE", "UPSERT"]
    assert changes[0]["ResourceRecordSet"]["AliasTarget"]["HostedZoneId"] == "Z9"


def test_the_guides_policy_is_the_guides() -> None:
    document = json.loads(guide_policy("Z1"))
    allowed = {
        (action, resource)
        for each in document["Statement"]
        for action in each["Action"]
        for resource in each["Resource"]
    }
    assert allowed == {(each.action, each.resource) for each in permissions("Z1")}


def test_the_narrow_policy_holds_for_one_challenge_record_only() -> None:
    change = json.loads(narrow_policy("Z1", "mqtt.example.com"))["Statement"][1]
    names = change["Condition"]["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]
    assert names == ["_acme-challenge.mqtt.example.com"]
    assert change["Resource"] == ["arn:aws:route53:::hostedzone/Z1"]


@pytest.mark.parametrize(
    ("code", "text", "finding"),
    [
        ("InvalidClientTokenId", "The security token included in the request is invalid.", "aws-bad-credentials"),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "aws-bad-credentials"),
        ("SignatureDoesNotMatch", "Signature expired: 20261124T0 is now earlier than 20261124T1", "aws-clock-skew"),
        ("InvalidSignatureException", "Signature not yet current: …", "aws-clock-skew"),
        ("RequestExpired", "Request has expired.", "aws-clock-skew"),
        ("ExpiredToken", "The security token included in the request is expired", "aws-expired-token"),
        ("Throttling", "Rate exceeded", "aws-throttled"),
        ("NoSuchHostedZone", "No hosted zone found with ID: Z1", "aws-zone-not-found"),
        ("InvalidChangeBatch", "[…]", "aws-refused"),
        ("", "", "aws-refused"),
    ],
)
def test_aws_codes_have_names(code: str, text: str, finding: str) -> None:
    error = aws_finding(code, text, "ListHostedZones")
    assert error.id == finding
    assert "{" not in error.what + error.why + error.fix


def test_a_missing_permission_is_named_with_its_resource() -> None:
    text = (
        "User: arn:aws:iam::123456789012:user/certbot is not authorized to perform: route53:ChangeResourceRecordSets "
        "on resource: arn:aws:route53:::hostedzone/Z1 because no identity-based policy allows the action"
    )
    error = aws_finding("AccessDenied", text, "ChangeResourceRecordSets")
    assert error.id == "aws-access-denied"
    assert "route53:ChangeResourceRecordSets" in error.fix
    assert "arn:aws:route53:::hostedzone/Z1" in error.fix
    assert "user/certbot" in error.what


@pytest.mark.parametrize(
    ("raised", "finding", "variant"),
    [
        (boto.NoCredentialsError(), "aws-no-credentials", ""),
        (
            boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "aws-no-credentials",
            "partial",
        ),
        (boto.ProfileNotFound(profile="work"), "aws-no-credentials", "profile"),
        (boto.ConfigParseError(path="/x"), "aws-no-credentials", "config"),
        (boto.UnauthorizedSSOTokenError(), "aws-expired-token", "sso"),
        (boto.CredentialRetrievalError(provider="custom-process", error_msg="x"), "aws-no-credentials", "provider"),
        (boto.EndpointConnectionError(endpoint_url="https://route53.amazonaws.com/", error="x"), "aws-unreachable", ""),
        (boto.ReadTimeoutError(endpoint_url="https://route53.amazonaws.com/", error="x"), "aws-unreachable", ""),
        (boto.ParamValidationError(report="x"), "aws-refused", ""),
    ],
)
def test_what_botocore_gives_up_at_has_a_name(raised: Exception, finding: str, variant: str) -> None:
    with pytest.raises(ServiceError) as caught, named_errors():
        raise raised
    error = caught.value
    assert (error.id, error.variant) == (finding, variant)
    assert "{" not in error.what + error.why + error.fix
