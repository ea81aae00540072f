"""The certificate by the real certbot: issued, reused, renewed; troubles found before it runs; failures by name."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.acme import certbot
from services.aws.policies import permissions
from services.events import Answer, Artifact, Check, Done, Failed, Lines, Source
from services.guide import server_certificate
from services.guide.runner import Guide
from services.guide.server_certificate import Request, Result
from services.guide.step import State
from services.pki import store
from services.pki.keys import generate_key
from services.pki.kinds import KeyType
from services.practice.world import PracticeWorld
from services.workspace import Workspace
from services.world import utc_now
from tests.system.aws_helpers import change, policy_without, record, zone
from tests.system.guide_world import run_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.events import Event

SECTION = "server_certificate"
DOMAIN = "mqtt.example.test"


@pytest.fixture(scope="module")
def running() -> Iterator[PracticeWorld]:
    world = PracticeWorld()
    world.start()
    yield world
    world.stop()


@pytest.fixture(scope="module")
def kept(running: PracticeWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which a certificate was issued once, to copy. A try before that was cut off by a full disk."""
    root = tmp_path_factory.mktemp("kept") / "workspace"
    for part in (f"live/{DOMAIN}", f"archive/{DOMAIN}", "renewal"):
        (root / "letsencrypt" / "config" / part).mkdir(parents=True)
    (root / "letsencrypt" / "config" / "renewal" / f"{DOMAIN}.conf").touch()
    (Workspace(root).live(DOMAIN) / "privkey.pem").write_text("half")
    (Workspace(root).live(DOMAIN) / "fullchain.pem").touch()
    guide = Guide.open(running.world(), Workspace(root))
    _, last = asyncio.run(run_step(guide, SECTION))
    assert isinstance(last, Done), last.error
    return root


