"""The CNAME in Route 53: made once, awaited, seen through DNS, and never over what is the user's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.dns.resolver import Resolver
from services.events import Check, Done, Failed, Lines
from services.guide import subdomain
from services.guide.runner import Guide
from services.guide.step import State
from services.practice.world import PracticeWorld
from services.workspace import Workspace
from tests.system.aws_helpers import change, record, zone
from tests.system.guide_world import run_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.events import Event
    from services.guide.subdomain import Request, Result

SECTION = "subdomain"
TARGET = "d1234.ala.practice.example"


@pytest.fixture(scope="module")
def running() -> Iterator[PracticeWorld]:
    world = PracticeWorld()
    world.start()
    yield world
    world.stop()


@pytest.fixture
def guide(running: PracticeWorld, tmp_path: Path, request: pytest.FixtureRequest) -> Guide:
    """A guide for a name of the test's own."""
    name = "".join(char if char.isalnum() else "-" for char in request.node.name)[-40:].strip("-").lower()
    return Guide.open(replace(running.world(), domain=f"{name}.example.test"), Workspace(tmp_path))


def asked(guide: Guide, **changes: Any) -> Request:
    return replace(subdomain.propose(guide.here), **changes)


async def done(guide: Guide, **changes: Any) -> tuple[list[Event], Result]:
    events, last = await run_step(guide, SECTION, asked(guide, **changes))
    assert isinstance(last, Done), last.error
    return events, last.result


async def failed(guide: Guide, **changes: Any) -> Failed:
    _, last = await run_step(guide, SECTION, asked(guide, **changes))
    assert isinstance(last, Failed)
    assert "{" not in last.error.what + last.error.why + last.error.fix
    return last


def writes(running: PracticeWorld) -> int:
    return sum(each.write for each in running.journal.list("aws"))


async def test_created_then_found_unchanged(running: PracticeWorld, guide: Guide) -> None:
    _, made = await done(guide)
    assert (made.outcome, made.zone_name, made.addresses) == ("created", "example.test", ("127.0.0.1",))
    assert running.aws.records(guide.world.domain, "CNAME") == (f"{TARGET}.",)
    before = writes(running)
    events, again = await done(guide)
    assert again.outcome == "unchanged"
    assert writes(running) == before
    assert any("nothing changed" in str(event.what) for event in events if isinstance(event, Check))
    assert guide.standing(SECTION).state is State.DONE


async def test_pending_is_waited_for(guide: Guide) -> None:
    assert guide.world.practice is not None
    guide.world.practice.inject("aws-pending")
    try:
        _, made = await done(guide)
    finally:
        guide.world.practice.heal("aws-pending")
    assert made.polls == 3


async def test_pending_for_too_long_is_named_and_found_the_next_time(guide: Guide) -> None:
    assert guide.world.practice is not None
    guide.world.practice.inject("aws-pending")
    try:
        assert (await failed(guide, wait_seconds=1)).error.id == "aws-change-pending"
    finally:
        guide.world.practice.heal("aws-pending")
    _, again = await done(guide)
    assert again.outcome == "unchanged"


@pytest.mark.parametrize(
    ("kind", "value"), [("CNAME", "elsewhere.example.net."), ("A", "192.0.2.1"), ("TXT", '"mine"')]
)
async def test_what_stands_there_is_shown_and_kept_until_its_replacement_is_asked_for(
    running: PracticeWorld, guide: Guide, kind: str, value: str
) -> None:
    domain = guide.world.domain
    with record(guide.world, domain, kind, value):
        before = writes(running)
        (planned,) = await subdomain.changes(asked(guide), guide.here)
        assert planned.overwrites
        assert value.strip('"') in planned.before
        error = (await failed(guide)).error
        assert error.id == "dns-record-in-the-way"
        assert value.strip('"') in error.why
        assert running.aws.records(domain, kind) == (value,)
        assert writes(running) == before
        events, changed = await done(guide, overwrite=True)
        assert changed.outcome == "changed"
        lines = [line for event in events if isinstance(event, Lines) for line in event.lines]
        assert any(value.strip('"') in line for line in lines), "shown before it is replaced"
        assert running.aws.records(domain, "CNAME") == (f"{TARGET}.",)
        change(guide.world, "DELETE", domain, "CNAME", f"{TARGET}.")


