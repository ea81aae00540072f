"""STS: who am I, and temporary credentials."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from services.practice.aws.identity import Principal
from services.practice.aws.messages import AwsError, document, request_id

if TYPE_CHECKING:
    from datetime import datetime

    from services.practice.aws.identity import AccessKey, Directory
    from services.practice.aws.messages import AwsAnswer, AwsRequest

_SHORTEST = 900  # seconds; STS refuses less


def caller_identity(account: str, caller: Principal) -> AwsAnswer:
    """Answer GetCallerIdentity."""
    fields = f"<Arn>{caller.arn}</Arn><UserId>{caller.user_id}</UserId><Account>{account}</Account>"
    return _answer("GetCallerIdentity", fields)


def session_token(request: AwsRequest, caller: Principal, directory: Directory, now: datetime) -> AwsAnswer:
    """Answer GetSessionToken: temporary credentials of the caller.

    Raises:
        AwsError: too short a time is asked for.
    """
    key = directory.open_session(caller, now + _duration(request, 43200))
    return _answer("GetSessionToken", _credentials(key))


def assume_role(request: AwsRequest, caller: Principal, directory: Directory, now: datetime) -> AwsAnswer:
    """Answer AssumeRole: temporary credentials of a role of this account whose trust policy names the caller.

    Raises:
        AwsError: there is no such role, it does not trust the caller, or too short a time is asked for.
    """
    arn, session = request.form.get("RoleArn", ""), request.form.get("RoleSessionName", "")
    role = directory.role(arn)
    if role is None or not _trusts(role.assume_role_policy_document, caller):
        text = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError(403, "AccessDenied", text)
    account = arn.split(":")[4]
    assumed = Principal(
        "role", role.name, f"arn:aws:sts::{account}:assumed-role/{role.name}/{session}", f"{role.id}:{session}"
    )
    key = directory.open_session(assumed, now + _duration(request, 3600))
    who = f"<Arn>{assumed.arn}</Arn><AssumedRoleId>{assumed.user_id}</AssumedRoleId>"
    return _answer("AssumeRole", f"<AssumedRoleUser>{who}</AssumedRoleUser>{_credentials(key)}")


def _trusts(trust_policy: str, caller: Principal) -> bool:
    """Whether the trust policy allows the caller, by its ARN, its account, or as anyone."""
    account = caller.arn.split(":")[4]
    names = {"*", caller.arn, account, f"arn:aws:iam::{account}:root"}
    statements = json.loads(trust_policy).get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal", {})
        trusted = principal if isinstance(principal, str) else principal.get("AWS", [])
        if statement.get("Effect") == "Allow" and names & set([trusted] if isinstance(trusted, str) else trusted):
            return True
    return False


def _duration(request: AwsRequest, default: int) -> timedelta:
    seconds = int(request.form.get("DurationSeconds", default))
    if seconds < _SHORTEST:
        raise AwsError(
            400,
            "ValidationError",
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member"
            f" must have value greater than or equal to {_SHORTEST}",
        )
    return timedelta(seconds=seconds)


def _credentials(key: AccessKey) -> str:
    expires = key.expires.strftime("%Y-%m-%dT%H:%M:%SZ") if key.expires else ""
    return (
        f"<Credentials><AccessKeyId>{key.id}</AccessKeyId><SecretAccessKey>{key.secret}</SecretAccessKey>"
        f"<SessionToken>{key.token}</SessionToken><Expiration>{expires}</Expiration></Credentials>"
    )


def _answer(action: str, fields: str) -> AwsAnswer:
    metadata = f"<ResponseMetadata>{request_id()}</ResponseMetadata>"
    return document("sts", f"{action}Response", f"<{action}Result>{fields}</{action}Result>{metadata}")
