"""One fresh AWS account in moto, with what a user of the guide has made beforehand.

moto keeps every account of a process in global tables. So each practice world gets an account number of its own and
takes it out of the tables when it ends: worlds one after the other, or side by side, never see each other.
"""

from __future__ import annotations

import itertools
import json
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto.iam.models import iam_backends
from moto.route53.models import RecordSet as MotoRecordSet
from moto.route53.models import route53_backends

from services.practice.zone_data import RecordSet, Zone, absolute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.iam.models import IAMBackend, User
    from moto.route53.models import FakeZone, Route53Backend

ADMINISTRATOR = "guide-admin"
CERTBOT_USER = "certbot"
CERTBOT_POLICY = "certbot-dns-route53"
_REGION = "us-east-1"
_PARTITION = "aws"
_numbers = itertools.count(123456789012)
_NAME_SERVERS = tuple(
    f"ns-{2048 + number}.awsdns-{64 + number}.{domain}." for number, domain in enumerate(("com", "net", "org", "co.uk"))
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key as its user keeps it; its repr hides the secret."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


class Account:
    """A new, empty account.

    Args:
        number: the one wanted; another where it is in use in this process, or empty.
    """

    def __init__(self, number: str = "") -> None:
        taken = (each for each in map(str, _numbers) if each not in iam_backends)
        self.number = number if number and number not in iam_backends else next(taken)
        self.iam: IAMBackend = iam_backends[self.number][_PARTITION]
        self._route53: Route53Backend = route53_backends[self.number][_PARTITION]

    def close(self) -> None:
        """Forget the account. Safe to call twice."""
        for backends in (iam_backends, route53_backends):
            backends.pop(self.number, None)

    def create_zone(self, name: str, zone_id: str = "", *, private: bool = False) -> str:
        """Make a hosted zone and return its id: `zone_id`, or a new one like Route 53's, Z and 20 characters."""
        zone = self._route53.create_hosted_zone(absolute(name), private_zone=private)
        zone_id = zone_id or "Z" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(20))
        del self._route53.zones[zone.resource_id]
        zone.resource_id = zone_id
        self._route53.zones[zone_id] = zone
        self.dress(zone_id)
        return zone_id

    def dress(self, zone_id: str) -> None:
        """Give a new zone the NS and SOA records that Route 53 gives: moto's own are no valid ones."""
        zone = self._route53.zones[zone_id]
        soa = f"{_NAME_SERVERS[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        zone.name = absolute(zone.name)
        if zone.delegation_set:
            zone.delegation_set.name_servers = [name.rstrip(".") for name in _NAME_SERVERS]
        self.put_records(
            zone_id, (RecordSet(zone.name, "NS", 172800, _NAME_SERVERS), RecordSet(zone.name, "SOA", 900, (soa,)))
        )

    def zones(self) -> tuple[Zone, ...]:
        """All hosted zones with their record sets, as they are now."""
        return tuple(_zone(zone) for zone in list(self._route53.zones.values()))

    def zone(self, zone_id: str) -> Zone | None:
        """One hosted zone as it is now; None where there is none of this id."""
        zone = self._route53.zones.get(zone_id)
        return None if zone is None else _zone(zone)

    def put_records(self, zone_id: str, records: Iterable[RecordSet]) -> None:
        """Make `records` all that the zone holds."""
        self._route53.zones[zone_id].rrsets = [
            MotoRecordSet(  # type: ignore[abstract]  # moto itself makes them so
                {
                    "Name": record.name.replace("*", "\\052"),  # as ListResourceRecordSets answers it
                    "Type": record.type,
                    "TTL": record.ttl,
                    "ResourceRecords": list(record.values),
                }
            )
            for record in records
        ]

    def create_administrator(self) -> None:
        """The user who follows the guide in the console: may do everything."""
        self.create_user(ADMINISTRATOR)
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        self.iam.put_user_policy(ADMINISTRATOR, "AdministratorAccess", json.dumps(everything))
        self.iam.create_access_key(ADMINISTRATOR)

    def create_certbot_user(self, policy_document: str) -> None:
        """The user whose key certbot gets, with the guide's policy attached."""
        self.create_user(CERTBOT_USER)
        policy = self.iam.create_policy("", "/", policy_document, CERTBOT_POLICY, [])
        self.iam.attach_user_policy(policy.arn, CERTBOT_USER)
        self.iam.create_access_key(CERTBOT_USER)

    def create_user(self, name: str, path: str = "/") -> User:
        """Make a user who may do nothing yet; moto's own object."""
        user = self.iam.create_user(_REGION, name, path)
        user.id = "AIDA" + user.id[4:].upper()  # moto's own ids have no prefix
        return user

    def credentials(self, user: str) -> Credentials | None:
        """The first key of `user` that can be used; None where there is none."""
        found = self.iam.users.get(user)
        keys = [key for key in found.access_keys if key.status == "Active"] if found else []
        return Credentials(keys[0].access_key_id, keys[0].secret_access_key) if keys else None


def _zone(zone: FakeZone) -> Zone:
    records = tuple(
        RecordSet(absolute(record.name), str(record.type), int(record.ttl or 0), tuple(record.records))
        for record in list(zone.rrsets)
    )
    return Zone(zone.resource_id, absolute(zone.name), bool(zone.private_zone), records)


def certbot_policy(zone_id: str) -> str:
    """The guide's least-privilege policy, with the zone filled in, as a JSON document."""
    statements = [
        {"Effect": "Allow", "Action": ["route53:ListHostedZones", "route53:GetChange"], "Resource": ["*"]},
        {
            "Effect": "Allow",
            "Action": ["route53:ChangeResourceRecordSets"],
            "Resource": [f"arn:aws:route53:::hostedzone/{zone_id}"],
        },
    ]
    document = {"Version": "2012-10-17", "Id": "certbot-dns-route53 policy", "Statement": statements}
    return json.dumps(document, indent=4)
