"""What a request asks for: the action, the resource that IAM looks at, and whether it writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.practice.aws.messages import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.practice.aws.messages import AwsRequest

_READS = re.compile(r"(Get|List|Test|Simulate|Generate)")


@dataclass(frozen=True, slots=True)
class Operation:
    """An API call.

    Attributes:
        service: route53, iam or sts.
        name: the API's name of the action, e.g. ListHostedZones.
        resource: its ARN; `*` for actions that know no resource.
        resource_id: the id in the address, for Route 53: of the hosted zone or change.
    """

    service: str
    name: str
    resource: str
    resource_id: str = ""

    @property
    def action(self) -> str:
        """As policies name it."""
        return f"{self.service}:{self.name}"

    @property
    def write(self) -> bool:
        """Whether it changes something."""
        return _READS.match(self.name) is None and self.name != "AssumeRole"


def recognise(request: AwsRequest, service: str, account: str) -> Operation:
    """Find out which call this is, in `account`, for the service that it was signed for.

    Raises:
        AwsError: the practice world has no such call.
    """
    if service == "route53":
        return _rest_operation(request)
    if service in {"iam", "sts"}:
        return _query_operation(request, service, account)
    raise AwsError(400, "InvalidAction", f"The practice world has Route 53, IAM and STS only, not {service}")


# Route 53 API reference, "Actions": method, address below /2013-04-01/, action. {id} takes one path segment.
_REST = tuple(
    (method, re.compile(path.replace("{id}", "(?P<id>[^/]+)") + "/?"), action)
    for method, path, action in (
        ("GET", "hostedzone", "ListHostedZones"),
        ("POST", "hostedzone", "CreateHostedZone"),
        ("GET", "hostedzonesbyname", "ListHostedZonesByName"),
        ("GET", "hostedzonesbyvpc", "ListHostedZonesByVPC"),
        ("GET", "hostedzonecount", "GetHostedZoneCount"),
        ("GET", "hostedzone/{id}", "GetHostedZone"),
        ("POST", "hostedzone/{id}", "UpdateHostedZoneComment"),
        ("DELETE", "hostedzone/{id}", "DeleteHostedZone"),
        ("GET", "hostedzone/{id}/rrset", "ListResourceRecordSets"),
        ("POST", "hostedzone/{id}/rrset", "ChangeResourceRecordSets"),
        ("GET", "hostedzone/{id}/dnssec", "GetDNSSEC"),
        ("POST", "hostedzone/{id}/associatevpc", "AssociateVPCWithHostedZone"),
        ("POST", "hostedzone/{id}/disassociatevpc", "DisassociateVPCFromHostedZone"),
        ("GET", "change/{id}", "GetChange"),
        ("GET", "tags/hostedzone/{id}", "ListTagsForResource"),
        ("POST", "tags/hostedzone/{id}", "ChangeTagsForResource"),
    )
)


def _rest_operation(request: AwsRequest) -> Operation:
    path = request.path.removeprefix("/2013-04-01/")
    for method, pattern, action in _REST:
        match = pattern.fullmatch(path)
        if match and method == request.method:
            kind = "change" if path.startswith("change/") else "hostedzone"
            resource_id = match.groupdict().get("id", "")
            resource = f"arn:aws:route53:::{kind}/{resource_id}" if resource_id else "*"
            return Operation("route53", action, resource, resource_id)
    raise AwsError(404, "UnknownOperationException", f"The practice world has no {request.method} {request.path}")


def _query_operation(request: AwsRequest, service: str, account: str) -> Operation:
    name = request.form.get("Action", "")
    if not re.fullmatch(r"[A-Za-z]+", name):
        raise AwsError(400, "InvalidAction", "Could not find operation in the request")
    resource = request.form.get("RoleArn", "*") if service == "sts" else _iam_resource(request.form, name, account)
    return Operation(service, name, resource)


def _iam_resource(form: Mapping[str, str], name: str, account: str) -> str:
    """The ARN that an IAM action is about (Service Authorization Reference, IAM)."""
    path = form.get("Path", "/")
    for parameter, kind in (("UserName", "user"), ("GroupName", "group"), ("RoleName", "role")):
        if parameter in form:
            return f"arn:aws:iam::{account}:{kind}{path}{form[parameter]}"
    if name == "CreatePolicy":
        return f"arn:aws:iam::{account}:policy{path}{form.get('PolicyName', '')}"
    return form.get("PolicyArn", "*")
