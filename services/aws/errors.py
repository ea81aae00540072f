"""botocore's exceptions, as findings: wrapped once, here."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from services.aws.codes import aws_finding
from services.errors import ServiceError
from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn what botocore raises within into a ServiceError.

    Raises:
        ServiceError: aws-no-credentials, aws-bad-credentials, aws-expired-token, aws-clock-skew, aws-access-denied,
            aws-throttled, aws-zone-not-found, aws-unreachable, aws-refused.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - heavy, and wanted only where AWS is

    try:
        yield
    except ClientError as error:
        raise _answered(error) from error
    except BotoCoreError as error:
        raise _unanswered(error) from error


def _answered(error: Any) -> ServiceError:
    """AWS answered, and the answer was an error."""
    told = error.response.get("Error", {})
    return aws_finding(str(told.get("Code", "")), str(told.get("Message", "")), error.operation_name)


_UNANSWERED: Final = (
    (("NoCredentialsError", "NoAuthTokenError"), "aws-no-credentials", ""),
    (("PartialCredentialsError",), "aws-no-credentials", "partial"),
    (("ProfileNotFound",), "aws-no-credentials", "profile"),
    (
        ("ConfigParseError", "ConfigNotFound", "InvalidConfigError", "InfiniteLoopConfigError"),
        "aws-no-credentials",
        "config",
    ),
    (("SSOError", "TokenRetrievalError"), "aws-expired-token", "sso"),
    (("CredentialRetrievalError", "MetadataRetrievalError"), "aws-no-credentials", "provider"),
    (("HTTPClientError", "EndpointConnectionError"), "aws-unreachable", ""),
)
"""Names of botocore.exceptions, the finding that they and their subclasses stand for, and its variant."""


def _unanswered(error: Exception) -> ServiceError:
    """Name what botocore itself gave up at: nothing to sign with, or nobody to talk to."""
    from botocore import exceptions as boto  # noqa: PLC0415 - as above

    told: dict[str, object] = getattr(error, "kwargs", {})
    details = safe(str(error))
    host = urlsplit(str(told.get("endpoint_url", ""))).netloc or "AWS"
    facts = {"missing": told.get("cred_var", ""), "profile": told.get("profile", ""), "host": host}
    for names, finding, variant in _UNANSWERED:
        if isinstance(error, tuple(getattr(boto, name) for name in names)):
            return ServiceError(
                finding, variant=variant, details=details, **{name: safe(str(fact)) for name, fact in facts.items()}
            )
    return ServiceError("aws-refused", details=details, operation="", code=type(error).__name__)
