"""The Route 53 calls that moto does too loosely: changes, their propagation, and what IAM sees of them."""

from __future__ import annotations

import re
import secrets
import string
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.practice.aws.change_batch import apply_changes, read_changes
from services.practice.aws.messages import AwsAnswer, AwsError, document

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.practice.aws.account import Account
    from services.practice.aws.messages import AwsRequest
    from services.practice.faults import Faults

_POLLS = 1  # the first GetChange says INSYNC: certbot waits five seconds before it asks again
_POLLS_PENDING = 3


@dataclass(slots=True)
class _Submitted:
    at: datetime
    polls: int = 0


class Route53:
    """Hosted zones of one account, as far as they are not moto's."""

    def __init__(self, account: Account, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._faults = faults
        self._clock = clock
        self._lock = threading.Lock()
        self._changes: dict[str, _Submitted] = {}

    def change_record_sets(self, zone_id: str, request: AwsRequest) -> AwsAnswer:
        """Answer ChangeResourceRecordSets: the whole batch or nothing; the change is PENDING.

        Raises:
            AwsError: there is no such zone, or Route 53 would refuse the batch.
        """
        changes = read_changes(request.body)
        with self._lock:
            zone = self._account.zone(zone_id)
            if zone is None:
                raise AwsError(404, "NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")
            self._account.put_records(zone_id, apply_changes(zone.name, zone.record_sets, changes))
            change_id = "C" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(20))
            submitted = self._changes[change_id] = _Submitted(self._clock())
        return _change_info("ChangeResourceRecordSets", change_id, "PENDING", submitted)

    def get_change(self, change_id: str) -> AwsAnswer:
        """Answer GetChange: INSYNC at once, or at the third poll with the fault aws-pending.

        Raises:
            AwsError: no change has this id.
        """
        with self._lock:
            submitted = self._changes.get(change_id)
            if submitted is None:
                raise AwsError(404, "NoSuchChange", f"Could not find resource with ID: {change_id}")
            submitted.polls += 1
            needed = _POLLS_PENDING if "aws-pending" in self._faults else _POLLS
            status = "INSYNC" if submitted.polls >= needed else "PENDING"
        return _change_info("GetChange", change_id, status, submitted)

    def created_zone(self, answer: AwsAnswer) -> None:
        """Finish what moto began with CreateHostedZone: name servers, SOA, and its change."""
        text = answer.body.decode()
        for zone_id in re.findall(r"<Id>/hostedzone/([^<]+)</Id>", text):
            self._account.dress(zone_id)
        self._remember(text)

    def deleted_zone(self, answer: AwsAnswer) -> None:
        """Keep the change that moto answered to DeleteHostedZone."""
        self._remember(answer.body.decode())

    def _remember(self, text: str) -> None:
        with self._lock:
            for change_id in re.findall(r"<Id>/change/([^<]+)</Id>", text):
                self._changes[change_id] = _Submitted(self._clock())


def _change_info(action: str, change_id: str, status: str, submitted: _Submitted) -> AwsAnswer:
    at = submitted.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = f"<Id>/change/{change_id}</Id><Status>{status}</Status><SubmittedAt>{at}</SubmittedAt>"
    return document("route53", f"{action}Response", f"<ChangeInfo>{fields}</ChangeInfo>")


def conditions(body: bytes) -> dict[str, tuple[str, ...]]:
    r"""The condition keys of a ChangeResourceRecordSets request, names in lower case.

    Names are normalized as the Route 53 guide says under "Using IAM policy conditions": lower case, no final dot,
    an asterisk as `\052`.

    Raises:
        AwsError: the body cannot be read.
    """
    changes = read_changes(body)
    names = (change.record_set.name.rstrip(".").replace("*", "\\052") for change in changes)
    prefix = "route53:changeresourcerecordsets"
    return {
        f"{prefix}normalizedrecordnames": tuple(dict.fromkeys(names)),
        f"{prefix}recordtypes": tuple(dict.fromkeys(change.record_set.type for change in changes)),
        f"{prefix}actions": tuple(dict.fromkeys(change.action for change in changes)),
    }


def without_zone(answer: AwsAnswer, zone_id: str) -> AwsAnswer:
    """A list of hosted zones from which the one of this id is gone."""
    entry = re.compile(rb"<HostedZone>(?:(?!</HostedZone>).)*?</HostedZone>", re.DOTALL)
    wanted = f"<Id>/hostedzone/{zone_id}</Id>".encode()
    return AwsAnswer(answer.status, entry.sub(lambda match: b"" if wanted in match[0] else match[0], answer.body))
