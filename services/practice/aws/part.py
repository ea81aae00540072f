"""The AWS part of the practice world."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from services.practice.aws.account import ADMINISTRATOR, CERTBOT_USER, Account, Credentials, certbot_policy
from services.practice.aws.gateway import Gateway
from services.practice.aws.kept import KeptAccount, keep, restore
from services.practice.part import Part
from services.practice.serving import WsgiServer
from services.practice.zone_data import RecordSet, Zone, absolute

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.practice.faults import Faults
    from services.practice.journal import Journal


def _now() -> datetime:
    return datetime.now(UTC)


class PracticeAws(Part):
    """Route 53, IAM and STS on one loopback port, in an account of its own.

    What a user of the guide has made beforehand is there: the public hosted zone, the administrator who follows the
    guide, and the user `certbot` with the guide's least-privilege policy and an access key.

    Args:
        faults: aws-access-denied, aws-throttled, aws-pending, aws-bad-credentials and aws-zone-not-found are its own.
        journal: gets one record a request.
        clock: now, aware. Signatures are judged by it, so whoever signs must live in the same time.
        zone: the public hosted zone's name.
        port: 0 takes a free one.
        kept: the account as an earlier world left it; None for a new one.

    Attributes:
        url: the endpoint of all three services.
        zone_id: of the public hosted zone.
        policy_document: the guide's policy with that id, JSON.
        certbot_credentials: the key of the user `certbot`.
        admin_credentials: the key of the user `guide-admin`.

    Raises:
        OSError: the port is taken.
    """

    name = "aws"

    def __init__(
        self,
        faults: Faults,
        journal: Journal,
        clock: Callable[[], datetime] = _now,
        *,
        zone: str = "example.test.",
        port: int = 0,
        kept: KeptAccount | None = None,
    ) -> None:
        self._journal = journal
        self._account = Account(kept.number if kept else "")
        self.account_id = self._account.number
        self.zone = absolute(zone)
        try:
            self.zone_id = self._furnish(kept)
            gateway = Gateway(self._account, self.zone_id, faults, journal, clock)
            self._server = WsgiServer(gateway, "practice-aws", port)
        except BaseException:
            self._account.close()
            raise
        self.policy_document = certbot_policy(self.zone_id)
        self.admin_credentials = self._key_of(ADMINISTRATOR)
        self.certbot_credentials = self._key_of(CERTBOT_USER)
        self.url = self._server.url

    def _furnish(self, kept: KeptAccount | None) -> str:
        """Put into the account what was kept, or what a user of the guide has made beforehand; return the zone's id."""
        if kept is not None:
            restore(self._account, kept)
            return kept.zone_id
        zone_id = self._account.create_zone(self.zone)
        self._account.create_administrator()
        self._account.create_certbot_user(certbot_policy(zone_id))
        return zone_id

    def start(self) -> Self:
        """Begin to answer."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop answering and forget the account. Safe to call twice."""
        self._server.stop()
        self._account.close()

    def keep(self) -> KeptAccount:
        """The account as it is now, for a later world."""
        return keep(self._account, self.zone_id)

    def _key_of(self, user: str) -> Credentials:
        """A key of `user`; one that no longer works where it has none: whoever deleted it finds that out."""
        return self._account.credentials(user) or Credentials("AKIADELETED", "deleted")

    def zones(self) -> tuple[Zone, ...]:
        """All hosted zones with their records as they are now."""
        return self._account.zones()

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """The values of this name and type in the public zone that the world began with; empty where there are none."""
        zone = self._account.zone(self.zone_id)
        wanted = (absolute(name), kind)
        found = [record.values for record in zone.record_sets if (record.name, record.type) == wanted] if zone else []
        return found[0] if found else ()

    def put_cname(self, name: str, target: str, ttl: int) -> None:
        """Make the record as the console would have, without asking anybody; other records of the zone stay."""
        zone = self._account.zone(self.zone_id)
        assert zone is not None  # noqa: S101 - this part made it and nobody deletes it before the world runs
        record = RecordSet(absolute(name), "CNAME", ttl, (absolute(target),))
        others = [each for each in zone.record_sets if each.name != record.name]
        self._account.put_records(self.zone_id, (*others, record))
