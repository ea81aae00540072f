"""Let's Encrypt's rate limits, counted with the practice world's clock (letsencrypt.org/docs/rate-limits).

Like Boulder's, each limit is a bucket that leaks at a constant rate (the Generic Cell Rate Algorithm), not a sliding
window: five certificates at once are fine, and the sixth is possible 33.6 hours later, a fifth of the week.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.practice.acme.problems import AcmeError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from datetime import datetime

_DOCUMENTATION = "https://letsencrypt.org/docs/rate-limits/"
_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so long.

    Attributes:
        count: how many fit at once; they come back one by one, evenly, over `period`.
        words: what there were too many of, with `{count}` and, where it is counted per name, `{name}`.
        section: the part of Let's Encrypt's documentation about it.
    """

    count: int
    period: timedelta
    words: str
    section: str

    def refusal(self, name: str, wait: timedelta, now: datetime) -> AcmeError:
        """What the client is told, in Boulder's words."""
        hours = int(self.period / _HOUR)
        what = self.words.format(count=self.count, name=name)
        retry = (now + wait).strftime("%Y-%m-%d %H:%M:%S UTC")
        detail = f"{what} in the last {hours}h0m0s, retry after {retry}: see {_DOCUMENTATION}#{self.section}"
        return AcmeError(Problem("rateLimited", detail, 429, wait, _DOCUMENTATION))


@dataclass(frozen=True, slots=True)
class Policy:
    """All limits of one environment."""

    accounts_per_address: Limit
    orders_per_account: Limit
    certificates_per_domain: Limit
    certificates_per_set: Limit
    failures_per_name: Limit


def _policy(accounts: int, orders: int, per_domain: int, per_set: int, failures: int) -> Policy:
    return Policy(
        Limit(
            accounts,
            3 * _HOUR,
            "too many new registrations ({count}) from this IP address",
            "new-registrations-per-ip-address",
        ),
        Limit(orders, 3 * _HOUR, "too many new orders ({count}) from this account", "new-orders-per-account"),
        Limit(
            per_domain,
            _WEEK,
            'too many certificates ({count}) already issued for "{name}"',
            "new-certificates-per-registered-domain",
        ),
        Limit(
            per_set,
            _WEEK,
            "too many certificates ({count}) already issued for this exact set of identifiers",
            "new-certificates-per-exact-set-of-identifiers",
        ),
        Limit(
            failures,
            _HOUR,
            'too many failed authorizations ({count}) for "{name}"',
            "authorization-failures-per-identifier-per-account",
        ),
    )


PRODUCTION = _policy(accounts=10, orders=300, per_domain=50, per_set=5, failures=5)
STAGING = _policy(accounts=50, orders=1500, per_domain=30_000, per_set=30_000, failures=200)


class RateLimits:
    """The buckets of one server. Safe to use from any thread."""

    def __init__(self, clock: Callable[[], datetime], policy: Policy = PRODUCTION) -> None:
        self.policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._full_again_at: dict[Hashable, datetime] = {}

    def spend_account(self, address: str) -> None:
        """Count a new account from this IP address.

        Raises:
            AcmeError: `rateLimited`.
        """
        self._spend(self.policy.accounts_per_address, address)

    def spend_order(self, account: int, names: Sequence[str], *, is_renewal: bool = False) -> None:
        """Count a new order, if neither it nor the certificate it asks for is over a limit.

        A renewal announced by ARI's `replaces` is exempt from all limits (RFC 9773 section 5, and Let's Encrypt).

        Raises:
            AcmeError: `rateLimited`.
        """
        if is_renewal:
            return
        for name in names:
            self._check(self.policy.failures_per_name, (account, _base(name)), _base(name))
        for domain in _registered_domains(names):
            self._check(self.policy.certificates_per_domain, domain, domain)
        self._check(self.policy.certificates_per_set, frozenset(names))
        self._spend(self.policy.orders_per_account, account)

    def count_certificate(self, names: Sequence[str], *, is_renewal: bool = False) -> None:
        """Count a certificate that was issued."""
        if is_renewal:
            return
        self._count(self.policy.certificates_per_set, frozenset(names))
        for domain in _registered_domains(names):
            self._count(self.policy.certificates_per_domain, domain)

    def count_failure(self, account: int, name: str) -> None:
        """Count a failed authorization."""
        self._count(self.policy.failures_per_name, (account, _base(name)))

    def exceeded(self) -> AcmeError:
        """The refusal that follows five certificates for one set of names, whatever was issued so far."""
        limit = self.policy.certificates_per_set
        return limit.refusal("", limit.period / limit.count, self._clock())

    def _spend(self, limit: Limit, key: Hashable) -> None:
        self._check(limit, key)
        self._count(limit, key)

    def _check(self, limit: Limit, key: Hashable, name: str = "") -> None:
        now = self._clock()
        with self._lock:
            full_again_at = max(self._full_again_at.get((limit.section, key), now), now)
        wait = full_again_at + limit.period / limit.count - now - limit.period
        if wait > timedelta():
            raise limit.refusal(name, wait, now)

    def _count(self, limit: Limit, key: Hashable) -> None:
        now = self._clock()
        with self._lock:
            before = max(self._full_again_at.get((limit.section, key), now), now)
            self._full_again_at[limit.section, key] = min(before + limit.period / limit.count, now + limit.period)


def _base(name: str) -> str:
    return name.removeprefix("*.")


def _registered_domains(names: Iterable[str]) -> set[str]:
    """The last two labels of each name; the practice world has no public suffix of more than one."""
    return {".".join(_base(name).split(".")[-2:]) for name in names}
