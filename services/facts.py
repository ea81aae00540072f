"""Facts that age: lifetimes, chains and rate limits of Let's Encrypt, what EMQX Cloud takes. From one dated file.

The file is `assets/data/facts.toml`, with its sources; the CA certificates stand in `letsencrypt.json` beside it
(`services.tls.catalog`). `grown_old` tells when the file should no longer be relied on.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import msgspec

from assets import FOLDER
from services.events import Answer, Check
from services.text import message


class Limit(msgspec.Struct, frozen=True):
    """A rate limit: `count` at once, which come back evenly over `hours`."""

    count: int
    hours: int

    @property
    def period(self) -> timedelta:
        """The time in which all of them come back."""
        return timedelta(hours=self.hours)


class Limits(msgspec.Struct, frozen=True):
    """The rate limits of one environment of Let's Encrypt."""

    certificates_per_set: Limit
    certificates_per_domain: Limit
    failures_per_name: Limit
    orders_per_account: Limit
    accounts_per_address: Limit


class LimitsByEnvironment(msgspec.Struct, frozen=True):
    """The rate limits of both environments."""

    production: Limits
    staging: Limits


class Lifetime(msgspec.Struct, frozen=True):
    """How many hours a certificate of `profile` lasts, when it is issued on the day `start` or later."""

    profile: str
    start: date = msgspec.field(name="from")
    hours: int

    @property
    def days(self) -> float:
        """The same in days."""
        return self.hours / 24


class ChainFact(msgspec.Struct, frozen=True):
    """What Let's Encrypt's default fullchain.pem holds for a kind of key.

    Attributes:
        key: "ECDSA" or "RSA".
        certificates: how many, the leaf too.
        top, issuer: names of the topmost certificate and of who issued it.
        root_sha256: fingerprint of the self-signed root that ends it, hexadecimal.
    """

    key: str
    certificates: int
    top: str
    issuer: str
    root_sha256: str


class Ended(msgspec.Struct, frozen=True):
    """Days on which Let's Encrypt stopped something."""

    client_authentication: date
    expiry_mails: date
    ocsp: date


class EmqxFacts(msgspec.Struct, frozen=True):
    """What EMQX Cloud takes: dates, uploads and reads of the TLS certificate an hour, key types."""

    window_days: int
    uploads_an_hour: int
    reads_an_hour: int
    key_types: tuple[str, ...]

    @property
    def window(self) -> timedelta:
        """How far from both ends of its validity a certificate must be."""
        return timedelta(days=self.window_days)


class Facts(msgspec.Struct, frozen=True):
    """The whole file.

    Attributes:
        checked: the day on which all of it was last held against its sources.
        old_after_days: how long it may be relied on.
        sources: addresses, by subject.
    """

    checked: date = msgspec.field(name="date")
    old_after_days: int
    sources: dict[str, str]
    lifetimes: tuple[Lifetime, ...]
    ended: Ended
    chains: tuple[ChainFact, ...]
    limits: LimitsByEnvironment
    emqx: EmqxFacts

    def lifetime(self, at: datetime, profile: str = "classic") -> Lifetime:
        """Return what a certificate of `profile` issued at `at` lasts.

        Raises:
            KeyError: no such profile, or not yet at that time.
        """
        fitting = [each for each in self.lifetimes if each.profile == profile and each.start <= at.date()]
        if not fitting:
            raise KeyError(profile)
        return max(fitting, key=lambda each: each.start)

    def limits_of(self, *, staging: bool) -> Limits:
        """Return the rate limits of an environment."""
        return self.limits.staging if staging else self.limits.production

    def age_days(self, now: datetime) -> int:
        """Return how many days ago the facts were checked."""
        return (now.date() - self.checked).days

    def grown_old(self, now: datetime) -> bool:
        """Tell whether the facts were checked too long ago to be relied on."""
        return self.age_days(now) > self.old_after_days


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a rate limit leaves.

    Attributes:
        left: how many more are possible now.
        next_at: when the next one is possible: now, or later where none is left.
    """

    left: int
    next_at: datetime


def allowance(limit: Limit, times: tuple[datetime, ...], now: datetime) -> Allowance:
    """Return what `limit` leaves at `now` after uses at `times` (aware).

    Let's Encrypt's limits are buckets that leak at a constant rate (GCRA): after five certificates at once the sixth is
    possible a fifth of the period later. https://letsencrypt.org/docs/rate-limits/
    """
    step = limit.period / limit.count
    full_again_at = datetime.min.replace(tzinfo=UTC)
    for used in sorted(min(used, now) for used in times):
        full_again_at = max(full_again_at, used) + step
    behind = max(full_again_at - now, timedelta())
    left = int((limit.period - behind) / step) if behind < limit.period else 0
    return Allowance(left, now if left else full_again_at - limit.period + step)


@cache
def facts() -> Facts:
    """Return the facts."""
    data = (FOLDER / "data" / "facts.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(data), Facts)


def age_check(now: datetime) -> Check:
    """Return how old the facts are at `now`, as a line to show; UNKNOWN, with what to do, once they have grown old."""
    known = facts()
    if known.grown_old(now):
        words = message("issuance.facts-old", count=known.age_days(now), date=f"{known.checked}")
        fix = message("issuance.facts-fix", source=known.sources["chains"])
        return Check("facts-age", Answer.UNKNOWN, words, fix)
    return Check("facts-age", Answer.YES, message("issuance.facts-fresh", date=f"{known.checked}"))
