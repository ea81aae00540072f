"""The later half of the guide in the practice world: understanding, deployment, connection."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest

from services.events import Answer
from services.guide import connection, deployment, understanding
from services.guide.step import State
from services.practice.deployment import TlsBundle
from services.practice.emqx import EmqxControl, SelfManagedEmqx
from services.secrets import SecretName
from tests.system.deployment_world import changed
from tests.system.later_steps_world import Stage, set_up, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path / "work space") as up:
        yield up


@pytest.mark.parametrize(("key_type", "count"), [("ecdsa", 4), ("rsa", 3)])
async def test_understanding_finds_leaf_links_and_root_by_content(world: Stage, key_type: str, count: int) -> None:
    await set_up(world, key_type)
    ran = await world.run("understanding")
    result = ran.result
    assert result.roles[0].role == "leaf"
    assert result.roles[-1].role == "root"
    assert len(result.roles) == count + 1
    assert {link.proven for link in result.links} == {"yes"}
    assert result.root_source == "world"
    assert "ISRG Root X1" in result.root_subject
    assert "cross-signed" in str(ran.checks["guide-last"].what)


async def test_files_of_two_issuances_are_found_out(world: Stage) -> None:
    await set_up(world)
    live = world.workspace.live("mqtt.example.test")
    key = (live / "privkey.pem").read_bytes()
    world.issue()
    (live / "privkey.pem").write_bytes(key)
    assert (await world.run("understanding")).error == "key-mismatch"
    assert (await world.run("deployment")).error == "key-mismatch"
    assert world.writes("emqx") == []


async def test_the_bundle_goes_up_once_and_is_proven_and_then_left_alone(world: Stage) -> None:
    await set_up(world)
    assert len(await deployment.changes(deployment.propose(world.guide.here), world.guide.here)) == 1
    first = await world.run("deployment")
    again = await world.run("deployment")
    assert first.result.uploaded
    assert first.result.uploads_left == 5
    assert len(first.result.served) == 4
    assert "alert" in str(first.checks["asks-for-certificate"].what)
    assert not again.result.uploaded
    assert world.writes("emqx") == ["POST"]
    assert await deployment.changes(deployment.propose(world.guide.here), world.guide.here) == ()
    assert first.result.private_key.stat().st_mode & 0o777 == 0o600
    assert first.result.merged.read_bytes() == first.result.certificate.read_bytes() + first.result.chain.read_bytes()
    assert world.guide.standing("deployment").state is State.DONE


async def test_a_newer_certificate_replaces_the_old_one_which_is_shown_and_kept(world: Stage) -> None:
    await set_up(world)
    first = await world.run("deployment")
    old = first.result.merged.read_bytes()
    world.issue()
    assert world.guide.standing("deployment").state is State.ATTENTION
    second = await world.run("deployment")
    assert second.result.previous_sha256 == first.result.served[0]
    assert first.result.served[0] in str(second.checks["before"].what)
    assert (world.workspace.emqx / "previous" / "certificate-with-chain.pem").read_bytes() == old
    assert world.writes("emqx") == ["POST", "PUT"]


async def test_by_hand_the_files_lie_ready_and_the_deployment_is_watched(world: Stage) -> None:
    await set_up(world)
    by_hand = replace(deployment.propose(world.guide.here), target="console", patience=1)
    waiting = await world.run("deployment", by_hand)
    assert waiting.error == "emqx-by-hand-pending"
    assert set(waiting.artifacts) >= {"console-certificate", "console-chain", "console-private-key"}
    assert world.writes("emqx") == []
    uploaded = replace(by_hand, target="platform", patience=60)
    assert (await world.run("deployment", uploaded)).result.uploaded
    assert not (await world.run("deployment", by_hand)).result.uploaded


@pytest.mark.parametrize(
    "fault",
    [
        "server-leaf-only",
        "server-chain-incomplete",
        "server-chain-mixed",
        "server-expired",
        "hostname-mismatch",
        "client-cert-unknown-ca",
        "emqx-rate-limit",
    ],
)
async def test_each_fault_of_the_deployment_ends_in_its_own_name_and_heals(tmp_path: Path, fault: str) -> None:
    with stage(tmp_path, fault) as world:
        await set_up(world)
        assert (await world.run("deployment")).error == fault
        world.practice.faults.heal(fault)
        assert (await world.run("deployment")).result.served


async def test_a_deployment_that_stays_pending_is_said_so_and_nothing_is_uploaded_twice(world: Stage) -> None:
    world.practice.faults.inject("emqx-pending")
    await set_up(world)
    impatient = replace(deployment.propose(world.guide.here), patience=1)
    assert (await world.run("deployment", impatient)).error == "emqx-pending"
    assert (await world.run("deployment", impatient)).error == "emqx-pending"
    world.practice.faults.heal("emqx-pending")
    assert (await world.run("deployment", impatient)).result.status == "running"
    assert world.writes("emqx") == ["POST"]


async def test_a_stale_certificate_is_named_after_a_while(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.emqx.install._SETTLE_SECONDS", 0.5)
    await set_up(world)
    await world.run("deployment")
    world.practice.faults.inject("emqx-stale-certificate")
    world.issue()
    assert (await world.run("deployment")).error == "emqx-stale-certificate"


async def ready(world: Stage) -> Stage:
    await set_up(world)
    assert (await world.run("deployment")).result.served
    return world


async def test_mutual_tls_is_proven_in_both_versions_and_both_directions(world: Stage) -> None:
    await ready(world)
    ran = await world.run("connection")
    result = ran.result
    evidence = {proof.id: proof.evidence for proof in result.proofs}
    assert {proof.answer for proof in result.proofs} == {Answer.YES}
    assert evidence["no-client-certificate"] == "alert 116 (certificate required)"
    assert evidence["other-ca"] == "alert 48 (unknown ca)"
    assert evidence["wrong-password-5.0"] == "CONNACK 0x86"
    assert evidence["wrong-password-3.1.1"] == "CONNACK 4"
    assert evidence["client-list"] == "CN=Client"
    assert result.round_trip_seconds > 0
    assert result.root.read_bytes().count(b"BEGIN CERTIFICATE") == 1
    assert {path.name for path in result.exports} >= {"mqttx-import.json", "mosquitto.sh", "connect.py"}
    assert world.guide.standing("connection").state is State.DONE


async def test_the_guide_s_own_root_pem_fails_for_real_and_the_root_heals_it(world: Stage) -> None:
    await ready(world)
    mistake = replace(connection.propose(world.guide.here), ca_file="last-of-fullchain")
    ran = await world.run("connection", mistake)
    assert ran.error == "ca-file-not-root"
    assert "unable to get issuer certificate" in ran.failure.details
    assert (await world.run("connection", replace(mistake, ca_file="root"))).result.proofs


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("mqtt-credentials", "mqtt-credentials"),
        ("mqtt-not-authorized", "mqtt-not-authorized"),
        ("client-cert-unknown-ca", "client-cert-unknown-ca"),
        ("connection-refused", "connection-refused"),
        ("dns-missing", "name-not-found"),
        ("cname-wrong", "cname-wrong"),
        ("server-leaf-only", "server-leaf-only"),
        ("server-chain-mixed", "server-chain-mixed"),
        ("server-expired", "server-expired"),
        ("hostname-mismatch", "hostname-mismatch"),
    ],
)
async def test_each_fault_of_the_connection_ends_in_its_own_name_and_heals(
    world: Stage, fault: str, finding: str
) -> None:
    await ready(world)
    faults, port = world.practice.faults, world.practice.deployment.port
    changed(faults, fault, port, broken=True)
    ran = await world.run("connection")
    assert ran.error == finding
    assert "{" not in f"{ran.failure} {ran.failure.fix}"  # every fact is there
    changed(faults, fault, port, broken=False)
    assert (await world.run("connection")).result.proofs


async def test_a_deployment_in_one_way_tls_is_an_error_not_a_success(world: Stage) -> None:
    await ready(world)
    folder = world.workspace.emqx
    files = (folder / "certificate-with-chain.pem", folder / "private-key.pem", folder / "client-ca.pem")
    merged, key, client_ca = (path.read_text() for path in files)
    world.practice.deployment.set_tls(TlsBundle("one-way", merged, key, cacert_pem=client_ca))
    assert (await world.run("connection")).error == "client-cert-not-required"
    assert (await world.run("deployment")).result.uploaded


async def test_without_a_password_it_says_which_variable_to_set(world: Stage) -> None:
    await ready(world)
    world.guide.world.secrets.put(SecretName.MQTT_PASSWORD, "")
    ran = await world.run("connection")
    assert ran.error == "no-mqtt-password"


async def test_the_report_holds_every_proof_and_no_secret(world: Stage) -> None:
    await ready(world)
    assert (await world.run("understanding")).result
    assert (await world.run("connection")).result
    ran = await world.run("next_steps")
    report = ran.result.report.read_text()
    served = world.guide.session.result("deployment", deployment.Result)
    assert served is not None
    for wanted in ("alert 116", "CONNACK 0x86", "CN=Client", *served.served, "emqx-mtls renew", "curl", "openssl"):
        assert wanted in report
    assert "finding." not in report
    secrets = world.guide.world.secrets
    for name in SecretName:
        if (secret := secrets.get(name)) is not None:
            assert secret.reveal() not in report
    assert "PRIVATE KEY" not in report
    assert world.guide.standing("next_steps").state is State.DONE
    again = await world.run("next_steps")
    assert not again.artifacts["report"].fresh or again.result.report.read_text() != report
    await world.run("connection")
    assert world.guide.standing("next_steps").state is State.ATTENTION


def shell(command: str, world: Stage) -> subprocess.CompletedProcess[str]:
    """Run a command as printed, with the secrets that it names in the environment."""
    secrets = world.guide.world.secrets
    held = {name.value: secret.reveal() for name in SecretName if (secret := secrets.get(name)) is not None}
    environment = {"PATH": os.environ["PATH"], **held}
    return subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.needs("openssl", "curl", "mosquitto_pub", "mosquitto_sub")
async def test_the_commands_of_the_later_steps_run_as_printed(world: Stage) -> None:
    await ready(world)
    await world.run("connection")
    here = world.guide.here
    for command in understanding.commands(understanding.propose(here), here):
        done = shell(command.shell, world)
        assert done.returncode == 0, done.stderr
    state, upload, look = deployment.commands(deployment.propose(here), here)
    assert '"two-way"' in shell(state.shell, world).stdout
    before = len(world.writes("emqx"))
    assert '"two-way"' in shell(upload.shell, world).stdout
    assert world.writes("emqx")[before:] == ["PUT"]
    assert shell(look.shell, world).stdout.count("BEGIN CERTIFICATE") == 4 if which("dig") else "dig " in look.shell
    openssl, mosquitto, python, *_ = connection.commands(connection.propose(here), here)
    assert "Verification: OK" in shell(openssl.shell, world).stderr
    assert "hello over mutual TLS" in shell(mosquitto.shell, world).stdout
    assert "hello over mutual TLS" in shell(python.shell, world).stdout


async def test_a_self_managed_emqx_is_a_target_like_the_others(world: Stage) -> None:
    await set_up(world)
    with SelfManagedEmqx(world.practice.journal, world.practice.deployment) as emqx:
        live = replace(world.guide.world, emqx=replace(world.guide.world.emqx, api_url=emqx.api_url))
        live.secrets.put(SecretName.API_KEY, emqx.api_key)
        live.secrets.put(SecretName.API_SECRET, emqx.api_secret)
        world.guide.world = live
        request = replace(deployment.propose(world.guide.here), target="self-managed")
        first, again = await world.run("deployment", request), await world.run("deployment", request)
        assert first.result.uploaded
        assert not again.result.uploaded
        live.secrets.put(SecretName.API_KEY, emqx.username)
        live.secrets.put(SecretName.API_SECRET, emqx.password)
        world.issue()
        request = replace(deployment.propose(world.guide.here), login="password")
        command, _ = deployment.commands(request, world.guide.here)
        assert (await world.run("deployment", request)).result.uploaded
        live.secrets.put(SecretName.API_KEY, emqx.api_key)
        live.secrets.put(SecretName.API_SECRET, emqx.api_secret)
        assert '"verify_peer"' in shell(command.shell, world).stdout


async def test_serverless_is_told_before_anything_is_sent(world: Stage) -> None:
    await set_up(world)
    practice = world.practice
    with EmqxControl(practice.faults, practice.journal, practice.deployment, deployment_type="serverless") as control:
        emqx = replace(world.guide.world.emqx, platform_url=control.platform_url)
        world.guide.world = replace(world.guide.world, emqx=emqx)
        world.guide.world.secrets.put(SecretName.PLATFORM_KEY, control.platform_key)
        world.guide.world.secrets.put(SecretName.PLATFORM_SECRET, control.platform_secret)
        assert (await world.run("deployment")).error == "emqx-serverless"
    assert world.writes("emqx") == []


async def test_uploads_over_the_limit_are_not_even_tried(world: Stage) -> None:
    await set_up(world)
    for left in range(5, -1, -1):
        assert (await world.run("deployment")).result.uploads_left == left
        world.issue()
    ran = await world.run("deployment")
    assert ran.error == "emqx-rate-limit"
    assert "min" in ran.failure.fix
    assert len(world.writes("emqx")) == 6


@pytest.mark.parametrize("section", ["understanding", "deployment", "connection", "next_steps"])
def test_looking_at_a_step_brings_no_heavy_library(section: str) -> None:
    heavy = ["boto3", "botocore", "certbot", "httpx", "cryptography", "OpenSSL", "paho", "moto", "flask", "dns"]
    program = f"import sys, services.guide.{section}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
