"""The guide's client CA and client certificate: openssl accepts them, its commands give the same, nothing is lost."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from services.events import Artifact, Check, Done, Failed
from services.guide.client_certificates import Request, commands
from services.guide.runner import Guide
from services.guide.step import State
from services.pki.kinds import KeyType
from services.workspace import Workspace
from services.world import World, utc_now
from tests.system.guide_world import run_step

SECTION = "client_certificates"
FAST = Request(key_type=KeyType.ECDSA_P256)
KEYS = {"client-ca.key", "client.key"}
FILES = {"client-ca.crt", "client.crt", "client.csr"} | KEYS

# What the guide of 2022 has its readers type.
GUIDES_OWN = """\
openssl req -new -newkey rsa:2048 -days 365 -nodes -x509 -subj "/C=US/O=Test Org/CN=Test CA" \
  -keyout client-ca.key -out client-ca.crt
openssl genrsa -out client.key 2048
openssl req -new -key client.key -out client.csr -subj "/CN=Client"
openssl x509 -req -days 365 -sha256 -in client.csr -CA client-ca.crt -CAkey client-ca.key -CAcreateserial \
  -out client.crt
"""


@pytest.fixture
def guide(tmp_path: Path) -> Guide:
    return Guide.open(World("practice"), Workspace(tmp_path / "a workspace"))


def folder(guide: Guide) -> Path:
    return guide.workspace.client


def contents(guide: Guide) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of writing of every file."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder(guide).iterdir()}


def accepted(where: Path) -> str:
    """What a strict server's check says."""
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "client-ca.crt", "client.crt"],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).strip()


