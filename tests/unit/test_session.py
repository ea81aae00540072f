"""The session file and the workspace's lock."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import session as sessions
from services.errors import ServiceError
from services.session import Problem, Session, StepRecord
from services.workspace import Workspace

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a step has it."""

    domain: str
    key: Path
    wait: float = 1.5


def full() -> Session:
    record = StepRecord(
        request=sessions.plain(Request("mqtt.example.test", Path("/k"))),
        result={"kept": True},
        finished=AT,
        seconds=1.25,
        artifacts=(("client-key", Path("/w/client/client.key")),),
        problem=Problem("aws-throttled", facts={"action": "route53:GetChange"}),
    )
    return Session(world="practice").with_record("subdomain", record)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    sessions.save(workspace, full())
    assert sessions.load(workspace) == full()
    assert workspace.session.stat().st_mode & 0o777 == 0o600


def test_a_request_comes_back_as_itself(tmp_path: Path) -> None:
    sessions.save(Workspace(tmp_path), full())
    loaded = sessions.load(Workspace(tmp_path))
    assert loaded is not None
    assert loaded.request("subdomain", Request) == Request("mqtt.example.test", Path("/k"))
    assert loaded.request("deployment", Request) is None


def test_what_an_older_version_wrote_and_no_longer_fits_is_none() -> None:
    session = Session().with_record("subdomain", StepRecord(request={"other": 1}))
    assert session.request("subdomain", Request) is None


def test_no_session_is_none(tmp_path: Path) -> None:
    assert sessions.load(Workspace(tmp_path)) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1, "steps": 3}', b"\xff\xfe", b'{"version": "x"}'])
def test_a_broken_session_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    workspace = Workspace(tmp_path)
    workspace.session.write_bytes(content)
    with pytest.raises(ServiceError) as caught:
        sessions.load(workspace)
    assert caught.value.id == "session-broken"
    assert workspace.session.read_bytes() == content


def test_a_session_of_a_newer_program_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.session.write_bytes(b'{"version": 99, "unknown": 1}')
    with pytest.raises(ServiceError) as caught:
        sessions.load(workspace)
    assert caught.value.id == "session-newer"


def test_a_second_run_is_kept_out(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new" / "workspace")
    with workspace.lock():
        imports = "from pathlib import Path; from services.workspace import Workspace"
        other = f"{imports}; Workspace(Path({str(workspace.root)!r})).lock().take()"
        child = subprocess.run(
            [sys.executable, "-c", other], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
        )
        assert "workspace-in-use" in child.stderr or "is in use" in child.stderr
        assert child.returncode == 1
    with workspace.lock():
        assert workspace.root.stat().st_mode & 0o777 == 0o700
