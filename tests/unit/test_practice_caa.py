"""CAA record sets and what they allow (RFC 8659, RFC 8657)."""

from __future__ import annotations

import pytest

from services.practice.acme.caa import CaaRecord, Request, permits

_ACCOUNT = "https://ca.test/acct/1"


def _request(*, wildcard: bool = False) -> Request:
    return Request(frozenset({"letsencrypt.org"}), _ACCOUNT, "dns-01", wildcard)


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        ([], True),
        ([(0, "iodef", "mailto:a@b.test")], True),
        ([(0, "issue", "letsencrypt.org")], True),
        ([(0, "ISSUE", " LetsEncrypt.org ")], True),
        ([(0, "issue", ";")], False),
        ([(0, "issue", "other.test")], False),
        ([(0, "issue", "other.test"), (0, "issue", "letsencrypt.org")], True),
        ([(0, "issuewild", ";")], True),
        ([(0, "issue", f"letsencrypt.org; accounturi={_ACCOUNT}")], True),
        ([(0, "issue", "letsencrypt.org; accounturi=https://ca.test/acct/2")], False),
        ([(0, "issue", "letsencrypt.org; validationmethods=http-01,dns-01")], True),
        ([(0, "issue", "letsencrypt.org; validationmethods=http-01")], False),
        ([(0, "issue", "letsencrypt.org; nonsense")], False),
        ([(0, "tbs", "unknown"), (0, "issue", "letsencrypt.org")], True),
        ([(128, "tbs", "unknown"), (0, "issue", "letsencrypt.org")], False),
    ],
)
def test_plain_names(records: list[tuple[int, str, str]], allowed: bool) -> None:
    assert permits([CaaRecord(*record) for record in records], _request()) is allowed


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        ([(0, "issue", "letsencrypt.org")], True),
        ([(0, "issue", "letsencrypt.org"), (0, "issuewild", ";")], False),
        ([(0, "issue", "other.test"), (0, "issuewild", "letsencrypt.org")], True),
    ],
)
def test_wildcards(records: list[tuple[int, str, str]], allowed: bool) -> None:
    assert permits([CaaRecord(*record) for record in records], _request(wildcard=True)) is allowed
