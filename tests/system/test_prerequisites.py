"""What the guide needs: all questions are asked, each gets its answer and fix, and only what blocks fails the step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services import survey
from services.events import Answer, Check, Done, Failed
from services.guide import prerequisites
from services.guide.runner import Guide
from services.practice.world import PracticeWorld
from services.survey import Seen
from services.text import message
from services.workspace import Workspace
from services.world import World, utc_now
from tests.system.aws_helpers import policy_without
from tests.system.guide_world import run_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECTION = "prerequisites"
ALL = {
    "certbot",
    "openssl",
    "aws-engineer",
    "aws-certbot",
    "hosted-zone",
    "acme",
    "deployment",
    "mqtt-port",
    "clock",
    "facts-age",
}


@pytest.fixture(scope="module")
def running() -> Iterator[PracticeWorld]:
    world = PracticeWorld()
    world.start()
    yield world
    world.stop()


@pytest.fixture
def world(running: PracticeWorld) -> World:
    return running.world()


async def look(world: World, folder: Path, **changes: Any) -> tuple[dict[str, Check], Done[Any] | Failed]:
    guide = Guide.open(world, Workspace(folder))
    events, last = await run_step(guide, SECTION, replace(prerequisites.propose(guide.here), **changes))
    found = {each.id: each for each in events if isinstance(each, Check)}
    for check in found.values():
        assert check.answer is Answer.YES or check.fix is not None
        assert "{" not in f"{check.what} {check.fix}"
    return found, last


async def test_all_is_well(world: World, running: PracticeWorld, tmp_path: Path) -> None:
    before = len(running.journal.list())
    found, last = await look(world, tmp_path)
    assert isinstance(last, Done), last.error
    assert {name: check.answer for name, check in found.items()} == dict.fromkeys(ALL, Answer.YES)
    assert last.result.certbot
    assert last.result.certbot_user.endswith(":user/certbot")
    assert (last.result.zone_name, last.result.deployment_status) == ("example.test", "running")
    assert not any(each.write for each in running.journal.list()[before:]), "it only looks"


@pytest.mark.parametrize("fault", ["aws-bad-credentials", "aws-throttled", "aws-zone-not-found"])
async def test_what_blocks_fails_the_step_after_all_was_asked(world: World, tmp_path: Path, fault: str) -> None:
    assert world.practice is not None
    world.practice.inject(fault)
    try:
        found, last = await look(world, tmp_path)
    finally:
        world.practice.heal(fault)
    assert isinstance(last, Failed)
    assert last.error.id == fault
    assert set(found) == ALL
    assert found["acme"].answer is Answer.YES
    assert found["hosted-zone"].answer is not Answer.YES
    assert [str(check.what) for check in found.values()].count(last.error.what) == 1


async def test_a_closed_port_is_no_failure_yet(world: World, tmp_path: Path) -> None:
    found, last = await look(world, tmp_path, port=9)
    assert isinstance(last, Done)
    assert found["mqtt-port"].answer is Answer.UNKNOWN


async def test_an_address_that_is_none_is_told(world: World, tmp_path: Path) -> None:
    found, last = await look(world, tmp_path, address="nowhere.ala.practice.example")
    assert isinstance(last, Done)
    assert found["mqtt-port"].answer is Answer.NO


async def test_without_the_platform_api_the_deployment_could_not_be_checked(world: World, tmp_path: Path) -> None:
    by_hand = replace(world, emqx=replace(world.emqx, platform_url=None))
    found, last = await look(by_hand, tmp_path)
    assert isinstance(last, Done)
    assert found["deployment"].answer is Answer.UNKNOWN


async def test_a_wrong_api_address_is_named(world: World, tmp_path: Path) -> None:
    wrong = replace(world, emqx=replace(world.emqx, platform_url="http://127.0.0.1:9/public_api/v1"))
    _, last = await look(wrong, tmp_path)
    assert isinstance(last, Failed)
    assert last.error.id == "connection-refused"


async def test_the_apex_is_told_early(world: World, tmp_path: Path) -> None:
    _, last = await look(world, tmp_path, domain="example.test")
    assert isinstance(last, Failed)
    assert last.error.id == "zone-apex"


async def test_an_unknown_profile_is_named(world: World, tmp_path: Path) -> None:
    unknown = replace(world, aws=replace(world.aws, profile="nobody"))
    found, last = await look(unknown, tmp_path)
    assert isinstance(last, Failed)
    assert (last.error.id, last.error.variant) == ("aws-no-credentials", "profile")
    assert "nobody" in str(found["aws-engineer"].what)


async def test_no_profile_at_all_in_practice_means_no_credentials(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real-secret")
    bare = replace(world, aws=replace(world.aws, profile=None, certbot_profile=None))
    _, last = await look(bare, tmp_path)
    assert isinstance(last, Failed)
    assert last.error.id == "aws-no-credentials"


async def test_the_zone_is_looked_up_by_the_engineer_whatever_certbot_may(world: World, tmp_path: Path) -> None:
    with policy_without(world, "route53:ListHostedZones"):
        _, last = await look(world, tmp_path)
    assert isinstance(last, Done)


@pytest.mark.parametrize(
    ("minutes", "answer"), [(0, Answer.YES), (2, Answer.NO), (-2, Answer.NO), (6, Answer.NO), (-600, Answer.NO)]
)
def test_the_clock_is_held_against_what_servers_say(minutes: int, answer: Answer) -> None:
    found = survey.clock([_server(minutes=minutes)])
    assert found.check.answer is answer
    assert (found.problem is not None) == (abs(minutes) > 5)


def _server(minutes: int) -> Seen:
    now = utc_now()
    check = Check("aws-engineer", Answer.YES, message("prerequisites.aws-engineer", arn="x"))
    return Seen(check, server_time=(now - timedelta(minutes=minutes), now))


@pytest.mark.parametrize(
    ("address", "answer"), [("x1.ala.eu-central-1.emqxsl.com", Answer.NO), ("x1.emqx.cloud", Answer.UNKNOWN)]
)
async def test_serverless_is_known_by_its_address_where_nobody_can_be_asked(address: str, answer: Answer) -> None:
    seen = await survey.deployment(World("live"), address)
    assert seen.check.answer is answer
    assert seen.problem is None  # what an address tells is no proof
    assert ("Dedicated" in str(seen.check.fix)) is (answer is Answer.NO)  # what is possible instead
