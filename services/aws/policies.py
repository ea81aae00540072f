"""The IAM policies for certbot's user: the guide's, and one that allows no more than certbot needs. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

POLICY_NAME: Final = "certbot-dns-route53"
POLICY_FILE: Final = "iam-policy.json"  # the advised, narrow one; in the workspace's folder letsencrypt
GUIDE_POLICY_FILE: Final = "iam-policy-guide.json"
ZONE_PLACEHOLDER: Final = "YOURHOSTEDZONEID"  # the guide's own


@dataclass(frozen=True, slots=True)
class Permission:
    """One action that certbot needs, and where."""

    action: str
    resource: str


def permissions(zone_id: str) -> tuple[Permission, ...]:
    """Return what certbot's plugin calls. ListHostedZones can be allowed on all zones only."""
    return (
        Permission("route53:ListHostedZones", "*"),
        Permission("route53:GetChange", "*"),
        Permission("route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{zone_id}"),
    )


def guide_policy(zone_id: str) -> str:
    """Return the guide's policy as JSON, the hosted zone filled in: it may change every record of that zone."""
    return _document(_listing(), _changing(zone_id))


def narrow_policy(zone_id: str, domain: str) -> str:
    """Return the advised policy as JSON: certbot may touch the challenge record of `domain`, and nothing else.

    The condition keys are Route 53's own ("Using IAM policy conditions for fine-grained access control"). Each has to
    hold for all values of a change batch; `Null` makes a request without them fail too.
    """
    prefix = "route53:ChangeResourceRecordSets"
    conditions = {
        "ForAllValues:StringEquals": {
            f"{prefix}NormalizedRecordNames": [f"_acme-challenge.{domain}"],
            f"{prefix}RecordTypes": ["TXT"],
            f"{prefix}Actions": ["UPSERT", "DELETE"],
        },
        "Null": {f"{prefix}NormalizedRecordNames": "false"},
    }
    return _document(_listing(), _changing(zone_id) | {"Condition": conditions})


def _listing() -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ["route53:ListHostedZones", "route53:GetChange"], "Resource": ["*"]}


def _changing(zone_id: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": ["route53:ChangeResourceRecordSets"],
        "Resource": [f"arn:aws:route53:::hostedzone/{zone_id}"],
    }


def _document(*statements: dict[str, Any]) -> str:
    document = {"Version": "2012-10-17", "Id": "certbot-dns-route53 policy", "Statement": list(statements)}
    return json.dumps(document, indent=4) + "\n"
