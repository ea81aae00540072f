"""CAA as RFC 8659 reads it, over answers made up for the purpose; names that nobody can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.dns.answers import Answer, Outcome
from services.dns.caa import Caa, find_caa
from services.dns.resolver import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping


class Told(Resolver):
    """A resolver that answers from a table of CAA records."""

    def __init__(self, records: Mapping[str, tuple[str, ...]], failing: str = "") -> None:
        super().__init__((("127.0.0.1", 9),))
        self._records = records
        self._failing = failing

    async def ask(self, name: str, kind: str, *, seconds: float = 1.0) -> Answer:  # noqa: ARG002 - as its parent
        if name == self._failing:
            return Answer(name, kind, Outcome.FAILED, detail="SERVFAIL")
        values = self._records.get(name, ())
        return Answer(name, kind, Outcome.FOUND if values else Outcome.EMPTY, values)


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        ((), True),
        (('0 issue "letsencrypt.org"',), True),
        (('0 issue "LetsEncrypt.org; validationmethods=dns-01"',), True),
        (('0 issue "other-ca.example"',), False),
        (('0 issue "other-ca.example"', '0 issue "letsencrypt.org"'), True),
        (('0 issue ";"',), False),
        (('0 issuewild "other-ca.example"',), True),
        (('0 iodef "mailto:x@example.com"',), True),
        (('128 tbs "unknown"',), False),
    ],
)
async def test_who_may_issue(records: tuple[str, ...], allowed: bool) -> None:
    found = await find_caa(Told({"example.test": records}), "mqtt.example.test")
    assert isinstance(found, Caa)
    assert found.allows("letsencrypt.org") is allowed


async def test_the_nearest_records_rule() -> None:
    records = {"mqtt.example.test": ('0 issue "letsencrypt.org"',), "example.test": ('0 issue "other-ca.example"',)}
    found = await find_caa(Told(records), "mqtt.example.test")
    assert isinstance(found, Caa)
    assert found.at == "mqtt.example.test"
    assert found.allows("letsencrypt.org")


async def test_what_could_not_be_asked_is_not_taken_for_allowed() -> None:
    found = await find_caa(Told({}, failing="example.test"), "mqtt.example.test")
    assert isinstance(found, Answer)
    assert found.outcome is Outcome.FAILED


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test", ".".join(["abcdefgh"] * 40)])
async def test_a_name_that_no_question_can_hold_is_a_failed_answer(name: str) -> None:
    answer = await Resolver((("127.0.0.1", 9),)).ask(name, "A", seconds=0.2)
    assert answer.outcome is Outcome.FAILED
