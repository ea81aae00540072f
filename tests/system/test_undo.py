"""`emqx-mtls undo`: each piece that a real run made is found, shown, taken back when agreed to, then told as gone."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from services.practice.world import PracticeWorld
from services.undo.pieces import PieceName
from tests.system.plan_world import ROOT, PlanWorld, writes

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = [name.value for name in PieceName]


@pytest.fixture(scope="module")
def running() -> Iterator[PracticeWorld]:
    world = PracticeWorld()
    world.start()
    yield world
    world.stop()


@pytest.fixture(scope="module")
def world(running: PracticeWorld, tmp_path_factory: pytest.TempPathFactory) -> PlanWorld:
    """A set-up that the guide has made, IAM and all."""
    folder = tmp_path_factory.mktemp("undo")
    files = running.world().aws
    assert files.credentials_file is not None
    (folder / "credentials").write_bytes(files.credentials_file.read_bytes())
    world = PlanWorld(running, folder)
    world.tables = {
        "aws": {"credentials_file": str(folder / "credentials"), "certbot_profile": ""},
        "server_certificate": {"iam": "narrow", "iam_profile": "certbots-own"},
    }
    ended = world.walk()
    assert ended.status == 0, ended.err
    return world


def pieces(world: PlanWorld, *arguments: str) -> dict[str, Any]:
    ended = world.run("undo", "--json", *arguments)
    assert ended.out, ended.err
    return {piece["name"]: piece for piece in ended.document["pieces"]}


def there(world: PlanWorld) -> list[str]:
    return [name for name, piece in pieces(world, "--list").items() if piece["state"] == "there"]


def answered(world: PlanWorld, *answers: str) -> str:
    """Run undo in a terminal of its own, and type `answers`; return what it showed."""
    ours, theirs = pty.openpty()
    try:
        child = subprocess.Popen(
            world.command("undo"),
            cwd=ROOT,
            env=world.environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        out, _ = child.communicate(timeout=100)
    finally:
        os.close(ours)
        os.close(theirs)
    return out


def test_listing_finds_every_piece_and_only_reads(world: PlanWorld) -> None:
    before = len(world.requests())
    found = pieces(world, "--list")
    assert list(found) == ALL
    assert {name: piece["state"] for name, piece in found.items()} == dict.fromkeys(ALL, "there")
    assert {piece["ours"] for piece in found.values()} == {"yes"}
    assert all(piece["what"] and piece["consequence"] for piece in found.values())
    assert not any(piece["taken_back"] for piece in found.values())
    assert writes(world.requests()[before:]) == []


def test_without_a_terminal_and_unasked_nothing_is_taken_back(world: PlanWorld) -> None:
    before = len(world.requests())
    ended = world.run("undo")
    assert ended.status == 0
    assert "Left as it is" in ended.out
    assert writes(world.requests()[before:]) == []


def test_a_piece_that_another_relies_on_is_not_taken_back_first(world: PlanWorld) -> None:
    ended = world.run("undo", "--yes", "iam-policy")
    assert ended.status == 1
    assert "[iam-policy-in-use]" in ended.out
    assert "iam-user" in ended.out
    ended = world.run("undo", "--yes", "iam-user")
    assert "[iam-user-in-use]" in ended.out
    assert there(world) == ALL


def test_in_a_terminal_each_piece_is_asked_for(world: PlanWorld) -> None:
    shown = answered(world, "n", "y", "n", "n", "n", "n", "n", "")
    assert shown.count("Take it back? [y/N]") == len(ALL)
    assert shown.count("taken back") == 1
    assert "mqtt-user" not in there(world)
    assert world.running.deployment.users.list() == []


def test_the_files_stay_while_something_else_could_not_be_taken_back(world: PlanWorld) -> None:
    """Keys and session are what a second try needs."""
    world.running.faults.inject("aws-throttled")
    try:
        ended = world.run("undo", "--all", "--json")
    finally:
        world.running.faults.heal("aws-throttled")
    found = {piece["name"]: piece for piece in ended.document["pieces"]}
    assert ended.status == 3
    assert found["cname"]["state"] == "unknown"
    assert found["cname"]["error"]["id"] == "aws-throttled"
    assert found["certificate"]["taken_back"]
    assert not found["files"]["taken_back"]
    assert (world.workspace / "session.json").exists()


def test_all_of_it_is_taken_back_and_then_gone(world: PlanWorld) -> None:
    ended = world.run("undo", "--all")
    assert ended.status == 0, ended.out + ended.err
    assert world.running.aws.records(world.domain, "CNAME") == ()
    assert "[certbots-own]" not in (world.folder / "credentials").read_text()
    assert "[guide-admin]" in (world.folder / "credentials").read_text()
    users = [user["UserName"] for user in world.administrator("iam").list_users()["Users"]]
    assert sorted(users) == ["certbot", "guide-admin"]
    assert any(each.part == "acme" and "revoke" in each.target for each in world.requests())
    assert any(each.part == "emqx" and each.method_or_action == "DELETE" for each in world.requests())
    left = [path.name for path in world.workspace.iterdir()]
    assert left in ([], [".lock"])


@pytest.fixture(scope="module")
def another(running: PracticeWorld, tmp_path_factory: pytest.TempPathFactory) -> PlanWorld:
    world = PlanWorld(running, tmp_path_factory.mktemp("later"), "later.example.test")
    ended = world.walk()
    assert ended.status == 0, ended.err
    return world


def test_the_identity_at_hand_is_never_taken_back(another: PlanWorld) -> None:
    """Without iam in the plan nothing of IAM was made, so there is nothing of it to undo; and it can be repeated."""
    found = pieces(another, "--yes", "cname")
    assert {found[name]["state"] for name in ("iam-key", "iam-user", "iam-policy")} == {"gone"}
    assert found["cname"]["taken_back"]
    assert pieces(another, "--yes", "cname")["cname"]["state"] == "gone"
    again = another.walk()
    assert again.status == 0, again.err
    assert another.running.aws.records(another.domain, "CNAME") != ()


def test_what_is_no_longer_the_guides_is_left_alone(another: PlanWorld) -> None:
    """The user has moved on: another CNAME, another certificate on the deployment."""
    another.put(another.domain, "CNAME", "elsewhere.example.")
    another.running.faults.inject("hostname-mismatch")
    try:
        found = pieces(another, "--list")
        ended = another.run("undo", "--all", "--json")
    finally:
        another.running.faults.heal("hostname-mismatch")
    assert found["cname"]["state"] == "gone"
    assert found["deployment-tls"]["ours"] == "no"
    taken = {piece["name"]: piece["taken_back"] for piece in ended.document["pieces"]}
    assert not taken["cname"]
    assert not taken["deployment-tls"]
    assert taken["certificate"]
    assert taken["mqtt-user"]
    assert another.running.aws.records(another.domain, "CNAME") == ("elsewhere.example.",)