async def test_a_delegation_is_never_replaced(running: PracticeWorld, guide: Guide) -> None:
    with record(guide.world, guide.world.domain, "NS", "ns1.example.net."):
        error = (await failed(guide, overwrite=True)).error
        assert (error.id, error.variant) == ("dns-record-in-the-way", "delegated")
        assert running.aws.records(guide.world.domain, "NS") == ("ns1.example.net.",)


async def test_the_top_of_a_zone_can_hold_no_cname(running: PracticeWorld, guide: Guide) -> None:
    before = writes(running)
    error = (await failed(guide, domain="example.test")).error
    assert error.id == "zone-apex"
    assert "mqtt.example.test" in error.fix
    assert writes(running) == before


async def test_the_zone_with_the_longest_name_is_taken(guide: Guide) -> None:
    with zone(guide.world, "deep.example.test.") as zone_id:
        _, made = await done(guide, domain="mqtt.deep.example.test")
        assert (made.zone_id, made.zone_name) == (zone_id, "deep.example.test")
        change(guide.world, "DELETE", "mqtt.deep.example.test", "CNAME", f"{TARGET}.", zone_id=zone_id, ttl=300)


async def test_two_public_zones_of_one_name_are_named(guide: Guide) -> None:
    with zone(guide.world, "example.test.") as second:
        error = (await failed(guide)).error
    assert error.id == "aws-zone-ambiguous"
    assert second in error.why


async def test_a_private_zone_is_no_place_for_it(guide: Guide) -> None:
    with zone(guide.world, "corp.internal.", private=True):
        error = (await failed(guide, domain="mqtt.corp.internal")).error
    assert (error.id, error.variant) == ("aws-zone-not-found", "private")


async def test_by_hand_is_only_checked(running: PracticeWorld, guide: Guide) -> None:
    assert (await failed(guide, by_hand=True)).error.id == "name-not-found"
    with record(guide.world, guide.world.domain, "CNAME", f"{TARGET}."):
        before = running.journal.list("aws")
        _, seen = await done(guide, by_hand=True)
        assert running.journal.list("aws") == before, "AWS is not asked"
    assert seen.outcome == "elsewhere"
    assert seen.addresses == ("127.0.0.1",)


async def test_by_hand_and_leading_elsewhere(guide: Guide) -> None:
    with record(guide.world, guide.world.domain, "CNAME", "d9999.ala.practice.example."):
        error = (await failed(guide, by_hand=True)).error
    assert error.id == "cname-wrong"
    assert "d9999.ala.practice.example" in error.why


async def test_what_would_change_is_told_by_reading_only(running: PracticeWorld, guide: Guide) -> None:
    before = writes(running)
    (planned,) = await subdomain.changes(asked(guide), guide.here)
    assert writes(running) == before
    assert planned.before == ""
    assert planned.after.endswith(f"CNAME {TARGET}")
    await done(guide)
    assert await subdomain.changes(asked(guide), guide.here) == ()


async def test_another_domain_is_taken_up_by_the_next_proposal(guide: Guide) -> None:
    await done(guide)
    await run_step(guide, "prerequisites", replace(_prerequisites(guide), domain="other.example.test"))
    assert asked(guide).domain == "other.example.test"
    assert guide.standing(SECTION).state is State.ATTENTION


def _prerequisites(guide: Guide) -> Any:
    from services.guide import prerequisites  # noqa: PLC0415 - for this test only

    return prerequisites.propose(guide.here)


async def test_a_resolver_is_not_taken_for_the_zones_own_name_servers(running: PracticeWorld) -> None:
    resolver = Resolver.configured(running.world().dns)
    assert await resolver.for_zone("example.test", ()) is resolver  # it answers for this zone itself
    assert await resolver.for_zone("elsewhere.test", ("ns1.elsewhere.test",)) is None  # and for others it does not
