"""What certbot prints when it fails, word by word as it did, and the finding that it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.acme.failures import certbot_finding

DOMAIN = "mqtt.example.test"


def cases() -> list[tuple[str, str]]:
    """Every text with its finding, in the file's order."""
    blocks = Path(__file__).with_name("certbot_failures.txt").read_text("utf-8").split("\n== ")[1:]
    return [(text.rstrip("\n"), finding) for finding, _, text in (block.partition("\n") for block in blocks)]


CASES = cases()


def said(finding: str, *words: str) -> list[str]:
    """The lines of the case of `finding` that has these words in it."""
    (text,) = [text for text, name in CASES if name == finding and all(word in text for word in words)]
    return text.splitlines()


@pytest.mark.parametrize(("text", "finding"), CASES, ids=[f"{n}-{finding}" for n, (_, finding) in enumerate(CASES)])
def test_each_failure_has_its_name(text: str, finding: str) -> None:
    error = certbot_finding(text.splitlines(), 1, domain=DOMAIN, caa_domain="letsencrypt.org")
    assert error.id == finding
    assert "{" not in error.what + error.why + error.fix


def test_the_time_to_try_again_is_told() -> None:
    lines = said("acme-rate-limit", "certificates")
    assert "2026-11-25 13:58:05 UTC" in certbot_finding(lines, 1, domain=DOMAIN, caa_domain="x").fix


def test_failed_tries_are_told_apart_from_certificates() -> None:
    error = certbot_finding(said("acme-rate-limit", "failed"), 1, domain=DOMAIN, caa_domain="x")
    assert error.variant == "failures"
    assert "staging" in error.fix


def test_the_caa_record_is_placed_and_mended() -> None:
    error = certbot_finding(said("acme-caa-forbids"), 1, domain=DOMAIN, caa_domain="letsencrypt.org")
    assert "example.test" in error.why
    assert '0 issue "letsencrypt.org"' in error.fix


def test_the_missing_permission_is_read_out_of_certbots_lines() -> None:
    text = (
        "User: arn:aws:iam::123456789012:user/certbot is not authorized to perform: route53:GetChange "
        "on resource: arn:aws:route53:::change/C1 because no identity-based policy allows the route53:GetChange action"
    )
    error = certbot_finding(
        [f"An error occurred (AccessDenied) when calling the GetChange operation: {text}"],
        1,
        domain=DOMAIN,
        caa_domain="x",
    )
    assert error.id == "aws-access-denied"
    assert error.facts["action"] == "route53:GetChange"


def test_an_unknown_failure_shows_certbots_own_words() -> None:
    error = certbot_finding(["Saving debug log to /x", "Something new"], 1, domain=DOMAIN, caa_domain="x")
    assert error.details == "Something new"


def test_status_two_is_about_the_options() -> None:
    assert certbot_finding(["whatever"], 2, domain=DOMAIN, caa_domain="x").id == "certbot-usage"


@pytest.mark.parametrize(
    ("words", "variant"),
    [
        ("too many new registrations (10) from this IP address", "accounts"),
        ("too many new orders (300) from this account", "orders"),
        ('too many certificates (50) already issued for "example.test"', "domain"),
        ("too many certificates (5) already issued for this exact set of identifiers", ""),
    ],
)
def test_each_limit_is_explained_as_what_it_is(words: str, variant: str) -> None:
    lines = [f"{words} in the last 3h0m0s, retry after 2026-11-25 13:58:05 UTC"]
    error = certbot_finding(lines, 1, domain=DOMAIN, caa_domain="x")
    assert (error.id, error.variant) == ("acme-rate-limit", variant)
    assert "2026-11-25" in error.fix
