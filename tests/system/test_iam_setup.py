"""IAM for certbot: policy, user and key made in a practice account, proven by a real attempt, never over the user's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.aws.certbot_identity import CertbotIdentity, Setup, look, prove, set_up, world_of
from services.aws.iam_state import Action, IamChoice
from services.aws.policies import guide_policy
from services.aws.profiles import AwsFiles
from services.aws.route53 import Route53
from services.aws.session import Who, make_client
from services.errors import ServiceError
from services.practice.world import PracticeWorld
from services.secrets import SecretName
from services.world import Aws, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOMAIN = "mqtt.example.test"


@pytest.fixture
def practice() -> Iterator[PracticeWorld]:
    running = PracticeWorld()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def world(practice: PracticeWorld) -> World:
    """An account whose administrator follows the guide; certbot has no identity of its own yet."""
    opened = practice.world()
    return replace(opened, aws=replace(opened.aws, certbot_profile=None))


async def the_setup(world: World, **changes: object) -> Setup:
    route53 = await Route53.open(world)
    (zone,) = await route53.zones()
    setup = Setup(IamChoice.NARROW, zone.id, DOMAIN, "emqx-mtls-certbot", replace=True)
    return replace(setup, **changes)  # type: ignore[arg-type]  # fields by name


async def made(world: World, setup: Setup) -> CertbotIdentity:
    return await set_up(setup, await look(setup, world), world, None)


async def test_all_of_it_is_made_kept_in_memory_and_proven(world: World) -> None:
    setup = await the_setup(world)
    identity = await made(world, setup)
    assert set(identity.made) == {"policy", "user", "attached", "key"}
    assert identity.profile == ""
    key = world.secrets.get(SecretName.CERTBOT_ACCESS_KEY_ID)
    assert key is not None
    assert key.reveal() == identity.key_id
    assert await prove(world_of(world, identity), setup.zone_id, DOMAIN) == 1
    environment = world_of(world, identity).child_environment({})
    assert environment["AWS_ACCESS_KEY_ID"] == identity.key_id
    assert "AWS_PROFILE" not in environment


async def test_a_second_time_there_is_nothing_to_do(world: World) -> None:
    setup = await the_setup(world)
    first = await made(world, setup)
    found = await look(setup, world)
    assert found.actions == ()
    assert await set_up(setup, found, world, first) == first


async def test_a_key_that_only_memory_had_is_replaced_by_the_next_run(world: World) -> None:
    setup = await the_setup(world)
    first = await made(world, setup)
    for name in (SecretName.CERTBOT_ACCESS_KEY_ID, SecretName.CERTBOT_SECRET_ACCESS_KEY):
        world.secrets.put(name, "")
    again = replace(setup, lost_key=first.key_id)
    found = await look(again, world)
    assert found.actions == (Action.DELETE_LOST_KEY, Action.CREATE_KEY)
    second = await set_up(again, found, world, first)
    assert second.key_id != first.key_id
    assert (await look(again, world)).state.key_ids == (second.key_id,)
    assert second.made == first.made


async def test_the_narrow_policy_allows_the_challenge_of_this_name_and_nothing_else(world: World) -> None:
    setup = await the_setup(world)
    certbots = world_of(world, await made(world, setup))
    for domain in ("other.example.test", "example.test"):
        with pytest.raises(ServiceError) as caught:
            await prove(certbots, setup.zone_id, domain)
        assert caught.value.id == "aws-access-denied"
    route53 = await Route53.open(certbots, Who.CERTBOT)
    cname = {"Name": DOMAIN, "Type": "CNAME", "TTL": 1, "ResourceRecords": [{"Value": "evil.example."}]}
    with pytest.raises(ServiceError) as caught:
        await route53.change(setup.zone_id, [{"Action": "UPSERT", "ResourceRecordSet": cname}], "")
    assert caught.value.id == "aws-access-denied"


async def test_the_proof_changes_nothing(world: World) -> None:
    setup = await the_setup(world)
    certbots = world_of(world, await made(world, setup))
    route53 = await Route53.open(world)
    before = await route53.records_at(setup.zone_id, f"_acme-challenge.{DOMAIN}")
    await prove(certbots, setup.zone_id, DOMAIN)
    assert await route53.records_at(setup.zone_id, f"_acme-challenge.{DOMAIN}") == before == ()


async def test_the_proof_waits_for_iam(world: World, practice: PracticeWorld) -> None:
    """A key that AWS does not know yet: refused at first, and taken as soon as it is known."""
    setup = await the_setup(world)
    certbots = world_of(world, await made(world, setup))
    practice.faults.inject("aws-bad-credentials")
    proof = asyncio.create_task(prove(certbots, setup.zone_id, DOMAIN, seconds=30))
    async with asyncio.timeout(30):
        while practice.journal.list("aws")[-1].status != 403:  # noqa: ASYNC110 - it is filled in another thread
            await asyncio.sleep(0.02)
    practice.faults.heal("aws-bad-credentials")
    assert await proof > 1


async def test_the_key_is_kept_in_a_profile_where_the_user_says_so(world: World, tmp_path: Path) -> None:
    path = tmp_path / ".aws" / "credentials"
    assert world.aws.credentials_file is not None
    theirs = world.aws.credentials_file.read_text() + "# mine\n[other]\naws_access_key_id = AKIAOTHER\n"
    path.parent.mkdir()
    path.write_text(theirs)
    world = replace(world, aws=replace(world.aws, credentials_file=path))
    setup = await the_setup(world, profile="emqx-mtls")
    identity = await made(world, setup)
    assert identity.profile == "emqx-mtls"
    assert path.read_text().startswith(theirs)
    assert path.stat().st_mode & 0o777 == 0o600
    assert AwsFiles.of(world.aws).key_id("emqx-mtls") == identity.key_id
    assert await prove(world_of(world, identity), setup.zone_id, DOMAIN) == 1
    assert world.secrets.get(SecretName.CERTBOT_SECRET_ACCESS_KEY) is None
    assert AwsFiles.of(world.aws).remove("emqx-mtls")
    assert path.read_text() == theirs + "\n"


async def test_a_profile_of_the_users_is_not_overwritten_unasked(world: World) -> None:
    setup = await the_setup(world, profile="guide-admin", user="another", replace=False, choice=IamChoice.GUIDE)
    before = await look(setup, world)
    assert world.aws.credentials_file is not None
    content = world.aws.credentials_file.read_bytes()
    with pytest.raises(ServiceError) as caught:
        await set_up(setup, before, world, None)
    assert caught.value.id == "aws-profile-taken"
    assert "guide-admin" in caught.value.what
    assert world.aws.credentials_file.read_bytes() == content
    assert (await look(setup, world)).state == before.state


async def test_a_policy_that_differs_is_not_replaced_unasked(world: World) -> None:
    setup = await the_setup(world, replace=False)
    iam = make_client(world, "iam")
    iam.create_policy(PolicyName=setup.wanted.policy, PolicyDocument=guide_policy("ZANOTHER"))
    found = await look(setup, world)
    assert Action.REPLACE_POLICY in found.actions
    with pytest.raises(ServiceError) as caught:
        await set_up(setup, found, world, None)
    assert caught.value.id == "iam-policy-differs"
    assert (await look(setup, world)).state == found.state


async def test_the_guides_own_user_policy_and_key_are_recognised(practice: PracticeWorld) -> None:
    world = practice.world()
    found = await look(await the_setup(world, choice=IamChoice.GUIDE, user="certbot", replace=False), world)
    assert found.actions == ()


async def test_replacing_goes_on_where_iam_keeps_no_more_versions(world: World) -> None:
    for number in range(7):
        setup = await the_setup(world, choice=IamChoice.GUIDE, zone_id=f"Z{number}")
        await made(world, setup)
    state = (await look(setup, world)).state
    assert len(state.old_versions) <= 4
    assert state.document is not None
    assert "hostedzone/Z6" in state.document


async def test_without_rights_in_iam_the_policy_can_be_pasted(world: World) -> None:
    poor = replace(world, aws=replace(world.aws, profile="certbot"))
    with pytest.raises(ServiceError) as caught:
        await look(await the_setup(world), poor)
    assert caught.value.id == "aws-access-denied"
    assert "iam:GetPolicy" in caught.value.what
    assert "iam-policy.json" in caught.value.fix


async def test_a_third_key_is_not_tried(world: World) -> None:
    setup = await the_setup(world)
    iam = make_client(world, "iam")
    iam.create_user(UserName=setup.user)
    for _ in range(2):
        iam.create_access_key(UserName=setup.user)
    with pytest.raises(ServiceError) as caught:
        await made(world, setup)
    assert caught.value.id == "iam-keys-full"
    assert "delete-access-key" in caught.value.fix


def test_profiles_in_the_config_file_count_too(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile work]\nrole_arn = arn:aws:iam::1:role/x\n")
    files = AwsFiles.of(Aws(config_file=tmp_path / "config", credentials_file=tmp_path / "credentials"))
    assert files.key_id("work") == ""
    assert files.key_id("other") is None
    assert not files.remove("other")
    assert not (tmp_path / "credentials").exists()
