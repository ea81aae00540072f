"""AWS's error codes and texts, as findings. Pure: the same texts come from botocore and out of certbot."""

from __future__ import annotations

import re
from typing import Final

from services.errors import ServiceError
from services.outside import safe

_CODES: Final = {
    "aws-bad-credentials": (
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "AuthFailure",
        "NotAuthorized",
    ),
    "aws-expired-token": ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"),
    "aws-clock-skew": ("RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"),
    "aws-access-denied": ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden"),
    "aws-throttled": (
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "PriorRequestNotComplete",
        "SlowDown",
    ),
    "aws-zone-not-found": ("NoSuchHostedZone", "HostedZoneNotFound"),
}
_FINDING_OF: Final = {code: finding for finding, codes in _CODES.items() for code in codes}
_SKEW_TEXT: Final = re.compile(
    r"signature (?:expired|not yet current)|is now earlier than|is still later than", re.IGNORECASE
)
_DENIED_TEXT: Final = re.compile(
    r"User: (?P<user>\S+) is not authorized to perform: (?P<action>[\w*-]+:[\w*]+)(?: on resource: (?P<resource>\S+))?"
)


def aws_finding(code: str, text: str, operation: str) -> ServiceError:
    """Return the finding that AWS's answer stands for; aws-refused where it is none of the known ones.

    Args:
        code: AWS's error code, e.g. "InvalidClientTokenId".
        text: its message.
        operation: what was called, e.g. "ListHostedZones".
    """
    details = safe(f"{code}: {text}" if text else code)
    finding = _FINDING_OF.get(code, "aws-refused")
    if finding == "aws-bad-credentials" and _SKEW_TEXT.search(text):  # AWS tells a late signature by its text only
        finding = "aws-clock-skew"
    if finding == "aws-access-denied":
        return _access_denied(text, operation, details)
    variant = "gone" if finding == "aws-zone-not-found" else ""
    return ServiceError(finding, variant=variant, details=details, operation=safe(operation), code=safe(code))


def _access_denied(text: str, operation: str, details: str) -> ServiceError:
    found = _DENIED_TEXT.search(text)
    return ServiceError(
        "aws-access-denied",
        details=details,
        user=safe(found["user"]) if found else "?",
        action=safe(found["action"]) if found else safe(operation),
        resource=safe((found and found["resource"]) or "*"),
    )