def shell(script: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", script], cwd=where, capture_output=True, text=True, check=False)


async def done(guide: Guide, request: Request) -> Any:
    _, last = await run_step(guide, SECTION, request)
    assert isinstance(last, Done), last.error
    return last.result


async def failed(guide: Guide, request: Request) -> Failed:
    _, last = await run_step(guide, SECTION, request)
    assert isinstance(last, Failed)
    return last


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("kind", KeyType)
async def test_a_strict_openssl_accepts_every_key_type(guide: Guide, kind: KeyType) -> None:
    result = await done(guide, Request(key_type=kind))
    assert accepted(folder(guide)) == "client.crt: OK"
    assert result.key_type == kind.label
    assert (result.ca_subject, result.subject) == ("C=US, O=Test Org, CN=Test CA", "CN=Client")


def shape(path: Path) -> dict[str, tuple[bool, Any]]:
    """What a certificate's extensions say, but for its own key."""
    own = {x509.SubjectKeyIdentifier.oid, x509.AuthorityKeyIdentifier.oid}
    extensions = x509.load_pem_x509_certificate(path.read_bytes()).extensions
    return {each.oid.dotted_string: (each.critical, None if each.oid in own else each.value) for each in extensions}


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("kind", KeyType)
async def test_the_printed_commands_run_and_make_the_same(guide: Guide, kind: KeyType) -> None:
    request = Request(key_type=kind, ca_common_name="Ünïcode/Test's CA", client_common_name='a "b" $HOME')
    script = "set -e\n" + "\n".join(command.shell for command in commands(request, guide.here))
    ran = shell(script, Path("/"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip().endswith("client.crt: OK")
    theirs = {name: shape(folder(guide) / name) for name in ("client-ca.crt", "client.crt")}
    result = await done(guide, request)
    assert not result.made, "what the commands made is right already"
    for path in folder(guide).iterdir():
        path.unlink()
    await done(guide, request)
    assert {name: shape(folder(guide) / name) for name in theirs} == theirs


async def test_run_again_changes_nothing_and_says_so(guide: Guide) -> None:
    await done(guide, FAST)
    before = contents(guide)
    events, last = await run_step(guide, SECTION, FAST)
    assert contents(guide) == before
    assert isinstance(last, Done)
    assert not last.result.made
    assert not any(event.fresh for event in events if isinstance(event, Artifact))
    assert any("nothing changed" in str(event.what) for event in events if isinstance(event, Check))


async def test_keys_are_for_their_owner_only(guide: Guide) -> None:
    await done(guide, FAST)
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder(guide).iterdir()}
    assert set(modes) == FILES
    assert {modes[name] for name in KEYS} == {0o600}
    assert folder(guide).stat().st_mode & 0o777 == 0o700


async def test_what_differs_is_left_alone_and_the_reason_named(guide: Guide) -> None:
    await done(guide, FAST)
    before = contents(guide)
    error = (await failed(guide, replace(FAST, client_common_name="Other"))).error
    assert (error.id, error.variant) == ("file-in-the-way", "differs")
    assert "CN=Client, not CN=Other" in error.why
    assert contents(guide) == before


async def test_replaced_on_request_with_copies_kept(guide: Guide) -> None:
    await done(guide, FAST)
    before = contents(guide)
    await done(guide, replace(FAST, client_common_name="Other", replace=True))
    after = contents(guide)
    assert after["client-ca.crt"] == before["client-ca.crt"], "the CA is right, and so it stays"
    copies = {name: data for name, (data, _) in after.items() if name not in FILES}
    assert sorted(copies.values()) == sorted(before[name][0] for name in ("client.crt", "client.csr", "client.key"))
    assert {path.stat().st_mode & 0o777 for path in folder(guide).glob("client.key.*")} == {0o600}


async def test_an_interrupted_run_goes_on_with_the_keys_it_made(guide: Guide) -> None:
    await done(guide, FAST)
    before = contents(guide)
    for name in ("client-ca.crt", "client.crt", "client.csr"):
        (folder(guide) / name).unlink()
    await done(guide, FAST)
    assert {name: contents(guide)[name] for name in KEYS} == {name: before[name] for name in KEYS}


async def test_the_csr_alone_is_made_again(guide: Guide) -> None:
    await done(guide, FAST)
    before = contents(guide)
    (folder(guide) / "client.csr").unlink()
    await done(guide, FAST)
    after = contents(guide)
    assert {name: after[name] for name in FILES - {"client.csr"}} == {
        name: before[name] for name in FILES - {"client.csr"}
    }


async def test_a_ca_key_that_is_kept_elsewhere_is_not_missed_until_it_is_needed(guide: Guide) -> None:
    await done(guide, FAST)
    (folder(guide) / "client-ca.key").unlink()
    events, last = await run_step(guide, SECTION, FAST)
    assert isinstance(last, Done)
    assert any(event.id == "ca-key-away" for event in events if isinstance(event, Check))
    (folder(guide) / "client.crt").unlink()
    assert "client-ca.key is missing" in (await failed(guide, FAST)).error.why


@pytest.mark.needs("openssl")
async def test_what_the_guides_own_commands_make_is_recognised_as_not_right(guide: Guide) -> None:
    folder(guide).mkdir(parents=True)
    assert shell(f"set -e\n{GUIDES_OWN}", folder(guide)).returncode == 0
    assert "client.crt: OK" not in accepted(folder(guide))
    before = contents(guide)
    assert (await failed(guide, Request())).error.id == "file-in-the-way"
    assert contents(guide) == before
    await done(guide, Request(replace=True))
    assert accepted(folder(guide)) == "client.crt: OK"


@pytest.mark.parametrize("name", ["client-ca.crt", "client-ca.key", "client.crt", "client.key", "client.csr"])
async def test_a_damaged_file_is_left_alone(guide: Guide, name: str) -> None:
    await done(guide, FAST)
    (folder(guide) / name).write_text("not what it was")
    error = (await failed(guide, FAST)).error
    assert error.id == "file-in-the-way"
    assert name in error.why
    assert (folder(guide) / name).read_text() == "not what it was"


async def test_a_file_where_the_folder_should_be(guide: Guide) -> None:
    guide.workspace.root.mkdir()
    folder(guide).write_text("mine")
    assert (await failed(guide, FAST)).error.id == "file-in-the-way"
    assert folder(guide).read_text() == "mine"


async def test_the_standing_follows_files_and_time(guide: Guide) -> None:
    assert guide.standing(SECTION).state is State.READY
    await done(guide, FAST)
    assert guide.standing(SECTION).state is State.DONE
    late = Guide(replace(guide.world, clock=lambda: utc_now() + timedelta(days=350)), guide.workspace, guide.session)
    soon = late.standing(SECTION)
    assert soon.state is State.ATTENTION
    assert "days left" in str(soon.reasons[0])
    (folder(guide) / "client.crt").write_bytes((folder(guide) / "client-ca.crt").read_bytes())
    changed = guide.standing(SECTION)
    assert changed.state is State.ATTENTION
    assert "client.crt" in str(changed.reasons[0])
