"""Every trouble that a real account can bring, produced through `run --plan`, and named with its fix."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from services.practice.emqx import SelfManagedEmqx
from services.practice.world import PracticeWorld
from services.workspace import Workspace
from tests.system.plan_world import Ended, PlanWorld, writes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def running() -> Iterator[PracticeWorld]:
    world = PracticeWorld()
    world.start()
    yield world
    world.stop()


@pytest.fixture
def world(running: PracticeWorld, tmp_path: Path) -> PlanWorld:
    return PlanWorld(running, tmp_path)


def new_zone(world: PlanWorld, name: str, *, private: bool = False) -> str:
    """Make a hosted zone, as the owner would in the console; return its id."""
    vpc: dict[str, Any] = (
        {"VPC": {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}, "HostedZoneConfig": {"PrivateZone": True}}
        if private
        else {}
    )
    answer = world.administrator("route53").create_hosted_zone(
        Name=name, CallerReference=f"{name}{time.monotonic_ns()}", **vpc
    )
    return str(answer["HostedZone"]["Id"]).removeprefix("/hostedzone/")


def two_public_zones(world: PlanWorld) -> str:
    new_zone(world, "twice.test")
    new_zone(world, "twice.test")
    return "mqtt.twice.test"


def a_private_zone_only(world: PlanWorld) -> str:
    new_zone(world, "inside.test", private=True)
    return "mqtt.inside.test"


def no_zone(_: PlanWorld) -> str:
    return "mqtt.elsewhere.test"


def the_apex(world: PlanWorld) -> str:
    new_zone(world, "apex.test")
    return "apex.test"


def another_delegation(world: PlanWorld) -> str:
    zone = new_zone(world, "moved.test")
    world.put("moved.test", "NS", "ns1.registrar.example.", zone_id=zone)
    return "mqtt.moved.test"


def caa_for_another_ca(world: PlanWorld) -> str:
    zone = new_zone(world, "caa.test")
    world.put("caa.test", "CAA", '0 issue "pki.example"', zone_id=zone)
    return "mqtt.caa.test"


def a_challenge_cname(world: PlanWorld) -> str:
    zone = new_zone(world, "delegated.test")
    world.put("_acme-challenge.mqtt.delegated.test", "CNAME", "validation.example.", zone_id=zone)
    return "mqtt.delegated.test"


def another_record(world: PlanWorld) -> str:
    zone = new_zone(world, "taken.test")
    world.put("mqtt.taken.test", "A", "192.0.2.1", zone_id=zone)
    return "mqtt.taken.test"


@pytest.mark.parametrize(
    ("trouble", "finding", "why", "fix"),
    [
        (two_public_zones, "aws-zone-ambiguous", "twice.test", "name servers"),
        (a_private_zone_only, "aws-zone-not-found", "private", "public"),
        (no_zone, "aws-zone-not-found", "mqtt.elsewhere.test", "zone"),
        (the_apex, "zone-apex", "apex.test", "mqtt"),
        (another_delegation, "dns-delegation-mismatch", "ns1.registrar.example", "name servers"),
        (caa_for_another_ca, "acme-caa-forbids", "caa.test", "letsencrypt.org"),
        (a_challenge_cname, "acme-challenge-cname", "validation.example", "CNAME"),
        (another_record, "dns-record-in-the-way", "192.0.2.1", "overwrite"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_is_found_before_the_ca_is_asked(
    world: PlanWorld, trouble: Callable[[PlanWorld], str], finding: str, why: str, fix: str
) -> None:
    world.domain = trouble(world)
    world.tables = {"aws": {"certbot_profile": ""}}  # the world's own policy for certbot knows one zone only
    before = len(world.requests())
    ended = world.walk()
    assert ended.status == 1
    assert ended.errors == [finding], ended.err
    (error,) = [step["error"] for step in ended.document["steps"] if step["error"]]
    assert why in f"{error['what']} {error['why']} {ended.err}"
    assert fix in error["fix"], error["fix"]
    assert not any(each.part == "acme" and each.write for each in world.requests()[before:])
    assert "certbot certonly" not in ended.err


def test_a_dry_run_finds_them_too(world: PlanWorld) -> None:
    world.domain = two_public_zones(world)
    before = len(world.requests())
    ended = world.run("run", "--dry-run")
    assert ended.status == 1
    assert "[aws-zone-ambiguous]" in ended.out
    assert writes(world.requests()[before:]) == []


def test_a_dry_run_shows_what_would_be_replaced(world: PlanWorld) -> None:
    world.domain = "shown.example.test"
    world.put(world.domain, "A", "192.0.2.7")
    before = len(world.requests())
    ended = world.run("run", "--dry-run")
    assert "192.0.2.7" in ended.out
    assert f"{world.domain} 300 CNAME" in ended.out
    assert writes(world.requests()[before:]) == []


def test_a_rehearsal_has_certbot_try_and_keeps_nothing(world: PlanWorld) -> None:
    world.domain = "rehearsed.example.test"
    before = len(world.requests())
    ended = world.run("run", "--rehearse")
    assert ended.status == 3, ended.out  # later steps still depend on what is yet to be made
    assert "The dry run was successful" in ended.out
    assert any(each.part == "acme" and "new-order" in each.target for each in world.requests()[before:])
    assert not list(world.workspace.glob("letsencrypt/config/live/*/cert.pem"))
    records = world.running.aws.records
    assert records(world.domain, "CNAME") == records(f"_acme-challenge.{world.domain}", "TXT") == ()


def test_a_challenge_record_left_behind_is_told_and_replaced(world: PlanWorld) -> None:
    world.domain = "left.example.test"
    world.put("_acme-challenge.left.example.test", "TXT", '"stale"')
    ended = world.walk()
    assert ended.status == 0, ended.err
    assert "_acme-challenge.left.example.test" in ended.err
    assert world.running.aws.records("_acme-challenge.left.example.test", "TXT") == ()


def healed_after(world: PlanWorld, fault: str, status: int, *, part: str) -> threading.Thread:
    """Break something, and heal it as soon as it was felt."""
    world.running.faults.inject(fault)
    before = len(world.requests())

    def heal() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(each.part == part and each.status == status for each in world.requests()[before:]):
                break
            time.sleep(0.01)
        world.running.faults.heal(fault)

    thread = threading.Thread(target=heal)
    thread.start()
    return thread


def test_throttling_is_retried_with_backoff(world: PlanWorld) -> None:
    world.domain = "throttled.example.test"
    healer = healed_after(world, "aws-throttled", 400, part="aws")
    ended = world.walk()
    healer.join()
    assert ended.status == 0, ended.err


def with_fault(world: PlanWorld, *faults: str) -> Ended:
    for fault in faults:
        world.running.faults.inject(fault)
    try:
        return world.walk()
    finally:
        for fault in faults:
            world.running.faults.heal(fault)


def test_throttling_that_does_not_end_is_named(world: PlanWorld) -> None:
    world.domain = "slow.example.test"
    ended = with_fault(world, "aws-throttled")
    assert ended.errors == ["aws-throttled"]


def test_a_failed_try_explains_itself_never_loops_and_is_said_before_the_next(world: PlanWorld) -> None:
    world.domain = "limited.example.test"
    before = len(world.requests())
    ended = with_fault(world, "acme-unauthorized")
    assert ended.errors == ["acme-unauthorized"], ended.err
    assert "_acme-challenge.limited.example.test" in ended.err
    again = with_fault(world, "acme-rate-limit")
    assert again.errors == ["acme-rate-limit"], again.err
    assert "4 failed tries in an hour" in again.err
    orders = [each for each in world.requests()[before:] if each.part == "acme" and "new-order" in each.target]
    assert len(orders) == 2, [each.target for each in world.requests()[before:] if each.part == "acme"]
    last = world.walk()
    assert last.status == 0, last.err  # what this machine remembers only warns
    assert "leave limited.example.test nothing just now" in last.err
    assert "staging" in last.err


def test_a_permission_that_is_missing_is_found_before_the_ca_is_asked(world: PlanWorld) -> None:
    world.domain = "denied.example.test"
    before = len(world.requests())
    ended = with_fault(world, "aws-access-denied")
    assert ended.errors == ["aws-access-denied"]
    assert "route53:ChangeResourceRecordSets" in ended.err
    assert not any(each.part == "acme" and each.write for each in world.requests()[before:])


def test_emqx_clouds_limit_is_counted_and_named(world: PlanWorld) -> None:
    world.domain = "uploads.example.test"
    ended = with_fault(world, "emqx-rate-limit")
    assert ended.errors == ["emqx-rate-limit"], ended.err
    assert "uploads are left in this hour" in ended.err


def test_iam_is_set_up_from_the_plan(world: PlanWorld) -> None:
    """The advised narrow policy, a user and a key in a named profile; certbot then runs as that user."""
    world.domain = "iam.example.test"
    files = world.running.world().aws
    assert files.credentials_file is not None
    mine = world.folder / "credentials"
    mine.write_bytes(files.credentials_file.read_bytes())
    world.tables = {
        "aws": {"credentials_file": str(mine), "certbot_profile": ""},
        "server_certificate": {"iam": "narrow", "iam_profile": "certbots-own"},
    }
    dry_start = len(world.requests())
    dry = world.run("run", "--dry-run")
    assert "IAM user certbot-iam.example.test" in dry.out, dry.out
    assert writes(world.requests()[dry_start:]) == []
    ended = world.walk()
    assert ended.status == 0, ended.err
    text = mine.read_text()
    assert "[certbots-own]" in text
    secret = text.rpartition("aws_secret_access_key = ")[2].strip()
    assert secret not in ended.out + ended.err
    assert not any(secret.encode() in path.read_bytes() for path in world.workspace.rglob("*") if path.is_file())
    identity = ended.document["steps"][3]["evidence"]["iam"]
    assert identity["user"] == "certbot-iam.example.test"
    assert identity["made"] == ["policy", "user", "attached", "key", "profile"]


def test_serverless_is_recognised_with_what_is_possible_instead(tmp_path: Path) -> None:
    serverless = PracticeWorld(deployment_type="serverless")
    serverless.start()
    try:
        ended = PlanWorld(serverless, tmp_path).walk()
    finally:
        serverless.stop()
    assert ended.errors == ["emqx-serverless"], ended.err
    assert "Dedicated" in ended.err


def test_a_staging_certificate_is_not_uploaded_unasked(tmp_path: Path) -> None:
    staging = PracticeWorld(staging=True)
    staging.start()
    try:
        world = PlanWorld(staging, tmp_path)
        ended = world.walk()
        assert ended.errors == ["staging-certificate"], ended.err
        assert "server_certificate" in ended.done
        assert ended.document["steps"][3]["evidence"]["staging"] is True
        assert not any(each.part == "emqx" and each.write for each in world.requests())
        world.tables = {"deployment": {"staging": True}}
        asked = world.walk()
        assert "deployment" in asked.done, asked.err
    finally:
        staging.stop()


def test_self_managed_emqx_is_a_target_too(world: PlanWorld) -> None:
    """Its dashboard's login is enough, over plain http as it is by default: for the listener and for the MQTT user."""
    world.domain = "own.example.test"
    deployment = world.running.deployment
    deployment.clear_tls()
    with SelfManagedEmqx(world.running.journal, deployment) as emqx:
        world.secrets |= {"EMQX_API_KEY": emqx.username, "EMQX_API_SECRET": emqx.password}
        world.tables = {
            "emqx": {"api_url": emqx.api_url, "platform_url": "", "deployment_id": ""},
            "deployment": {"target": "self-managed", "login": "password"},
            "connection": {"user": "own-device"},
        }
        ended = world.walk()
        assert ended.status == 0, ended.err
        listener = httpx.get(
            f"{emqx.api_url}/listeners/ssl:default", auth=(emqx.api_key, emqx.api_secret), timeout=10
        ).json()
    assert listener["ssl_options"]["verify"] == "verify_peer"
    assert listener["ssl_options"]["fail_if_no_peer_cert"] is True
    assert [user.user_id for user in deployment.users.list()].count("own-device") == 1
    assert "over plain http" in ended.err
    assert emqx.password not in ended.out + ended.err


