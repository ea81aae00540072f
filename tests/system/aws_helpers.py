"""What the tests of the AWS steps do in the practice account beside the steps: zones, records, policies."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from services.aws.session import make_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.world import World

CERTBOT_POLICY = "certbot-dns-route53"


def public_zone(world: World) -> str:
    """Return the id of the zone that the world began with."""
    zones = make_client(world, "route53").list_hosted_zones()["HostedZones"]
    return str(next(zone["Id"] for zone in zones if zone["Name"] == "example.test.")).removeprefix("/hostedzone/")


@contextmanager
def record(world: World, name: str, kind: str, *values: str) -> Iterator[None]:
    """Let records stand in the zone for a while."""
    change(world, "UPSERT", name, kind, *values)
    try:
        yield
    finally:
        change(world, "DELETE", name, kind, *values)


def change(
    world: World, action: str, name: str, kind: str, *values: str, zone_id: str | None = None, ttl: int = 60
) -> None:
    """Change one record set; deleting what is not there any more is fine."""
    client = make_client(world, "route53")
    record_set = {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_set}]}
    try:
        client.change_resource_record_sets(HostedZoneId=zone_id or public_zone(world), ChangeBatch=batch)
    except client.exceptions.InvalidChangeBatch:
        if action != "DELETE":
            raise


@contextmanager
def zone(world: World, name: str, *, private: bool = False) -> Iterator[str]:
    """Let another hosted zone be there for a while; its id."""
    client = make_client(world, "route53")
    vpc = {"VPC": {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}} if private else {}
    made = client.create_hosted_zone(
        Name=name, CallerReference=name, HostedZoneConfig={"PrivateZone": private, "Comment": ""}, **vpc
    )
    zone_id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    try:
        yield zone_id
    finally:
        client.delete_hosted_zone(Id=zone_id)


@contextmanager
def policy_without(world: World, action: str) -> Iterator[None]:
    """Take one action out of certbot's policy for a while."""
    iam = make_client(world, "iam")
    (attached,) = iam.list_attached_user_policies(UserName="certbot")["AttachedPolicies"]
    arn = attached["PolicyArn"]
    before = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=before)["PolicyVersion"]["Document"]
    document = json.loads(document) if isinstance(document, str) else document
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=_without(document, action), SetAsDefault=True)
    try:
        yield
    finally:
        iam.set_default_policy_version(PolicyArn=arn, VersionId=before)
        iam.delete_policy_version(PolicyArn=arn, VersionId=made["PolicyVersion"]["VersionId"])


def _without(document: dict[str, Any], action: str) -> str:
    statements = [
        each | {"Action": [name for name in each["Action"] if name != action]} for each in document["Statement"]
    ]
    return json.dumps(document | {"Statement": [each for each in statements if each["Action"]]})
