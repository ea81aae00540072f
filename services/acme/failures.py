"""What certbot said when it failed, as findings. Pure.

certbot has no machine-readable output, and its texts are not promised to stay. So each rule looks for the few words
that have been there for years, the most telling first, and what no rule knows is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from services.aws.codes import aws_finding
from services.errors import ServiceError
from services.outside import safe

USAGE_STATUS: Final = 2

_SHOWN_LINES: Final = 6
_PEBBLES_NXDOMAIN: Final = r"unsuccessful response: '\\+x03'"  # it names the response code only
_NOISE: Final = re.compile(r"^Saving debug log|^Ask for help|^To use certbot-dns-route53|^[-\s]*$|^Hint:")

_Rule: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str], str], ServiceError]]


def certbot_finding(lines: Sequence[str], status: int, *, domain: str, caa_domain: str) -> ServiceError:
    """Return the finding that a failed run of certbot stands for.

    Args:
        lines: what it printed, safe.
        status: its exit status.
        domain: the name that the certificate was asked for.
        caa_domain: the CA's name in CAA records.
    """
    text = "\n".join(lines)
    details = "\n".join([line.strip() for line in lines if not _NOISE.search(line)][-_SHOWN_LINES:])
    for pattern, name in _RULES:
        if found := pattern.search(text):
            error = name(found, details)
            return ServiceError(
                error.id,
                variant=error.variant,
                details=error.details or details,
                **{"domain": domain, "ca": caa_domain, "record": f"_acme-challenge.{domain}", **error.facts},
            )
    if status == USAGE_STATUS:
        return ServiceError("certbot-usage", details=details)
    return ServiceError("certbot-failed", details=details, status=status, domain=domain)


def _aws(found: re.Match[str], _: str) -> ServiceError:
    return aws_finding(found["code"], found["text"], found["operation"])


def _challenge(found: re.Match[str], details: str) -> ServiceError:
    """The CA looked at the challenge, and said what it saw."""
    kind, detail = found["kind"], found["detail"].strip()
    return ServiceError(_challenge_id(kind, detail), details=detail or details, **_caa_place(detail))


def _challenge_id(kind: str, detail: str) -> str:
    if re.search(r"CAA record for \S+ prevents issuance", detail):
        return "acme-caa-forbids"
    if kind == "rateLimited":
        return "acme-rate-limit"
    if re.search(rf"NXDOMAIN|No TXT record found|{_PEBBLES_NXDOMAIN}", detail, re.IGNORECASE):
        return "acme-dns-not-found"
    if kind in {"dns", "caa", "connection"} or "Error retrieving TXT" in detail:
        return "acme-dns-failure"
    return "acme-unauthorized" if kind == "unauthorized" else "acme-refused"


def _caa_place(detail: str) -> dict[str, str]:
    found = re.search(r"CAA record for (\S+) prevents issuance", detail)
    return {"at": found[1]} if found else {}


_LIMITS: Final = (
    ("failed authorizations", "failures"),
    ("new registrations", "accounts"),
    ("new orders", "orders"),
    ("exact set", ""),
    ("already issued for", "domain"),
)
"""Words of the limits (letsencrypt.org/docs/rate-limits), and the variant that explains each."""


def _rate_limit(found: re.Match[str], _: str) -> ServiceError:
    text = found[0]
    retry = re.search(r"retry after ([\d-]{10}[T ][\d:]{8}(?: ?UTC|Z)?)", text)
    variant = next((variant for words, variant in _LIMITS if words in text), "")
    return ServiceError("acme-rate-limit", variant=variant, details=safe(text), retry=safe(retry[1]) if retry else "?")


def _plain(finding: str, variant: str = "") -> Callable[[re.Match[str], str], ServiceError]:
    """Return the maker of a finding whose facts are the groups of the match."""

    def name(found: re.Match[str], _: str) -> ServiceError:
        facts = {group: safe(value or "") for group, value in found.groupdict().items()}
        return ServiceError(finding, variant=variant, **facts)

    return name


def _disk_full(found: re.Match[str], _: str) -> ServiceError:
    return ServiceError("disk-full", path=safe(found["path"] or "letsencrypt"))


def _rule(pattern: str, name: Callable[[re.Match[str], str], ServiceError]) -> _Rule:
    return re.compile(pattern, re.MULTILINE), name


_RULES: Final[tuple[_Rule, ...]] = (
    _rule(
        r"An error occurred \((?P<code>\w+)\) when calling the (?P<operation>\w+) operation[^:\n]*: (?P<text>.*)", _aws
    ),
    _rule(r"^\s*Type:\s+(?P<kind>\S+)\n\s*Detail:\s*(?P<detail>.*)", _challenge),
    _rule(r"^.*(?:too many (?:certificates|failed|new|currently)|rateLimited|rate limit).*$", _rate_limit),
    _rule(r"Unable to locate credentials", _plain("aws-no-credentials")),
    _rule(r"Partial credentials found in [\w-]+, missing: (?P<missing>\w+)", _plain("aws-no-credentials", "partial")),
    _rule(r"The config profile \((?P<profile>[^)]*)\) could not be found", _plain("aws-no-credentials", "profile")),
    _rule(
        r"Error (?:loading SSO Token|when retrieving (?:token|credentials) from sso)",
        _plain("aws-expired-token", "sso"),
    ),
    _rule(r"Unable to find a Route53 hosted zone for \S+", _plain("aws-zone-not-found")),
    _rule(r"Timed out waiting for Route53 change", _plain("aws-change-pending", "certbot")),
    _rule(r'Could not connect to the endpoint URL: "\w+://(?P<host>[^/"]+)', _plain("aws-unreachable")),
    _rule(r"requested dns-route53 plugin does not appear to be installed", _plain("certbot-plugin-missing")),
    _rule(r"No module named '?certbot", _plain("certbot-plugin-missing", "certbot")),
    _rule(r"Another instance of Certbot is already running", _plain("certbot-already-running")),
    _rule(r"CERTIFICATE_VERIFY_FAILED", _plain("acme-unreachable", "tls")),
    _rule(r"host='(?P<host>[^']+)'.*Max retries exceeded|Max retries exceeded", _plain("acme-unreachable")),
    _rule(r"Requesting acme\S* at \S+: |Name or service not known|Read timed out", _plain("acme-unreachable")),
    _rule(r"No space left on device(?:: '(?P<path>[^']*)')?", _disk_full),
    _rule(r"(?:File exists|Not a directory|Is a directory): '(?P<path>[^']*)'", _plain("file-in-the-way")),
    _rule(r"Permission denied: '(?P<path>[^']*)'", _plain("folder-not-writable")),
    _rule(r"forbidden by policy|rejectedIdentifier", _plain("acme-refused", "policy")),
    _rule(r"invalidContact|contact email|invalid email", _plain("acme-refused", "contact")),
    _rule(r"^unrecognized arguments|: error: ", _plain("certbot-usage")),
    _rule(r"urn:ietf:params:acme:error:(?P<kind>\w+)", _plain("acme-refused")),
)
"""The most telling first: where the CA saw the challenge, a connection error of the clean-up says less."""
