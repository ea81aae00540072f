"""What stands before moto: proves who asks, decides whether they may, acts on faults, and keeps the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.wrappers import Response

from services.practice.aws import route53, sts
from services.practice.aws.account import ADMINISTRATOR
from services.practice.aws.identity import Directory, invalid_token
from services.practice.aws.messages import AwsAnswer, AwsError, AwsRequest
from services.practice.aws.operations import recognise
from services.practice.aws.policy import Call, Verdict, evaluate
from services.practice.aws.sigv4 import check_signature, check_time, read_claim
from services.practice.journal import RequestRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from services.practice.aws.account import Account
    from services.practice.aws.identity import AccessKey, Principal
    from services.practice.aws.operations import Operation
    from services.practice.aws.sigv4 import Claim
    from services.practice.faults import Faults
    from services.practice.journal import Journal

_FREE = {"sts:GetCallerIdentity", "sts:GetSessionToken"}  # these need no permission


class Gateway:
    """A WSGI application that answers as AWS's endpoints do, for one account.

    Args:
        account: whose zones and users these are.
        zone_id: the hosted zone that the fault aws-zone-not-found hides.
        faults: read as each request comes.
        journal: gets one record a request.
        clock: now, aware; signatures and temporary credentials are judged by it.
    """

    def __init__(
        self, account: Account, zone_id: str, faults: Faults, journal: Journal, clock: Callable[[], datetime]
    ) -> None:
        self._account = account
        self._zone_id = zone_id
        self._faults = faults
        self._journal = journal
        self._clock = clock
        self._directory = Directory(account.iam)
        self._route53 = route53.Route53(account, faults, clock)
        self._moto = {service: create_backend_app(service) for service in ("route53", "iam")}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        request = AwsRequest.read(environ)
        claim: Claim | None = None
        operation: Operation | None = None
        try:
            claim = read_claim(request)
            operation = recognise(request, claim.service, self._account.number)
            answer = self._answer(request, claim, operation)
        except AwsError as error:
            answer = error.answer(claim.service if claim else "route53")
        self._record(request, operation, answer)
        response = Response(answer.body, status=answer.status, content_type="text/xml")
        return response(environ, start_response)

    def _answer(self, request: AwsRequest, claim: Claim, operation: Operation) -> AwsAnswer:
        key = self._authenticate(request, claim)
        if operation.service == "route53" and "aws-throttled" in self._faults:
            raise AwsError(400, "Throttling", "Rate exceeded")
        self._authorize(request, operation, key.principal)
        return self._perform(request, operation, key.principal)

    def _authenticate(self, request: AwsRequest, claim: Claim) -> AccessKey:
        if "aws-bad-credentials" in self._faults:
            raise invalid_token()
        now = self._clock()
        key = self._directory.key(claim.access_key_id, claim.token, now)
        check_time(claim, now)
        check_signature(request, claim, key.secret)
        return key

    def _authorize(self, request: AwsRequest, operation: Operation, caller: Principal) -> None:
        if operation.action in _FREE:
            return
        context: dict[str, tuple[str, ...]] = {"aws:username": (caller.name,), "aws:principalarn": (caller.arn,)}
        if operation.name == "ChangeResourceRecordSets":
            context |= route53.conditions(request.body)
        verdict = evaluate(self._directory.policies(caller), Call(operation.action, operation.resource, context))
        if self._lacks_permission(operation, caller):
            verdict = Verdict.NOT_ALLOWED
        if verdict is not Verdict.ALLOWED:
            raise _access_denied(operation, caller, verdict)

    def _lacks_permission(self, operation: Operation, caller: Principal) -> bool:
        """The fault aws-access-denied: the policy made for certbot forgot this; the administrator's did not."""
        forgotten = operation.name == "ChangeResourceRecordSets" and caller.name != ADMINISTRATOR
        return forgotten and "aws-access-denied" in self._faults

    def _perform(self, request: AwsRequest, operation: Operation, caller: Principal) -> AwsAnswer:
        match operation.action:
            case "route53:ChangeResourceRecordSets":
                return self._route53.change_record_sets(operation.resource_id, request)
            case "route53:GetChange":
                return self._route53.get_change(operation.resource_id)
            case "sts:GetCallerIdentity":
                return sts.caller_identity(self._account.number, caller)
            case "sts:GetSessionToken":
                return sts.session_token(request, caller, self._directory, self._clock())
            case "sts:AssumeRole":
                return sts.assume_role(request, caller, self._directory, self._clock())
        if operation.service not in self._moto:
            raise AwsError(400, "InvalidAction", f"Could not find operation {operation.name}")
        return self._pass_on(request, operation)

    def _pass_on(self, request: AwsRequest, operation: Operation) -> AwsAnswer:
        """Let moto answer, in this account."""
        environ = request.replayed(HTTP_X_MOTO_ACCOUNT_ID=self._account.number)
        response = Response.from_app(self._moto[operation.service], environ, buffered=True)
        answer = AwsAnswer(response.status_code, response.get_data())
        if operation.name == "CreateHostedZone" and answer.status == 201:
            self._route53.created_zone(answer)
        elif operation.name == "DeleteHostedZone" and answer.status == 200:
            self._route53.deleted_zone(answer)
        elif operation.name.startswith("ListHostedZones") and "aws-zone-not-found" in self._faults:
            answer = route53.without_zone(answer, self._zone_id)
        return answer

    def _record(self, request: AwsRequest, operation: Operation | None, answer: AwsAnswer) -> None:
        action = operation.action if operation else request.method
        target = operation.resource if operation else request.path
        write = operation.write if operation else request.method != "GET"
        self._journal.append(RequestRecord("aws", action, target, write, answer.status, self._clock()))


def _access_denied(operation: Operation, caller: Principal, verdict: Verdict) -> AwsError:
    on = "" if operation.resource == "*" else f" on resource: {operation.resource}"
    why = (
        "with an explicit deny in an identity-based policy"
        if verdict is Verdict.DENIED
        else f"because no identity-based policy allows the {operation.action} action"
    )
    text = f"User: {caller.arn} is not authorized to perform: {operation.action}{on} {why}"
    return AwsError(403, "AccessDenied", text)