def test_by_hand_in_the_console_is_an_equal_path(tmp_path: Path) -> None:
    """The files lie ready, a hand brings them to the console, and the run goes on when they are served."""
    running = PracticeWorld()
    running.start()
    world = PlanWorld(running, tmp_path)
    world.tables = {"deployment": {"target": "console", "patience": 60}}
    child = world.start("run", "--json")
    try:
        upload_by_hand(world)
        out, err = child.communicate(timeout=100)
    finally:
        child.kill()
        running.stop()
    ended = Ended(child.returncode, out, err)
    assert ended.status == 0, ended.err
    assert ended.document["steps"][5]["evidence"]["uploaded"] is False


def upload_by_hand(world: PlanWorld) -> None:
    """Do what a user does in the console, as soon as the four files are there."""
    folder = Workspace(world.workspace).emqx
    names = ("certificate-with-chain.pem", "private-key.pem", "client-ca.pem")
    deadline = time.monotonic() + 60
    while not all((folder / name).exists() for name in names):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    certificate, key, ca = ((folder / name).read_text() for name in names)
    emqx = world.running.control
    answer = httpx.post(
        f"{emqx.platform_url}/deployments/{emqx.deployment_id}/tls",
        json={"tlsType": "two-way", "cert": certificate, "key": key, "cacert": ca},
        auth=(emqx.platform_key, emqx.platform_secret),
        timeout=10,
    )
    assert answer.status_code == 200
