"""What certbot's own folders tell of the rate limits: counted per name and environment, and never in the way."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.events import Answer
from services.issuance import Folders, read_uses, said_before_asking
from services.practice.hierarchy import Hierarchy

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DOMAIN = "mqtt.example.com"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "logs")


def issue(
    folders: Folders, number: int, *, days_ago: float, staging: bool = False, names: tuple[str, ...] = (DOMAIN,)
) -> None:
    """Put a certificate into certbot's archive."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only here
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - only here

    at = NOW - timedelta(days=days_ago)
    hierarchy = Hierarchy(lambda: at, staging=staging)
    key = ec.generate_private_key(ec.SECP256R1())
    issued = hierarchy.issue(key.public_key(), names)
    archive = folders.config / "archive" / names[0]
    archive.mkdir(parents=True, exist_ok=True)
    (archive / f"cert{number}.pem").write_bytes(issued.leaf.public_bytes(Encoding.PEM))


def log(
    folders: Folders, number: int, text: str, *, minutes_ago: float, server: str = "https://acme.example/dir"
) -> None:
    """Write a log of certbot."""
    folders.logs.mkdir(exist_ok=True)
    path = folders.logs / ("letsencrypt.log" if number == 0 else f"letsencrypt.log.{number}")
    path.write_text(f"DEBUG:certbot._internal.main:Arguments: ['-d', '{DOMAIN}', '--server', '{server}']\n{text}\n")
    at = (NOW - timedelta(minutes=minutes_ago)).timestamp()
    os.utime(path, (at, at))


def test_nothing_was_asked_for(folders: Folders) -> None:
    said = said_before_asking(folders, DOMAIN, staging=False, now=NOW)
    assert said.answer is Answer.YES
    assert "5 of 5" in str(said.what)


def test_certificates_of_this_very_set_and_environment_count(folders: Folders) -> None:
    issue(folders, 1, days_ago=1)
    issue(folders, 2, days_ago=2)
    issue(folders, 3, days_ago=30)
    issue(folders, 4, days_ago=1, staging=True)
    issue(folders, 5, days_ago=1, names=(DOMAIN, "other.example.com"))
    issue(folders, 6, days_ago=1, names=("other.example.com",))
    (folders.config / "archive" / DOMAIN / "cert7.pem").write_text("damaged")
    uses = read_uses(folders, DOMAIN, staging=False, now=NOW)
    assert len(uses.certificates) == 3
    assert all(at <= NOW for at in uses.certificates)
    assert len(read_uses(folders, DOMAIN, staging=True, now=NOW).certificates) == 1


def test_the_sixth_is_told_with_its_time_and_with_staging(folders: Folders) -> None:
    for number in range(5):
        issue(folders, number, days_ago=0.01)
    said = said_before_asking(folders, DOMAIN, staging=False, now=NOW)
    assert said.answer is Answer.NO
    assert "nothing just now" in str(said.what)
    assert "2026-11-25" in str(said.fix)
    assert "staging" in str(said.fix)


def test_failed_tries_of_the_last_hour_count(folders: Folders) -> None:
    failed = f"INFO:certbot._internal.auth_handler:Challenge failed for domain {DOMAIN}"
    log(folders, 0, failed, minutes_ago=5)
    log(folders, 1, failed, minutes_ago=30)
    log(folders, 2, failed, minutes_ago=90)
    log(folders, 3, f"{failed}.evil", minutes_ago=1)
    log(folders, 4, failed, minutes_ago=1, server="https://acme-staging.example/dir")
    said = said_before_asking(folders, DOMAIN, staging=False, now=NOW)
    assert said.answer is Answer.YES
    assert "4 failed tries" in str(said.what)  # the bucket leaks: five an hour come back one every twelve minutes


def test_the_cas_own_word_is_kept(folders: Folders) -> None:
    log(folders, 0, "too many certificates already issued, retry after 2026-11-25 01:02:03 UTC: see", minutes_ago=60)
    said = said_before_asking(folders, DOMAIN, staging=False, now=NOW)
    assert said.answer is Answer.NO
    assert "2026-11-25 01:02 UTC" in str(said.fix)
    later = said_before_asking(folders, DOMAIN, staging=False, now=NOW + timedelta(days=1))
    assert later.answer is Answer.YES
