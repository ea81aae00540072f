"""Whose AWS keys are used, what IAM lacks, and profiles in AWS's files: decided without AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from services.aws.iam import AccessKey
from services.aws.iam_state import Action, IamState, Keys, Wanted, actions, same_policy, user_name
from services.aws.policies import guide_policy, narrow_policy
from services.aws.profiles import AwsFiles, profile_name
from services.errors import InputError, ServiceError
from services.secrets import Secret, SecretName, SecretStore
from services.world import Aws, World

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted("certbot", "certbot-dns-route53", guide_policy("Z1"))
ARN = "arn:aws:iam::1:policy/certbot-dns-route53"
RIGHT = IamState("1", ARN, guide_policy("Z1"), "v1", user_exists=True, attached=True, key_ids=("AKIA1",))


def world(aws: Aws, environment: dict[str, str]) -> World:
    return World("live", aws=aws, secrets=SecretStore(environment))


ENGINEERS = {"AWS_ACCESS_KEY_ID": "AKIAENGINEER", "AWS_SECRET_ACCESS_KEY": "engineers", "AWS_SESSION_TOKEN": "token"}
CERTBOTS = {"CERTBOT_AWS_ACCESS_KEY_ID": "AKIACERTBOT", "CERTBOT_AWS_SECRET_ACCESS_KEY": "certbots"}


def test_without_anything_of_its_own_certbot_is_the_engineer() -> None:
    child = world(Aws(), ENGINEERS).child_environment({"PATH": "/bin", **ENGINEERS})
    assert {name: child[name] for name in ENGINEERS} == ENGINEERS


def test_certbots_own_key_takes_the_place_of_the_engineers() -> None:
    child = world(Aws(profile="work"), ENGINEERS | CERTBOTS).child_environment({**ENGINEERS, **CERTBOTS})
    assert (child["AWS_ACCESS_KEY_ID"], child["AWS_SECRET_ACCESS_KEY"]) == ("AKIACERTBOT", "certbots")
    assert not {"AWS_SESSION_TOKEN", "AWS_PROFILE", *CERTBOTS} & set(child)


def test_a_profile_of_its_own_wins_over_any_key() -> None:
    child = world(Aws(certbot_profile="certbot"), ENGINEERS | CERTBOTS).child_environment({**ENGINEERS, **CERTBOTS})
    assert child["AWS_PROFILE"] == "certbot"
    assert not {*ENGINEERS, *CERTBOTS} & set(child)


def test_a_profile_that_was_named_wins_over_keys_of_the_environment() -> None:
    here = world(Aws(profile="work"), ENGINEERS)
    assert here.aws_keys() == {}
    assert not set(ENGINEERS) & set(here.child_environment(ENGINEERS))


def test_certbot_is_given_no_secret_of_emqx() -> None:
    secrets = {name.value: "secret" for name in SecretName if name.value.startswith("EMQX_")}
    assert secrets
    assert not set(secrets) & set(world(Aws(), secrets).child_environment({"PATH": "/bin", **secrets}))


@pytest.mark.parametrize(("state", "keys", "expected"), [
    (RIGHT, Keys("AKIA1"), ()),
    (IamState("1", ARN), Keys(), (Action.CREATE_POLICY, Action.CREATE_USER, Action.ATTACH, Action.CREATE_KEY)),
    (RIGHT, Keys(), (Action.CREATE_KEY,)),
    (RIGHT, Keys("AKIAOTHER"), (Action.CREATE_KEY,)),
    (RIGHT, Keys("", "AKIA1"), (Action.DELETE_LOST_KEY, Action.CREATE_KEY)),
    (RIGHT, Keys("AKIA1", "AKIA1"), ()),
])  # fmt: skip
def test_only_what_is_lacking_is_done(state: IamState, keys: Keys, expected: tuple[Action, ...]) -> None:
    assert actions(state, WANTED, keys) == expected


def test_a_policy_is_compared_by_what_it_says() -> None:
    change = {
        "Resource": "arn:aws:route53:::hostedzone/Z1",
        "Effect": "Allow",
        "Action": "route53:ChangeResourceRecordSets",
    }
    read = {
        "Effect": "Allow",
        "Sid": "x",
        "Resource": ["*"],
        "Action": ["route53:GetChange", "route53:ListHostedZones"],
    }
    shuffled = json.dumps({"Statement": [change, read], "Version": "2012-10-17"})
    assert same_policy(shuffled, guide_policy("Z1"))
    assert not same_policy(shuffled, guide_policy("Z2"))
    assert not same_policy(narrow_policy("Z1", "a.example"), guide_policy("Z1"))
    assert not same_policy("not json", guide_policy("Z1"))


KEY = AccessKey("AKIANEW", Secret("new-secret"))
THEIRS = (
    "# my keys\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key = one\n\n[ work ]  # office\nregion=x\n"
)


@pytest.fixture
def files(tmp_path: Path) -> AwsFiles:
    (tmp_path / "credentials").write_text(THEIRS)
    return AwsFiles(tmp_path / "credentials", tmp_path / "config")


def test_a_profile_is_added_and_the_rest_stays(files: AwsFiles) -> None:
    files.add("new", KEY)
    text = files.credentials.read_text()
    assert text.startswith(THEIRS)
    assert text.endswith("[new]\naws_access_key_id = AKIANEW\naws_secret_access_key = new-secret\n")
    assert files.credentials.stat().st_mode & 0o777 == 0o600
    assert files.key_id("new") == "AKIANEW"
    assert (files.key_id("default"), files.key_id("work"), files.key_id("none")) == ("AKIA1", "", None)


def test_a_profile_is_replaced_only_where_that_was_asked_for(files: AwsFiles) -> None:
    with pytest.raises(ServiceError) as caught:
        files.add("default", KEY)
    assert caught.value.id == "aws-profile-taken"
    assert "new-secret" not in f"{caught.value}{caught.value.facts}"
    assert files.credentials.read_text() == THEIRS
    files.add("default", KEY, replace=True)
    assert files.key_id("default") == "AKIANEW"
    assert files.credentials.read_text().count("[default]") == 1
    assert "[ work ]" in files.credentials.read_text()


def test_a_profile_is_removed_alone(files: AwsFiles) -> None:
    assert files.remove("default")
    assert files.credentials.read_text() == "# my keys\n[ work ]  # office\nregion=x\n"
    assert not files.remove("default")


def test_a_link_stays_a_link_and_odd_bytes_stay(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(b"# \xff\xfe\n[a]\n")
    (tmp_path / "credentials").symlink_to(real)
    files = AwsFiles(tmp_path / "credentials", tmp_path / "config")
    files.add("new", KEY)
    assert (tmp_path / "credentials").is_symlink()
    assert real.read_bytes().startswith(b"# \xff\xfe\n[a]\n")


def test_a_file_that_is_not_there_is_made_in_a_folder_for_its_owner_only(tmp_path: Path) -> None:
    files = AwsFiles(tmp_path / ".aws" / "credentials", tmp_path / ".aws" / "config")
    files.add("new", KEY)
    assert (tmp_path / ".aws").stat().st_mode & 0o777 == 0o700
    assert files.key_id("new") == "AKIANEW"


@pytest.mark.parametrize("name", ["with space", "x]\n[default", "ü", "a" * 65, "#"])
def test_a_name_that_would_break_the_file_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        profile_name("iam_profile", name)
    assert (caught.value.id, caught.value.field) == ("bad-profile", "iam_profile")


@pytest.mark.parametrize("name", ["two words", "a/b", "ü", "a" * 65])
def test_iam_takes_no_such_user_name(name: str) -> None:
    with pytest.raises(InputError) as caught:
        user_name("iam_user", name)
    assert caught.value.id == "bad-iam-user"
