"""The guide for real, by `emqx-mtls run --plan`: done once, found right again, and only read by --dry-run."""

from __future__ import annotations

import json
import os
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.guide.step import SECTIONS
from services.practice.world import ADDRESS, PracticeWorld
from tests.system.plan_world import Ended, PlanWorld, secret_values, writes

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlanWorld]:
    running = PracticeWorld()
    running.start()
    yield PlanWorld(running, tmp_path_factory.mktemp("plan"))
    running.stop()


@pytest.fixture(scope="module")
def dry(world: PlanWorld) -> tuple[Ended, list[str], int]:
    """A dry run before anything was done: how it ended, what it wrote, and how many requests it made."""
    ended = world.run("run", "--dry-run")
    requests = world.requests()
    return ended, writes(requests), len(requests)


@pytest.fixture(scope="module")
def first(world: PlanWorld, dry: tuple[Ended, list[str], int]) -> Ended:  # noqa: ARG001 - it must come before
    return world.walk()


def test_a_dry_run_tells_what_would_be_done_and_only_reads(world: PlanWorld, dry: tuple[Ended, list[str], int]) -> None:
    ended, written, requests = dry
    assert ended.status == 3, ended.err  # later steps depend on what is yet to be made
    assert requests > 4
    assert written == []
    assert f"{world.domain} 300 CNAME {ADDRESS}" in ended.out
    assert "certbot certonly" in ended.out
    assert ended.out.index("user/guide-admin") < ended.out.index("300 CNAME")  # whose keys it would be done with
    assert ended.out.index("300 CNAME") < ended.out.index("5 of 5 certificates")
    assert "--rehearse" in ended.out  # what certbot's own --dry-run is for, and why it is not run here
    assert not (world.workspace / "client").exists()


def test_the_whole_guide_is_done(world: PlanWorld, first: Ended) -> None:
    assert first.status == 0, first.err
    assert tuple(first.done) == SECTIONS
    assert world.running.aws.records(world.domain, "CNAME") == (f"{ADDRESS}.",)
    assert first.document["deployment"]["host"] == world.domain
    assert first.document["deployment"]["password"] is None


def test_what_is_said_before_anything_is_changed(first: Ended) -> None:
    """Whose keys they are, what the limits leave, what is served: each before the change that it is about."""
    told = first.err
    assert told.index("user/guide-admin") < told.index("CNAME")
    assert told.index("rate limits leave") < told.index("certbot  ")
    assert told.index("5 of 5 certificates") < told.index("certbot  ")
    assert told.index("serves now") < told.index("6 of 6 uploads are left") < told.index("uploaded through")


def test_what_was_found_is_said_in_one_style(first: Ended) -> None:
    """Short facts, as on the screens: no full stop, and a duration in its column, once."""
    facts = [line[4:] for line in first.err.splitlines() if line.startswith("  ✓ ")]
    assert len(facts) > 30
    assert [fact for fact in facts if fact.endswith(".")] == []
    assert [fact for fact in facts if fact.count(" ms") > 1] == []
    assert len({len(fact) for fact in facts if fact.startswith("MQTT") and fact.endswith(" ms")}) == 1


def test_the_commands_at_the_end_can_be_pasted(world: PlanWorld, first: Ended) -> None:
    lines = first.err.partition("Next:\n")[2].splitlines()
    commands = [shlex.split(line, comments=True) for line in lines]
    assert [command[:2] for command in commands[1:]] == [
        ["emqx-mtls", "status"],
        ["emqx-mtls", "renew"],
        ["emqx-mtls", "--workspace"],
        ["emqx-mtls", "undo"],
    ]
    assert {command[-1] for command in commands[1:]} == {str(world.workspace)}
    assert Path(commands[0][1]).is_file()


def test_run_again_it_changes_nothing(world: PlanWorld, first: Ended) -> None:
    assert first.status == 0
    before = len(world.requests())
    again = world.walk()
    assert again.status == 0, again.err
    assert tuple(again.done) == SECTIONS
    later = world.requests()[before:]
    changed = [each for each in later if each.write and each.status < 400]
    assert changed == []
    assert all(each.method_or_action == "GET" for each in later if each.part == "acme")


def test_a_dry_run_of_what_is_done_has_nothing_to_change(world: PlanWorld, first: Ended) -> None:
    assert first.status == 0
    before = len(world.requests())
    ended = world.run("run", "--dry-run")
    assert ended.status == 0, ended.out
    assert ended.out.count("nothing to change") == len(SECTIONS)
    assert writes(world.requests()[before:]) == []


def test_no_secret_is_left_anywhere(world: PlanWorld, first: Ended) -> None:
    assert first.status == 0
    places = {str(path): path.read_bytes() for path in world.workspace.rglob("*") if path.is_file()}
    places |= {"stdout": first.out.encode(), "stderr": first.err.encode()}
    found = {
        f"{name} in {place}"
        for name, value in secret_values(world).items()
        for place, content in places.items()
        if value.encode() in content
    }
    assert found == set()


def test_no_secret_is_in_any_command_line(tmp_path: Path, world: PlanWorld) -> None:
    """Every process below the program, seen from outside while a certificate is issued anew."""
    other = PlanWorld(world.running, tmp_path, "argv.example.test")
    child = other.start("run", "--json")
    seen: set[str] = set()
    try:
        while child.poll() is None:
            seen |= {line for pid in _family(child.pid) if (line := _command_line(pid))}
            time.sleep(0.005)
    finally:
        child.kill()
        out, err = child.communicate()
    assert json.loads(out)["ok"], err
    assert any("certbot" in line and "certonly" in line for line in seen)
    assert {name for name, value in secret_values(other).items() if any(value in line for line in seen)} == set()


def _family(pid: int) -> set[int]:
    """`pid` and all its descendants alive now."""
    found, parents = {pid}, {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names only, and quickly
        if entry.isdecimal():
            try:
                parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):  # it has ended meanwhile
                continue
    grown = True
    while grown:
        children = {each for each, parent in parents.items() if parent in found}
        grown = not children <= found
        found |= children
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
