"""Whether a request was signed, by whom, and when: AWS Signature Version 4, checked with botocore's own signer."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as BotocoreCredentials

from services.practice.aws.messages import AwsError

if TYPE_CHECKING:
    from services.practice.aws.messages import AwsRequest

_STAMP = "%Y%m%dT%H%M%SZ"
_TOLERANCE = timedelta(minutes=5)
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,]+)/(?P<date>\d{8})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request"
    r",\s*SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the Authorization header claims; nothing of it is proven yet.

    Attributes:
        access_key_id: whose secret is said to have signed.
        date: the day of the credential scope, YYYYMMDD.
        region: of the credential scope.
        service: of the credential scope: route53, iam or sts.
        signed_headers: names in lower case, in the order given.
        signature: 64 hexadecimal digits.
        stamp: when it was signed, as sent.
        token: the session token of temporary credentials.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str | None


def read_claim(request: AwsRequest) -> Claim:
    """Read the request's Authorization.

    Raises:
        AwsError: there is none, or it cannot be read.
    """
    header = request.headers.get("authorization")
    if header is None:
        raise AwsError(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    match = _AUTHORIZATION.fullmatch(header.strip())
    stamp = request.headers.get("x-amz-date", "")
    if match is None or re.fullmatch(r"\d{8}T\d{6}Z", stamp) is None:
        raise AwsError(
            400,
            "IncompleteSignature",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter."
            " Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of"
            " either a 'X-Amz-Date' or a 'Date' header.",
        )
    token = request.headers.get("x-amz-security-token")
    signed = tuple(match["headers"].split(";"))
    return Claim(
        match["key"], match["date"], match["region"], match["service"], signed, match["signature"], stamp, token
    )


def check_time(claim: Claim, now: datetime) -> None:
    """Refuse a signature that is more than five minutes from `now`.

    Raises:
        AwsError: too old or too early, in AWS's words, which tell both clocks.
    """
    signed = datetime.strptime(claim.stamp, _STAMP).replace(tzinfo=UTC)
    stamp = now.strftime(_STAMP)
    if signed < now - _TOLERANCE:
        limit = (now - _TOLERANCE).strftime(_STAMP)
        text = f"Signature expired: {claim.stamp} is now earlier than {limit} ({stamp} - 5 min.)"
        raise AwsError(403, "SignatureDoesNotMatch", text)
    if signed > now + _TOLERANCE:
        limit = (now + _TOLERANCE).strftime(_STAMP)
        text = f"Signature not yet current: {claim.stamp} is still later than {limit} ({stamp} + 5 min.)"
        raise AwsError(403, "SignatureDoesNotMatch", text)


def check_signature(request: AwsRequest, claim: Claim, secret: str) -> None:
    """Sign the request again with `secret` and compare.

    Raises:
        AwsError: it was signed with another secret, or changed on the way.
    """
    signed = AWSRequest(
        request.method,
        f"http://{request.headers.get('host', '')}{request.target}",
        headers={name: request.headers.get(name, "") for name in claim.signed_headers},
        data=request.body,
    )
    signed.context["timestamp"] = claim.stamp
    signer = _Signer(BotocoreCredentials(claim.access_key_id, secret), claim.service, claim.region)
    expected = signer.signature(signer.string_to_sign(signed, signer.canonical_request(signed)), signed)
    if claim.date != claim.stamp[:8] or not hmac.compare_digest(expected, claim.signature):
        raise AwsError(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret"
            " Access Key and signing method. Consult the service documentation for details.",
        )


class _Signer(SigV4Auth):
    """Signs exactly the headers that it is given: which ones is the client's choice, and already made."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name, value in request.headers.items():
            headers[name.lower()] = value
        return headers
