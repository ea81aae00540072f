"""`renew`, `status` and their installation as programs: what they print, and the exit status that cron sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from app.plan import read_plan, world_parts
from tests.system.renewal_world import ROOT, SetUp, a_world, deployed

if TYPE_CHECKING:
    from pathlib import Path


def status_of(found: SetUp) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Return the exit status of `status --json`, the only set-up in it, and its certificates by kind."""
    done = found.program("status", "--json")
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["eras"][-1]["window_days"] == 0
    (setup,) = document["setups"]
    return done.returncode, setup, {each["kind"]: each for each in setup["certificates"]}


async def test_status_tells_what_is_served_and_its_exit_status_what_is_wrong(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        found.keep_plan()
        status, setup, certificates = status_of(found)
        assert (status, setup["health"], setup["upload_window_days"]) == (0, "fine", 30)
        assert setup["domain"] == found.world.domain
        assert set(certificates) == {"served", "files", "client", "client-ca"}
        assert certificates["served"]["sha256"] == certificates["files"]["sha256"] == found.served
        assert certificates["client"]["days_left"] in {364, 365}
        shown = found.program("status", "--no-color")
        assert shown.returncode == 0
        assert [line for line in shown.stdout.splitlines() if "━" in line and "R" in line]
        found.new_certificate()
        status, setup, _ = status_of(found)
        assert (status, setup["health"]) == (1, "wrong")
        assert "emqx-mtls renew" in setup["notes"][0]
        found.workspace.session.unlink()
        assert found.program("status").returncode == 2  # nothing was set up there


async def test_what_cannot_be_asked_is_told_apart(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        found.keep_plan()
        found.stage.practice.faults.inject("connection-refused")
        status, setup, certificates = status_of(found)
        assert (status, setup["health"]) == (3, "unknown")
        assert certificates["served"]["health"] == "unknown"
        assert certificates["files"]["health"] == "fine"


async def test_renew_prints_one_line_and_never_runs_twice_at_once(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        found.keep_plan()
        done = found.program("renew", "--deploy-only")
        assert done.returncode == 0
        (line,) = done.stdout.splitlines()
        assert "mqtt.example.test" in line
        assert "fine" in line
        with found.workspace.lock():
            second = found.program("renew", "--deploy-only")
        assert second.returncode == 1
        assert "workspace-in-use" in second.stdout


async def test_without_a_plan_it_is_said_that_one_is_needed(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found, connected=False)
        done = found.program("renew")
        assert (done.returncode, "world-unknown" in done.stdout) == (1, True)


async def test_the_kept_plan_says_where_everything_is_and_holds_no_secret(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        found.keep_plan()
        world, parts = found.world, world_parts(read_plan(tmp_path / "plan.toml"))
        assert (parts["dns"], parts["emqx"], parts["extra_roots"]) == (world.dns, world.emqx, world.extra_roots)
        assert parts["acme"].directory_url == world.acme.directory_url
        kept = (tmp_path / "plan.toml").read_text()
        secrets = [secret for secret in found.environment().values() if len(secret) > 10]
        assert not [secret for secret in secrets if secret in kept and "/" not in secret]


def test_units_are_shown_before_they_are_written(tmp_path: Path) -> None:
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/systemctl.log\n')
    systemctl.chmod(0o755)
    home = tmp_path / "home"
    environment = os.environ | {"HOME": str(home), "PATH": f"{systemctl.parent}:{os.environ['PATH']}"}

    def renew(*arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app", "renew", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, input=said, capture_output=True, text=True, timeout=60, check=False
        )

    service = home / ".config" / "systemd" / "user" / "emqx-mtls-renew.service"
    assert "OnCalendar" in renew("--print-units").stdout
    assert str(service) in renew("--install", said="n\n").stdout
    assert not service.exists()
    done = renew("--install", "--yes")
    assert done.returncode == 0, done.stdout
    assert done.stdout.index("ExecStart") < done.stdout.index(f"written: {service}")
    assert service.is_file()
    calls = (tmp_path / "systemctl.log").read_text().splitlines()
    assert calls == ["--user daemon-reload", "--user enable --now emqx-mtls-renew.timer"]
    service.write_text("mine\n")
    assert (renew("--install", "--yes").returncode, service.read_text()) == (1, "mine\n")
