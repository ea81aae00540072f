"""What runs `renew` by itself: systemd user units, a cron line, certbot's deploy hook. Pure texts, and their writing.

A renewal is tried twice a day at a time that differs from machine to machine, as certbot's own timer does it: the CA's
load is spread, and a failed run has many more before anything expires.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.acme.certbot import RENEWING
from services.files import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.workspace import Workspace

NAME: Final = "emqx-mtls-renew"
_SCRIPT: Final = 0o755
_UNIT: Final = 0o644


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A file to install: where it goes, what it holds, its permissions."""

    path: Path
    content: str
    mode: int = _UNIT


def systemd_units(program: Sequence[str], arguments: Sequence[str], config_home: Path) -> tuple[UnitFile, UnitFile]:
    """Return a user's service and timer (systemd.service(5), systemd.timer(5)).

    Args:
        program: how this program is started.
        arguments: of `renew`.
        config_home: the user's folder for settings ($XDG_CONFIG_HOME, ~/.config).
    """
    folder = config_home / "systemd" / "user"
    command = " ".join(_quoted(part) for part in (*program, "renew", *arguments))
    secrets = secrets_file(config_home)
    service = f"""\
[Unit]
Description=Renew the TLS certificates of EMQX deployments
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
# EMQX_PLATFORM_KEY, EMQX_PLATFORM_SECRET and the like, one NAME=value a line; keep it to yourself (chmod 600).
EnvironmentFile=-{_escaped(str(secrets))}
TimeoutStartSec=45min
"""
    timer = """\
[Unit]
Description=Renew the TLS certificates of EMQX deployments twice a day

[Timer]
OnCalendar=*-*-* 03,15:00:00
RandomizedDelaySec=2h
Persistent=true

[Install]
WantedBy=timers.target
"""
    return UnitFile(folder / f"{NAME}.service", service), UnitFile(folder / f"{NAME}.timer", timer)


def secrets_file(config_home: Path) -> Path:
    """Return the file that the service reads EMQX's API keys from, if it is there."""
    return config_home / "emqx-mtls" / "renew.env"


def cron_line(program: Sequence[str], arguments: Sequence[str], config_home: Path, seed: str) -> str:
    """Return a crontab line that does the same; `seed` (the machine's name) chooses the minute.

    cron hands over no environment, so the line reads the same file of secrets as the service. Nothing is printed where
    all is fine but one line, which goes to the log.
    """
    minute = sum(seed.encode()) % 60
    secrets = shlex.quote(str(secrets_file(config_home)))
    command = shlex.join((*program, "renew", *arguments)).replace("%", r"\%")  # crontab(5): % ends the command
    return f"{minute} 3,15 * * * set -a; [ -r {secrets} ] && . {secrets}; {command}"


def deploy_hook(program: Sequence[str], workspace: Workspace) -> UnitFile:
    """Return the hook that certbot runs after it has renewed the certificate of `workspace` by itself.

    It uploads and proves only: certbot, which is still running then, has done its part.
    """
    command = shlex.join((*program, "renew", "--deploy-only", "--workspace", str(workspace.root)))
    content = f"""\
#!/bin/sh
# certbot runs this after each renewal: bring the new certificate to the EMQX deployment.
[ -n "${RENEWING}" ] && exit 0  # emqx-mtls renew runs certbot itself, and goes on by itself
exec {command}
"""
    folder = workspace.letsencrypt / "config" / "renewal-hooks" / "deploy"
    return UnitFile(folder / "emqx-mtls", content, _SCRIPT)


def install(files: Sequence[UnitFile], *, replace: bool = False) -> tuple[Path, ...]:
    """Write `files`; return those that were new or changed.

    Raises:
        ServiceError: file-in-the-way (something else lies there, and `replace` is not set), folder-not-writable.
    """
    return tuple(each.path for each in files if write_file(each.path, each.content, mode=each.mode, replace=replace))


def _quoted(part: str) -> str:
    """Return one word of an ExecStart line (systemd.service(5), "Command lines")."""
    escaped = _escaped(part).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if escaped != part or any(char in part for char in " \t'\";") else part


def _escaped(value: str) -> str:
    """Return `value` with systemd's specifiers made plain (systemd.unit(5), "Specifiers")."""
    return value.replace("%", "%%")