@pytest.fixture
def guide(running: PracticeWorld, kept: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Guide:
    """A guide that has an account and no certificate yet, for a name of the test's own: the CA counts."""
    name = "".join(char if char.isalnum() else "-" for char in request.node.name)[-40:].strip("-").lower()
    root = tmp_path / "a workspace"
    accounts = Path("letsencrypt", "config", "accounts")
    shutil.copytree(kept / accounts, root / accounts)
    return Guide.open(replace(running.world(), domain=f"{name}.example.test"), Workspace(root))


@pytest.fixture
def issued(running: PracticeWorld, kept: Path, tmp_path: Path) -> Guide:
    """A guide that has a certificate."""
    root = tmp_path / "workspace"
    shutil.copytree(kept, root, symlinks=True)
    for path in (*root.rglob("renewal/*.conf"), root / "session.json"):
        path.write_text(path.read_text().replace(str(kept), str(root)))
    return Guide.open(running.world(), Workspace(root))


def asked(guide: Guide, **changes: Any) -> Request:
    return replace(server_certificate.propose(guide.here), **changes)


async def done(guide: Guide, **changes: Any) -> tuple[list[Event], Result]:
    events, last = await run_step(guide, SECTION, asked(guide, **changes))
    assert isinstance(last, Done), (last.error, last.error.details)
    return events, last.result


async def failed(guide: Guide, **changes: Any) -> tuple[list[Event], Failed]:
    events, last = await run_step(guide, SECTION, asked(guide, **changes))
    assert isinstance(last, Failed)
    assert "{" not in last.error.what + last.error.why + last.error.fix
    return events, last


def said_by_certbot(events: list[Event]) -> list[str]:
    return [line for each in events if isinstance(each, Lines) and each.source is Source.CERTBOT for line in each.lines]


def checks(events: list[Event]) -> dict[str, Answer]:
    return {each.id: each.answer for each in events if isinstance(each, Check)}


@pytest.mark.parametrize(("key_type", "certificates"), [(KeyType.ECDSA_P384, 4), (KeyType.RSA_2048, 3)])
async def test_issued_with_the_key_that_was_asked_for(guide: Guide, key_type: KeyType, certificates: int) -> None:
    events, result = await done(guide, key_type=key_type)
    assert result.issued
    assert (result.key_type, result.certificates) == (key_type.label, certificates)
    assert any("Successfully received certificate" in line for line in said_by_certbot(events))
    files = {each.role: each.path for each in events if isinstance(each, Artifact)}
    assert files["server-key"].read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert files["server-key"].stat().st_mode & 0o077 == 0
    assert {files["iam-policy"].is_file(), files["iam-policy-guide"].is_file()} == {True}
    assert guide.standing(SECTION).state is State.DONE


def test_what_a_try_that_was_cut_off_left_is_put_aside(kept: Path) -> None:
    """Else certbot would call the certificate DOMAIN-0001, and every further run would ask for one more."""
    config = kept / "letsencrypt" / "config"
    (aside,) = config.glob("unfinished-*")
    assert (aside / "live" / "privkey.pem").read_text() == "half"
    assert [path.name for path in (config / "live").iterdir() if path.is_dir()] == [DOMAIN]
    assert (config / "renewal" / f"{DOMAIN}.conf").read_text()


async def test_a_valid_one_is_used_again_and_nobody_is_asked(running: PracticeWorld, issued: Guide) -> None:
    before = running.journal.list()
    events, result = await done(issued)
    assert not result.issued
    assert running.journal.list() == before
    assert not said_by_certbot(events)
    assert await server_certificate.changes(asked(issued), issued.here) == ()


async def test_renewed_when_it_is_due(issued: Guide) -> None:
    first = issued.session.result(SECTION, Result)
    assert first is not None
    late = replace(issued.world, clock=lambda: utc_now() + timedelta(days=61))
    guide = Guide(late, issued.workspace, issued.session)
    assert guide.standing(SECTION).state is State.ATTENTION
    events, result = await done(guide)
    assert result.issued
    assert result.sha256 != first.sha256
    assert "not-reused" in checks(events)


async def test_another_key_type_replaces_it(issued: Guide) -> None:
    _, result = await done(issued, key_type=KeyType.RSA_2048)
    assert (result.issued, result.key_type) == (True, "RSA 2048")
    assert result.live == issued.workspace.live(DOMAIN)


async def test_a_folder_of_another_certbot_is_used_as_it_is(guide: Guide, kept: Path) -> None:
    live = Workspace(kept).live(DOMAIN)
    events, result = await done(guide, existing=live, domain=DOMAIN)
    assert (result.live, result.issued, result.renew_command) == (live, False, "")
    assert not said_by_certbot(events)


async def test_a_folder_with_a_certificate_for_another_name_is_refused(guide: Guide, kept: Path) -> None:
    _, last = await failed(guide, existing=Workspace(kept).live(DOMAIN), domain="other.example.test")
    assert last.error.id == "certificate-unfit"
    assert DOMAIN in last.error.why


async def test_mixed_up_files_are_told(issued: Guide, tmp_path: Path) -> None:
    live = issued.workspace.live(DOMAIN)
    folder = tmp_path / "live"
    shutil.copytree(live, folder)
    store.write(folder / "privkey.pem", generate_key(KeyType.ECDSA_P256), replace=True)
    _, last = await failed(issued, existing=folder)
    assert last.error.id == "key-mismatch"


@pytest.mark.parametrize("missing", [each.action for each in permissions("Z1")])
async def test_each_permission_of_the_guides_policy_is_needed_and_named(guide: Guide, missing: str) -> None:
    with policy_without(guide.world, missing):
        _, last = await failed(guide)
        assert last.error.id == "aws-access-denied"
        assert last.error.facts["action"] == missing
        assert missing in last.error.fix
    assert (await done(guide))[1].issued


async def before_certbot(guide: Guide, finding: str, **changes: Any) -> Failed:
    """Expect `finding` before certbot runs, in `run` and in `changes` alike."""
    events, last = await failed(guide, **changes)
    assert last.error.id == finding
    assert not said_by_certbot(events)
    return last


async def test_two_public_zones_of_one_name(guide: Guide) -> None:
    with zone(guide.world, "example.test.") as second:
        assert second in (await before_certbot(guide, "aws-zone-ambiguous")).error.why


async def test_private_zones_only(guide: Guide) -> None:
    with zone(guide.world, "corp.internal.", private=True):
        last = await before_certbot(guide, "aws-zone-not-found", domain="mqtt.corp.internal")
    assert last.error.variant == "private"


async def test_a_caa_record_that_names_another_ca(guide: Guide) -> None:
    with record(guide.world, "example.test", "CAA", '0 issue "other-ca.example"'):
        last = await before_certbot(guide, "acme-caa-forbids")
    assert '0 issue "letsencrypt.org"' in last.error.fix


async def test_a_cname_in_the_challenges_place(guide: Guide) -> None:
    with record(guide.world, f"_acme-challenge.{guide.world.domain}", "CNAME", "elsewhere.example.net."):
        await before_certbot(guide, "acme-challenge-cname")


async def test_name_servers_that_are_not_the_zones(guide: Guide, running: PracticeWorld) -> None:
    as_engineer = replace(guide.world, aws=replace(guide.world.aws, certbot_profile=None))
    guide = Guide(as_engineer, guide.workspace, guide.session)
    with zone(guide.world, "sub.example.test.") as zone_id:
        change(guide.world, "UPSERT", "sub.example.test", "NS", "ns1.example.net.", zone_id=zone_id)
        last = await before_certbot(guide, "dns-delegation-mismatch", domain="mqtt.sub.example.test")
    assert "ns1.example.net" in last.error.why
    assert running.aws.zone_id not in last.error.why


async def test_the_apex(guide: Guide) -> None:
    await before_certbot(guide, "zone-apex", domain="example.test")


async def test_a_challenge_record_left_behind_is_told_and_replaced(guide: Guide, running: PracticeWorld) -> None:
    name = f"_acme-challenge.{guide.world.domain}"
    with record(guide.world, name, "TXT", '"left behind"'):
        events, result = await done(guide)
        assert checks(events)["challenge"] is Answer.NO
        assert result.issued
        assert running.aws.records(name, "TXT") == ()


async def test_a_rehearsal_leaves_no_certificate(guide: Guide) -> None:
    events = [event async for event in server_certificate.rehearse(asked(guide), guide.here)]
    assert checks(events)["rehearsed"] is Answer.YES
    assert any("dry run" in line for line in said_by_certbot(events))
    assert not guide.workspace.live(guide.world.domain).exists()


async def test_cancelling_takes_the_challenge_record_back(guide: Guide, running: PracticeWorld) -> None:
    assert guide.world.practice is not None
    guide.world.practice.inject("aws-pending")  # certbot then waits for five seconds
    try:
        async with aclosing(guide.run(SECTION, asked(guide))) as events:
            async for event in events:
                if isinstance(event, Lines) and any("Requesting a certificate" in line for line in event.lines):
                    break
            await until(lambda: running.aws.records(f"_acme-challenge.{guide.world.domain}", "TXT") != ())
    finally:
        guide.world.practice.heal("aws-pending")
    assert running.aws.records(f"_acme-challenge.{guide.world.domain}", "TXT") == ()
    assert not children_of_ours()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for is no event of ours
            await asyncio.sleep(0.02)


def children_of_ours() -> list[str]:
    """Command lines of certbots that this process started."""
    pids = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in pids]
    return [line for line in lines if "certbot" in line]


