"""What runs renewals by itself: texts that systemd, cron and sh read as they are meant, and nothing overwritten."""

from __future__ import annotations

import configparser
import shlex
import subprocess
from pathlib import Path

import pytest

from services.errors import ServiceError
from services.renewal import units
from services.workspace import Workspace

PROGRAM = ("/opt/my tools/100%/emqx-mtls",)


def test_the_service_starts_the_program_whatever_its_path_holds() -> None:
    service, timer = units.systemd_units(PROGRAM, ("--all",), Path("/home/me/.config"))
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names are told apart by case
    read.read_string(service.content)
    command = read["Service"]["ExecStart"].replace("%%", "%")
    assert shlex.split(command) == [*PROGRAM, "renew", "--all"]
    read.read_string(timer.content)
    assert read["Timer"]["Persistent"] == "true"
    assert timer.path.name.removesuffix(".timer") == service.path.name.removesuffix(".service")


def test_the_cron_line_runs_twice_a_day_and_hides_no_percent_sign() -> None:
    line = units.cron_line(PROGRAM, ("--all",), Path("/home/me/.config"), "host-1")
    minute, hours, *rest = line.split(" ", 5)
    assert (0 <= int(minute) < 60, hours, rest[:3]) == (True, "3,15", ["*", "*", "*"])
    assert r"100\%" in line


def test_the_hook_does_nothing_while_the_program_itself_runs_certbot(tmp_path: Path) -> None:
    called = tmp_path / "called"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$@" > {called}\n')
    program.chmod(0o755)
    workspace = Workspace(tmp_path / "work space")
    hook = units.deploy_hook((str(program),), workspace)
    units.install((hook,))
    subprocess.run([hook.path], env={"EMQX_MTLS_RENEWING": "1"}, check=True)
    assert not called.exists()
    subprocess.run([hook.path], env={"PATH": "/bin:/usr/bin"}, check=True)
    assert called.read_text() == f"renew --deploy-only --workspace {workspace.root}\n"


def test_files_of_the_users_are_left_alone(tmp_path: Path) -> None:
    file = units.UnitFile(tmp_path / "unit", "ours\n")
    assert units.install((file,)) == (file.path,)
    assert units.install((file,)) == ()
    file.path.write_text("mine\n")
    with pytest.raises(ServiceError) as refused:
        units.install((file,))
    assert refused.value.id == "file-in-the-way"
    assert file.path.read_text() == "mine\n"
