"""What Let's Encrypt's rate limits leave for a name, as far as this machine can know: from certbot's own folders.

certbot keeps every certificate it was given (`config/archive`) and a log of every run (`logs`). What other machines
asked for is not known here, so what is left is at most this. `Uses` is read, `what_is_left` is pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.events import Answer, Check
from services.facts import Allowance, Limits, allowance, facts
from services.files import read_file
from services.text import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.text import Message

_BACKDATED: Final = timedelta(hours=1)  # Let's Encrypt sets notBefore an hour before it issues
_LARGEST_LOG: Final = 4_000_000  # bytes; one run of certbot writes some 60 000
_MOST_LOGS: Final = 60  # the newest; certbot keeps a thousand
_RETRY: Final = re.compile(r"retry after (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of certbot: `config` (with `archive` in it), and `logs`."""

    config: Path
    logs: Path


@dataclass(frozen=True, slots=True)
class Uses:
    """What was asked for from this machine, in one environment of the CA; times are aware, UTC.

    Attributes:
        certificates: when each certificate for this exact set of names was issued.
        failures: when a challenge for the name failed.
        refused_until: until when the CA said that it will refuse; None where it said nothing of the kind.
    """

    certificates: tuple[datetime, ...] = ()
    failures: tuple[datetime, ...] = ()
    refused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What the limits leave: certificates for this exact set of names, and failed tries for the name."""

    certificates: Allowance
    failures: Allowance
    refused_until: datetime | None = None

    @property
    def none_left(self) -> bool:
        """Whether the CA is likely to refuse the next order."""
        return self.refused_until is not None or not (self.certificates.left and self.failures.left)

    @property
    def next_at(self) -> datetime:
        """When the next order is possible."""
        times = (self.certificates.next_at, self.failures.next_at, self.refused_until)
        return max(moment for moment in times if moment is not None)


def what_is_left(uses: Uses, limits: Limits, now: datetime) -> Left:
    """Return what `limits` leave at `now` after `uses`. Pure."""
    refused = uses.refused_until if uses.refused_until and uses.refused_until > now else None
    return Left(
        allowance(limits.certificates_per_set, uses.certificates, now),
        allowance(limits.failures_per_name, uses.failures, now),
        refused,
    )


def read_uses(folders: Folders, domain: str, *, staging: bool, now: datetime) -> Uses:
    """Read from certbot's folders what was asked for `domain` alone. What cannot be read counts as not asked.

    Args:
        folders: certbot's.
        domain: the one name of the certificate.
        staging: count the staging environment's, else production's.
        now: the time now, aware.
    """
    logs = tuple(_Log.of(folders.logs, staging=staging))
    refusals = [until for log in logs if domain in log.text for until in log.refused_until()]
    return Uses(
        tuple(sorted(_issued(folders.config, domain, staging=staging, now=now))),
        tuple(log.at for log in logs if f"Challenge failed for domain {domain}\n" in log.text),
        max(refusals, default=None),
    )


def said_before_asking(folders: Folders, domain: str, *, staging: bool, now: datetime) -> Check:
    """Return what the limits leave for `domain`, as a line to show before the CA is asked.

    NO means that the CA will most likely refuse: the fix names when it will not, and that staging is for trying.
    """
    limits = facts().limits_of(staging=staging)
    left = what_is_left(read_uses(folders, domain, staging=staging, now=now), limits, now)
    said: dict[str, str | int] = {
        "domain": domain,
        "certificates": left.certificates.left,
        "of": limits.certificates_per_set.count,
        "days": limits.certificates_per_set.hours // 24,
        "tries": left.failures.left,
    }
    if not left.none_left:
        return Check("rate-limits", Answer.YES, message("issuance.left", **said))
    when = f"{left.next_at:%Y-%m-%d %H:%M} UTC"
    fix: Message = message("issuance.wait-or-stage" if not staging else "issuance.wait", when=when)
    return Check("rate-limits", Answer.NO, message("issuance.none-left", **said), fix)


@dataclass(frozen=True, slots=True)
class _Log:
    """One run of certbot: what it wrote, and when it ended."""

    text: str
    at: datetime

    @classmethod
    def of(cls, folder: Path, *, staging: bool) -> Iterator[_Log]:
        """Yield the newest logs of runs against the one environment."""
        found = sorted(_files(folder, "letsencrypt.log*"), key=lambda each: each[1], reverse=True)
        for path, at in found[:_MOST_LOGS]:
            try:
                text = read_file(path, limit=_LARGEST_LOG).decode("utf-8", "replace")
            except ServiceError:
                continue
            if _is_staging_run(text) is staging:
                yield cls(text, at)

    def refused_until(self) -> Iterator[datetime]:
        """Yield the times that the CA named when it refused for its limits."""
        for found in _RETRY.finditer(self.text):
            yield datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def _is_staging_run(text: str) -> bool:
    """Certbot writes its arguments first; `--dry-run` goes to staging too."""
    arguments = next((line for line in text.splitlines() if "Arguments: [" in line), "")
    return "staging" in arguments or "--test-cert" in arguments or "--dry-run" in arguments


def _issued(config: Path, domain: str, *, staging: bool, now: datetime) -> Iterator[datetime]:
    """Yield when each certificate of the archive for exactly `domain` was issued by the one environment."""
    from services.tls import catalog  # noqa: PLC0415 - brings cryptography
    from services.tls.pem import readable  # noqa: PLC0415 - as above

    for path, _ in _files(config / "archive", "*/cert*.pem"):
        try:
            certificates = readable(read_file(path))
        except ServiceError:
            continue
        for certificate in certificates:
            if set(certificate.names) == {domain} and catalog.is_staging(certificate) is staging:
                yield min(certificate.not_before + _BACKDATED, now)


def _files(folder: Path, pattern: str) -> list[tuple[Path, datetime]]:
    """Return files and when each was last written; none where the folder may not be read."""
    try:
        return [(path, datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in folder.glob(pattern)]
    except OSError:
        return []