async def test_two_at_once_in_one_workspace_are_told(guide: Guide) -> None:
    again = Guide.open(guide.world, guide.workspace)
    assert guide.world.practice is not None
    guide.world.practice.inject("aws-pending")
    try:
        async with aclosing(guide.run(SECTION, asked(guide))) as events:
            async for event in events:
                if isinstance(event, Lines) and any("Requesting a certificate" in line for line in event.lines):
                    break
            _, last = await failed(again)
    finally:
        guide.world.practice.heal("aws-pending")
    assert last.error.id == "certbot-already-running"


async def test_in_practice_certbot_sees_nothing_of_the_users_own_aws(
    guide: Guide, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home" / ".aws"
    home.mkdir(parents=True)
    (home / "credentials").write_text("[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    (home / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
    monkeypatch.setenv("HOME", str(home.parent))
    own = {
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real-secret",
        "AWS_SESSION_TOKEN": "real-token",
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_ROUTE_53": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    child = certbot.environment(guide.world)
    assert "real" not in " ".join(value for name, value in child.items() if name.startswith("AWS_")).lower()
    assert (await done(guide))[1].issued


def test_no_secret_on_certbots_command_line(guide: Guide) -> None:
    line = certbot.command(certbot.Order(DOMAIN, DOMAIN, KeyType.ECDSA_P256), guide.world, guide.workspace)
    keys = guide.world.aws.credentials_file
    assert keys is not None
    secrets = [part.split("= ")[1] for part in keys.read_text().splitlines() if part.startswith("aws_secret")]
    assert secrets
    assert not any(secret in line for secret in secrets)


async def test_an_unreachable_ca_is_named(guide: Guide) -> None:
    away = replace(guide.world, acme=replace(guide.world.acme, directory_url="http://127.0.0.1:9/directory"))
    _, last = await failed(Guide(away, guide.workspace, guide.session))
    assert last.error.id == "acme-unreachable"
