"""A practice world begins where the last one in its workspace ended: undo and renew find what the guide made."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app.headless import Printer, walk
from services import worlds
from services.aws.session import make_client
from services.guide.runner import Guide
from services.practice.deployment.mqtt_packets import Reason
from services.practice.world import ADDRESS, DOMAIN, PracticeWorld
from services.secrets import SecretName
from services.undo.pieces import PieceName
from services.workspace import Workspace
from tests.system.guide_world import PROGRAM, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = f"certbot-{DOMAIN}"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A practice run has ended here, among files of the user's; it had the guide make certbot's identity too."""
    workspace = Workspace(tmp_path_factory.mktemp("resumed") / "練習 1")
    for path in (workspace.report, workspace.mqtt / "root.pem", workspace.emqx / "private-key.pem"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    assert asyncio.run(_walk(workspace))
    return workspace


async def _walk(workspace: Workspace) -> bool:
    def adjust(section: str, request: Any) -> Any:
        made = {"iam": "narrow", "iam_profile": "certbots-own"}
        return replace(request, **made) if section == "server_certificate" else request

    async with worlds.practice(workspace) as world:
        return (await walk(Guide.open(world, workspace), Printer(to_stderr=True, color=False), adjust)).ok


@contextmanager
def resumed(workspace: Workspace) -> Iterator[PracticeWorld]:
    world = PracticeWorld(workspace)
    world.start()
    try:
        yield world
    finally:
        world.stop()


def undo(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    command = [*PROGRAM, "undo", "--json", "--workspace", str(workspace.root), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    return {piece["name"]: piece for piece in json.loads(ended.stdout)["pieces"]}


def iam_users(world: PracticeWorld) -> list[str]:
    return sorted(user["UserName"] for user in make_client(world.world(), "iam").list_users()["Users"])


def test_everything_is_where_it_was(workspace: Workspace) -> None:
    files = workspace.root / "practice"
    assert (files / "world.json").stat().st_mode & 0o777 == 0o600
    assert files.stat().st_mode & 0o777 == 0o700
    with resumed(workspace) as one:
        told, leaf = one.world(), one.deployment.served_fingerprint()
        assert len(one.deployment.served_chain()) == 4
        assert one.aws.records(DOMAIN, "CNAME") == (f"{ADDRESS}.",)
        assert iam_users(one) == ["certbot", USER, "guide-admin"]
        assert "[certbots-own]" in (files / "aws" / "credentials").read_text()
        assert [issued.names for issued in one.acme.issued] == [(DOMAIN,)]
    with resumed(workspace) as other:
        again = other.world()
        assert other.deployment.served_fingerprint() == leaf
        assert (again.acme, again.dns, again.emqx, again.aws) == (told.acme, told.dns, told.emqx, told.aws)


def test_files_that_were_there_before_are_kept_beside(workspace: Workspace) -> None:
    (report,) = workspace.root.glob("report.md.*")
    (root,) = workspace.mqtt.glob("root.pem.*")
    assert [path.read_text() for path in (report, root)] == ["mine", "mine"]
    assert (workspace.emqx / "previous" / "private-key.pem").read_text() == "mine"


def test_the_mqtt_user_has_the_password_that_devices_know(workspace: Workspace) -> None:
    with resumed(workspace) as one:
        first = one.world().secrets.get(SecretName.MQTT_PASSWORD)
    with resumed(workspace) as other:
        assert first is not None
        assert other.deployment.users.judge("device-1", first.reveal().encode()) is Reason.SUCCESS


def test_uploads_of_the_last_hour_still_count(workspace: Workspace) -> None:
    with resumed(workspace) as one:
        url = f"{one.control.platform_url}/deployments/{one.control.deployment_id}/tls"
        body = {"tlsType": "one-way", "cert": "", "key": "", "cacert": ""}
        key = (one.control.platform_key, one.control.platform_secret)
        statuses = [httpx.post(url, auth=key, json=body).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]  # there is a certificate already; and the guide's own upload was the sixth


def test_undo_takes_back_every_piece_of_an_earlier_world(workspace: Workspace) -> None:
    names = [name for name in PieceName if name is not PieceName.FILES]
    taken = undo(workspace, *(part for name in names for part in ("--yes", name)))
    assert [name for name, piece in taken.items() if piece["taken_back"]] == names
    with resumed(workspace) as after:
        assert after.aws.records(DOMAIN, "CNAME") == ()
        assert iam_users(after) == ["certbot", "guide-admin"]
        assert "[certbots-own]" not in (workspace.root / "practice" / "aws" / "credentials").read_text()
        assert after.deployment.users.list() == []
        assert len(after.deployment.served_chain()) == 1
        assert len(after.acme.keep().certificates) == 1
        assert all(each.revoked for each in after.acme.keep().certificates)
    assert {name for name, piece in undo(workspace, "--all").items() if piece["taken_back"]} == {"files"}
    left = [path.name.partition(".md.")[0] for path in workspace.root.iterdir()]
    assert sorted(left) in (["report"], [".lock", "report"])  # the user's own


def test_a_sudden_end_loses_nothing_and_a_port_in_use_is_left_alone(tmp_path: Path) -> None:
    """The first world is still there, as one whose process was killed in a moment would be for the second's files."""
    with resumed(Workspace(tmp_path)) as first:
        record = {"Name": DOMAIN, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "a.example."}]}
        make_client(first.world(), "route53").change_resource_record_sets(
            HostedZoneId=first.aws.zone_id,
            ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
        )
        with resumed(Workspace(tmp_path)) as second:
            assert second.aws.records(DOMAIN, "CNAME") == ("a.example.",)
            assert second.aws.zone_id == first.aws.zone_id
            assert second.deployment.port != first.deployment.port


@pytest.mark.parametrize("damage", ["", "{", '{"version": 2}', "[]"])
def test_what_cannot_be_read_counts_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "practice").mkdir()
    (tmp_path / "practice" / "world.json").write_text(damage)
    with resumed(Workspace(tmp_path)) as world:
        assert world.aws.records(DOMAIN, "CNAME") == ()
    assert json.loads((tmp_path / "practice" / "world.json").read_text())["version"] == 1


@pytest.mark.parametrize(
    "edited", [("aws", "policies", 0, "default"), ("aws", "users", 0, "name"), ("ports", "acme"), ("acme", "accounts")]
)
def test_what_somebody_has_edited_counts_as_none(tmp_path: Path, edited: tuple[str | int, ...]) -> None:
    with resumed(Workspace(tmp_path)):
        pass
    file = tmp_path / "practice" / "world.json"
    document = json.loads(file.read_text())
    *above, last = edited
    place = document
    for name in above:
        place = place[name]
    key = {"id": 1, "key": {"kty": "none"}, "contact": [], "created": "2026-01-01T00:00:00Z", "status": "valid"}
    place[last] = {"acme": 99999, "accounts": [key], "name": "guide-admin"}.get(str(last), "v9")
    file.write_text(json.dumps(document))
    with resumed(Workspace(tmp_path)) as world:
        assert iam_users(world) == ["certbot", "guide-admin"]
