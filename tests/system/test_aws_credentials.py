"""Credentials by boto3's own chain, against a practice account: a role, temporary keys, and keys held in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.aws.identity import caller
from services.aws.route53 import Route53
from services.aws.session import make_client
from services.errors import ServiceError
from services.practice.world import PracticeWorld
from services.secrets import SecretName, SecretStore
from services.world import Aws, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def practice() -> Iterator[World]:
    running = PracticeWorld()
    running.start()
    yield running.world()
    running.stop()


def temporary(practice: World) -> dict[SecretName, str]:
    """What `aws sts get-session-token` gives."""
    found = make_client(practice, "sts").get_session_token()["Credentials"]
    return {
        SecretName.AWS_ACCESS_KEY_ID: found["AccessKeyId"],
        SecretName.AWS_SECRET_ACCESS_KEY: found["SecretAccessKey"],
        SecretName.AWS_SESSION_TOKEN: found["SessionToken"],
    }


def live(practice: World, secrets: SecretStore) -> World:
    """A real world that reaches the practice account by its endpoint alone."""
    return World("live", aws=Aws(endpoint_url=practice.aws.endpoint_url), secrets=secrets)


async def test_temporary_keys_of_the_environment(practice: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in temporary(practice).items():
        monkeypatch.setenv(name.value, value)
    world = live(practice, SecretStore())
    assert (await caller(world)).arn.endswith("user/guide-admin")
    assert world.child_environment()["AWS_SESSION_TOKEN"] == world.aws_keys()[SecretName.AWS_SESSION_TOKEN].reveal()


async def test_keys_that_were_typed_in(practice: World) -> None:
    store = SecretStore({})
    for name, value in temporary(practice).items():
        store.put(name, value)
    world = live(practice, store)
    assert [zone.name for zone in await (await Route53.open(world)).zones()] == ["example.test"]


async def test_a_temporary_key_without_its_token_is_named(practice: World) -> None:
    store = SecretStore({})
    for name, value in temporary(practice).items():
        store.put(name, "" if name is SecretName.AWS_SESSION_TOKEN else value)
    with pytest.raises(ServiceError) as caught:
        await caller(live(practice, store))
    assert caught.value.id == "aws-bad-credentials"


async def test_a_role_of_a_profile(practice: World, tmp_path: Path) -> None:
    iam = make_client(practice, "iam")
    anyone = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="dns", AssumeRolePolicyDocument=json.dumps(anyone))["Role"]["Arn"]
    reads = {"Effect": "Allow", "Action": "route53:List*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [reads]}
    iam.put_role_policy(RoleName="dns", PolicyName="reads", PolicyDocument=json.dumps(policy))
    assert practice.aws.config_file is not None
    config = tmp_path / "config"
    config.write_text(
        f"{practice.aws.config_file.read_text()}\n[profile other-account]\nrole_arn = {role}\n"
        f"source_profile = guide-admin\nregion = us-east-1\nendpoint_url = {practice.aws.endpoint_url}\n"
    )
    aws = replace(practice.aws, profile="other-account", certbot_profile=None, config_file=config, isolated=False)
    world = World("live", aws=aws, secrets=SecretStore({}))
    assert ":assumed-role/dns/" in (await caller(world)).arn
    assert [zone.name for zone in await (await Route53.open(world)).zones()] == ["example.test"]


async def test_a_profile_that_is_not_there_is_named(practice: World) -> None:
    world = replace(practice, aws=replace(practice.aws, profile="typo"))
    with pytest.raises(ServiceError) as caught:
        await caller(world)
    assert caught.value.id == "aws-no-credentials"
    assert "typo" in caught.value.what
