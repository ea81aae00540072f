"""boto3 and certbot's own plugin find the practice account to be AWS: signatures, permissions, words, waiting."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from services.practice.aws import Credentials, PracticeAws
from services.practice.faults import Faults
from services.practice.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = "d1234.ala.practice.example"
CHALLENGE = "_acme-challenge.mqtt.example.test"


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def aws(faults: Faults) -> Iterator[PracticeAws]:
    with PracticeAws(faults, Journal()) as part:
        yield part


@pytest.fixture
def client(aws: PracticeAws) -> Iterator[Callable[..., Any]]:
    """Makes clients of the practice account, without retries, and closes them."""
    made: list[Any] = []

    def make(service: str, who: Credentials | None = None, token: str | None = None) -> Any:
        who = who or aws.admin_credentials
        made.append(connect(service, aws.url, who, token))
        return made[-1]

    yield make
    for each in made:
        each.close()


def connect(service: str, url: str, who: Credentials, token: str | None = None) -> Any:
    session: Any = boto3.Session(who.access_key_id, who.secret_access_key, token, region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)
    return session.client(service, endpoint_url=url, config=config)


def upsert(route53: Any, zone_id: str, name: str, kind: str, *values: str, action: str = "UPSERT") -> Any:
    records = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}
    batch = {"Comment": "a <test> & more", "Changes": [{"Action": action, "ResourceRecordSet": records}]}
    return route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)["ChangeInfo"]


def refused(call: Callable[..., object], *args: Any, **kwargs: Any) -> tuple[int, str, str]:
    """The HTTP status, code and message that botocore read from the refusal."""
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


# What is there beforehand


def test_the_account_is_as_the_guide_leaves_it(aws: PracticeAws, client: Callable[..., Any]) -> None:
    zones = client("route53", aws.certbot_credentials).list_hosted_zones()["HostedZones"]
    assert [(zone["Id"], zone["Name"], zone["Config"]["PrivateZone"]) for zone in zones] == [
        (f"/hostedzone/{aws.zone_id}", "example.test.", False)
    ]
    assert aws.zone_id in aws.policy_document
    for who, name in ((aws.certbot_credentials, "certbot"), (aws.admin_credentials, "guide-admin")):
        identity = client("sts", who).get_caller_identity()
        assert identity["Arn"] == f"arn:aws:iam::{aws.account_id}:user/{name}"


def test_the_zone_has_name_servers_and_soa(aws: PracticeAws, client: Callable[..., Any]) -> None:
    records = client("route53").list_resource_record_sets(HostedZoneId=aws.zone_id)["ResourceRecordSets"]
    values = {record["Type"]: [value["Value"] for value in record["ResourceRecords"]] for record in records}
    assert len(values["NS"]) == 4
    assert all(name.endswith(".") and ".awsdns-" in name for name in values["NS"])
    assert values["SOA"][0].split()[:2] == [values["NS"][0], "awsdns-hostmaster.amazon.com."]


def test_credentials_do_not_show_their_secret(aws: PracticeAws) -> None:
    assert aws.certbot_credentials.secret_access_key not in repr(aws.certbot_credentials)


# Who asks


def test_a_wrong_secret_does_not_match(aws: PracticeAws, client: Callable[..., Any]) -> None:
    forged = Credentials(aws.certbot_credentials.access_key_id, aws.admin_credentials.secret_access_key)
    for service, call in (("route53", "list_hosted_zones"), ("sts", "get_caller_identity"), ("iam", "list_users")):
        status, code, message = refused(getattr(client(service, forged), call))
        assert (status, code) == (403, "SignatureDoesNotMatch")
        assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_an_unknown_or_retired_key_is_no_key(aws: PracticeAws, client: Callable[..., Any]) -> None:
    expected = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    assert refused(client("sts", Credentials("AKIAIOSFODNN7EXAMPLE", "x" * 40)).get_caller_identity) == expected
    key_id = aws.certbot_credentials.access_key_id
    client("iam").update_access_key(UserName="certbot", AccessKeyId=key_id, Status="Inactive")
    assert refused(client("route53", aws.certbot_credentials).list_hosted_zones) == expected


def test_a_request_without_signature_is_refused(aws: PracticeAws) -> None:
    for headers, code in (({}, "MissingAuthenticationToken"), ({"Authorization": "Bearer x"}, "IncompleteSignature")):
        request = urllib.request.Request(f"{aws.url}/2013-04-01/hostedzone", headers=headers)  # noqa: S310 - ours
        with pytest.raises(HTTPError) as error:
            urllib.request.urlopen(request, timeout=5)  # noqa: S310 - ours
        with error.value as answer:
            assert f"<Code>{code}</Code>" in answer.read().decode()


def test_a_request_that_is_changed_on_the_way_does_not_match(aws: PracticeAws, client: Callable[..., Any]) -> None:
    route53 = client("route53")

    def tamper(request: Any, **_: object) -> None:
        request.body = request.body.replace(b"192.0.2.1", b"192.0.2.2")

    route53.meta.events.register_last("before-send.route53.*", tamper)
    assert refused(upsert, route53, aws.zone_id, "a.example.test", "A", "192.0.2.1")[1] == "SignatureDoesNotMatch"
    assert aws.records("a.example.test", "A") == ()


@pytest.mark.parametrize(
    ("skew", "words"),
    [(6, "Signature expired: "), (-6, "Signature not yet current: "), (4, None), (-4, None)],
)
def test_clocks_may_differ_by_five_minutes(skew: int, words: str | None) -> None:
    ahead = PracticeAws(Faults(), Journal(), lambda: datetime.now(UTC) + timedelta(minutes=skew))
    with ahead:
        sts = connect("sts", ahead.url, ahead.certbot_credentials)
        if words is None:
            assert sts.get_caller_identity()["Account"] == ahead.account_id
        else:
            status, code, message = refused(sts.get_caller_identity)
            assert (status, code) == (403, "SignatureDoesNotMatch")
            assert message.startswith(words)
            assert re.search(r"\(\d{8}T\d{6}Z [-+] 5 min\.\)$", message)
        sts.close()


def test_temporary_credentials_work_until_they_expire(faults: Faults) -> None:
    late = timedelta()
    with PracticeAws(faults, Journal(), lambda: datetime.now(UTC) + late) as aws:
        lent = connect("sts", aws.url, aws.certbot_credentials).get_session_token(DurationSeconds=900)["Credentials"]
        key, token = Credentials(lent["AccessKeyId"], lent["SecretAccessKey"]), lent["SessionToken"]
        assert key.access_key_id.startswith("ASIA")
        assert connect("sts", aws.url, key, token).get_caller_identity()["Arn"].endswith(":user/certbot")
        assert refused(connect("sts", aws.url, key).get_caller_identity)[1] == "InvalidClientTokenId"
        late = timedelta(minutes=16)
        assert refused(connect("sts", aws.url, key, token).get_caller_identity)[:2] == (403, "ExpiredToken")


def test_a_role_is_assumed_where_it_trusts_the_user(aws: PracticeAws, client: Callable[..., Any]) -> None:
    iam, admin = client("iam"), client("sts")

    def role(name: str, principal: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])

    arn = role("dns", f"arn:aws:iam::{aws.account_id}:root")
    foreign = role("foreign", "arn:aws:iam::999999999999:root")
    lent = admin.assume_role(RoleArn=arn, RoleSessionName="guide")["Credentials"]
    assumed = Credentials(lent["AccessKeyId"], lent["SecretAccessKey"])
    identity = client("sts", assumed, lent["SessionToken"]).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/dns/guide"
    route53 = client("route53", assumed, lent["SessionToken"])
    assert refused(route53.list_hosted_zones)[1] == "AccessDenied"
    iam.put_role_policy(RoleName="dns", PolicyName="p", PolicyDocument=aws.policy_document)
    assert route53.list_hosted_zones()["HostedZones"]
    assert refused(admin.assume_role, RoleArn=foreign, RoleSessionName="guide")[1] == "AccessDenied"


# What they may do


def test_the_guides_policy_is_enough_and_nothing_more(aws: PracticeAws, client: Callable[..., Any]) -> None:
    certbot = client("route53", aws.certbot_credentials)
    assert certbot.list_hosted_zones()["HostedZones"]
    change = upsert(certbot, aws.zone_id, CHALLENGE, "TXT", '"token"')
    assert change["Status"] == "PENDING"
    assert certbot.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    assert aws.records(CHALLENGE, "TXT") == ('"token"',)
    user = f"User: arn:aws:iam::{aws.account_id}:user/certbot is not authorized to perform: "
    no_policy = "because no identity-based policy allows the route53:"
    for call, arguments, action, resource in (
        ("list_resource_record_sets", {"HostedZoneId": aws.zone_id}, "ListResourceRecordSets", aws.zone_id),
        ("get_hosted_zone", {"Id": aws.zone_id}, "GetHostedZone", aws.zone_id),
        ("delete_hosted_zone", {"Id": "ZOTHER"}, "DeleteHostedZone", "ZOTHER"),
    ):
        assert refused(getattr(certbot, call), **arguments) == (
            403,
            "AccessDenied",
            f"{user}route53:{action} on resource: arn:aws:route53:::hostedzone/{resource} {no_policy}{action} action",
        )
    assert (
        "route53:CreateHostedZone because no"
        in refused(certbot.create_hosted_zone, Name="a.test", CallerReference="1")[2]
    )


@pytest.mark.parametrize(
    "missing", ["route53:ListHostedZones", "route53:GetChange", "route53:ChangeResourceRecordSets"]
)
def test_without_one_permission_that_one_call_is_denied(
    missing: str, aws: PracticeAws, client: Callable[..., Any]
) -> None:
    document = json.loads(aws.policy_document)
    for statement in document["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action != missing] or ["route53:None"]
    iam = client("iam")
    iam.create_user(UserName="short")
    policy = iam.create_policy(PolicyName="short", PolicyDocument=json.dumps(document))["Policy"]
    iam.attach_user_policy(UserName="short", PolicyArn=policy["Arn"])
    key = iam.create_access_key(UserName="short")["AccessKey"]
    route53 = client("route53", Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    change = upsert(client("route53"), aws.zone_id, CHALLENGE, "TXT", '"token"')
    calls: dict[str, Callable[[], object]] = {
        "route53:ListHostedZones": route53.list_hosted_zones,
        "route53:GetChange": lambda: route53.get_change(Id=change["Id"]),
        "route53:ChangeResourceRecordSets": lambda: upsert(route53, aws.zone_id, CHALLENGE, "TXT", '"t"'),
    }
    for action, call in calls.items():
        if action == missing:
            assert f"not authorized to perform: {missing}" in refused(call)[2]
        else:
            call()


def test_another_zone_and_another_record_are_out_of_reach(aws: PracticeAws, client: Callable[..., Any]) -> None:
    admin, iam = client("route53"), client("iam")
    other = admin.create_hosted_zone(Name="other.test", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    certbot = client("route53", aws.certbot_credentials)
    message = refused(upsert, certbot, other, "_acme-challenge.other.test", "TXT", '"x"')[2]
    assert f"on resource: arn:aws:route53:::hostedzone/{other} because" in message
    keys = "route53:ChangeResourceRecordSets"
    narrow = {
        "Effect": "Deny",
        "Action": "route53:ChangeResourceRecordSets",
        "Resource": "*",
        "Condition": {"ForAnyValue:StringNotLike": {f"{keys}NormalizedRecordNames": ["_acme-challenge.*"]}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": narrow})
    iam.put_user_policy(UserName="certbot", PolicyName="narrow", PolicyDocument=document)
    upsert(certbot, aws.zone_id, CHALLENGE, "TXT", '"x"')
    message = refused(upsert, certbot, aws.zone_id, "www.example.test", "TXT", '"x"')[2]
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_user_can_be_made_and_taken_away_again(aws: PracticeAws, client: Callable[..., Any]) -> None:
    iam = client("iam")
    iam.create_user(UserName="new")
    policy = iam.create_policy(PolicyName="new", PolicyDocument=aws.policy_document)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="new", PolicyArn=policy)
    key = iam.create_access_key(UserName="new")["AccessKey"]
    route53 = client("route53", Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    assert route53.list_hosted_zones()["HostedZones"]
    iam.detach_user_policy(UserName="new", PolicyArn=policy)
    assert refused(route53.list_hosted_zones)[1] == "AccessDenied"
    iam.delete_access_key(UserName="new", AccessKeyId=key["AccessKeyId"])
    assert refused(route53.list_hosted_zones)[1] == "InvalidClientTokenId"
    iam.delete_policy(PolicyArn=policy)
    iam.delete_user(UserName="new")
    assert refused(iam.get_user, UserName="new")[1] == "NoSuchEntity"
    own = client("iam", aws.certbot_credentials)
    message = refused(own.create_access_key, UserName="guide-admin")[2]
    assert f"on resource: arn:aws:iam::{aws.account_id}:user/guide-admin because" in message


# What Route 53 says


def test_route53_refuses_what_the_guide_can_trip_on(aws: PracticeAws, client: Callable[..., Any]) -> None:
    route53 = client("route53")
    upsert(route53, aws.zone_id, "Mqtt.example.test.", "CNAME", TARGET)
    assert aws.records("mqtt.example.test", "CNAME") == (TARGET,)
    for name, kind, value, words in (
        ("example.test", "CNAME", TARGET, "is not permitted at apex in zone example.test."),
        ("mqtt.example.test", "A", "192.0.2.1", "conflicting RRSet of type CNAME"),
        ("a.example.test", "TXT", "bare", "Value should be enclosed in quotation marks"),
    ):
        status, code, message = refused(upsert, route53, aws.zone_id, name, kind, value)
        assert (status, code) == (400, "InvalidChangeBatch")
        assert words in message
    assert refused(upsert, route53, "ZNONE", "a.example.test", "A", "192.0.2.1")[:2] == (404, "NoSuchHostedZone")
    assert refused(route53.get_hosted_zone, Id="ZNONE")[:2] == (404, "NoSuchHostedZone")
    assert refused(route53.get_change, Id="CNONE")[:2] == (404, "NoSuchChange")


def test_listing_begins_where_it_is_told_to(aws: PracticeAws, client: Callable[..., Any]) -> None:
    route53 = client("route53")
    upsert(route53, aws.zone_id, "mqtt.example.test", "CNAME", TARGET)
    upsert(route53, aws.zone_id, "*.example.test", "TXT", '"w"')
    listing = route53.list_resource_record_sets(
        HostedZoneId=aws.zone_id, StartRecordName="mqtt.example.test", StartRecordType="A", MaxItems="1"
    )
    assert [(record["Name"], record["Type"]) for record in listing["ResourceRecordSets"]] == [
        ("mqtt.example.test.", "CNAME")
    ]
    every = route53.list_resource_record_sets(HostedZoneId=aws.zone_id)["ResourceRecordSets"]
    assert "\\052.example.test." in {record["Name"] for record in every}


def test_a_private_zone_may_have_the_same_name(aws: PracticeAws, client: Callable[..., Any]) -> None:
    route53 = client("route53")
    vpc = {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}
    answer = route53.create_hosted_zone(
        Name="example.test", CallerReference="1", HostedZoneConfig={"PrivateZone": True}, VPC=vpc
    )
    assert route53.get_change(Id=answer["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    zones = route53.list_hosted_zones_by_name(DNSName="example.test")["HostedZones"]
    assert sorted(zone["Config"]["PrivateZone"] for zone in zones) == [False, True]
    assert [zone.private for zone in aws.zones()] == [False, True]


# Faults


def test_a_pending_change_needs_three_polls(aws: PracticeAws, faults: Faults, client: Callable[..., Any]) -> None:
    faults.inject("aws-pending")
    route53 = client("route53")
    change = upsert(route53, aws.zone_id, "mqtt.example.test", "CNAME", TARGET)
    polls = [route53.get_change(Id=change["Id"])["ChangeInfo"]["Status"] for _ in range(3)]
    assert polls == ["PENDING", "PENDING", "INSYNC"]


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("aws-throttled", (400, "Throttling")),
        ("aws-bad-credentials", (403, "InvalidClientTokenId")),
        ("aws-access-denied", (403, "AccessDenied")),
    ],
)
def test_a_fault_is_there_until_it_is_healed(
    fault: str, answer: tuple[int, str], aws: PracticeAws, faults: Faults, client: Callable[..., Any]
) -> None:
    certbot = client("route53", aws.certbot_credentials)
    faults.inject(fault)
    assert refused(upsert, certbot, aws.zone_id, CHALLENGE, "TXT", '"x"')[:2] == answer
    assert aws.records(CHALLENGE, "TXT") == ()
    faults.heal(fault)
    upsert(certbot, aws.zone_id, CHALLENGE, "TXT", '"x"')
    assert aws.records(CHALLENGE, "TXT") == ('"x"',)


def test_throttling_and_a_short_policy_do_not_touch_the_rest(
    aws: PracticeAws, faults: Faults, client: Callable[..., Any]
) -> None:
    faults.inject("aws-throttled")
    assert client("sts").get_caller_identity()["Account"] == aws.account_id
    faults.heal("aws-throttled")
    faults.inject("aws-access-denied")
    upsert(client("route53"), aws.zone_id, "mqtt.example.test", "CNAME", TARGET)
    assert client("route53", aws.certbot_credentials).list_hosted_zones()["HostedZones"]


def test_a_missing_zone_leaves_the_others(faults: Faults, client: Callable[..., Any]) -> None:
    route53 = client("route53")
    route53.create_hosted_zone(Name="other.test", CallerReference="1")
    faults.inject("aws-zone-not-found")
    assert [zone["Name"] for zone in route53.list_hosted_zones()["HostedZones"]] == ["other.test."]
    faults.heal("aws-zone-not-found")
    assert len(route53.list_hosted_zones()["HostedZones"]) == 2


# certbot's plugin, in a process of its own as certbot runs it

_PLUGIN = """
from certbot_dns_route53._internal.dns_route53 import Authenticator
plugin = Authenticator(None, "dns-route53")
change = plugin._change_txt_record("UPSERT", "_acme-challenge.mqtt.example.test", "token")
plugin._wait_for_change(change)
print("in sync", flush=True)
input()
plugin._change_txt_record("DELETE", "_acme-challenge.mqtt.example.test", "token")
"""


def certbot_plugin(aws: PracticeAws) -> subprocess.Popen[str]:
    who = aws.certbot_credentials
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": who.access_key_id,
        "AWS_SECRET_ACCESS_KEY": who.secret_access_key,
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
    }
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", _PLUGIN], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def test_certbots_plugin_puts_its_record_up_and_takes_it_away(aws: PracticeAws) -> None:
    with certbot_plugin(aws) as child:
        assert child.stdout
        assert child.stdout.readline() == "in sync\n"
        assert aws.records(CHALLENGE, "TXT") == ('"token"',)
        _, errors = child.communicate("\n", timeout=30)
    assert child.returncode == 0, errors
    assert aws.records(CHALLENGE, "TXT") == ()
    assert [record.method_or_action for record in aws.requests if record.write] == [
        "route53:ChangeResourceRecordSets"
    ] * 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            "aws-access-denied",
            "(AccessDenied) when calling the ChangeResourceRecordSets operation",
        ),
        ("aws-bad-credentials", "(InvalidClientTokenId) when calling the ListHostedZones operation"),
        ("aws-throttled", "(Throttling) when calling the ListHostedZones operation"),
        ("aws-zone-not-found", "Unable to find a Route53 hosted zone for _acme-challenge.mqtt.example.test"),
    ],
)
def test_certbots_plugin_meets_the_faults(fault: str, words: str, aws: PracticeAws, faults: Faults) -> None:
    faults.inject(fault)
    with certbot_plugin(aws) as child:
        _, errors = child.communicate("", timeout=30)
    assert child.returncode == 1
    assert words in errors


# The part itself


def test_requests_are_on_record_without_secrets(aws: PracticeAws, client: Callable[..., Any]) -> None:
    client("sts", aws.certbot_credentials).get_caller_identity()
    upsert(client("route53"), aws.zone_id, "mqtt.example.test", "CNAME", TARGET)
    assert [(record.method_or_action, record.write, record.status) for record in aws.requests] == [
        ("sts:GetCallerIdentity", False, 200),
        ("route53:ChangeResourceRecordSets", True, 200),
    ]
    assert aws.requests[1].target == f"arn:aws:route53:::hostedzone/{aws.zone_id}"


def test_worlds_do_not_see_each_other(aws: PracticeAws, client: Callable[..., Any]) -> None:
    upsert(client("route53"), aws.zone_id, "mqtt.example.test", "CNAME", TARGET)
    with PracticeAws(Faults(), Journal()) as other:
        assert other.records("mqtt.example.test", "CNAME") == ()
        assert len(other.zones()) == len(aws.zones()) == 1
        assert {other.zone_id, other.url, other.account_id}.isdisjoint({aws.zone_id, aws.url, aws.account_id})
    assert aws.records("mqtt.example.test", "CNAME") == (TARGET,)


def test_nothing_is_left_after_stop() -> None:
    before = set(threading.enumerate())
    part = PracticeAws(Faults(), Journal()).start()
    sts = connect("sts", part.url, part.certbot_credentials)
    sts.get_caller_identity()
    part.stop()
    part.stop()
    assert set(threading.enumerate()) == before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(part.url.rpartition(":")[2]))) != 0
    sts.close()


def test_a_taken_port_is_said_so(aws: PracticeAws) -> None:
    with pytest.raises(OSError, match="in use"):
        PracticeAws(Faults(), Journal(), port=int(aws.url.rpartition(":")[2]))
