"""What the connection step says and leaves: its checks in words, its commands, and the files for other clients."""

from __future__ import annotations

import sys
from shlex import quote
from typing import TYPE_CHECKING

from services.events import Answer, Artifact, Check
from services.guide.earlier import pointed_at
from services.guide.own_files import write_own
from services.guide.step import Command
from services.mqtt.exports import Connect, exports, openssl_command
from services.text import message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.guide.connection import Request
    from services.guide.step import Here
    from services.mqtt.kinds import Proof

_KINDS = ("mutual-tls", "no-client-certificate", "other-ca", "wrong-password", "client-list")


def check(proof: Proof) -> Check:
    """Return `proof` as an event."""
    kind = next(kind for kind in _KINDS if proof.id.startswith(kind))
    version = proof.id.removeprefix(kind).lstrip("-")
    told = message(f"connection.proof.{kind}.{proof.answer}", evidence=proof.evidence, version=version)
    fix = None if proof.answer is Answer.YES else message(f"connection.proof.{kind}.fix")
    return Check(proof.id, proof.answer, told, fix, proof.seconds)


def commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return openssl's look at both certificates, and the scripts for mosquitto and Python. Pure."""
    folder = here.workspace.mqtt
    address = _address(here)
    connect = _connect(request, here, address)
    lines = [
        Command(message("connection.command.openssl"), openssl_command(connect)),
        Command(message("connection.command.mosquitto"), f"sh {quote(str(folder / 'mosquitto.sh'))}"),
        Command(message("connection.command.python"), f"{quote(sys.executable)} {quote(str(folder / 'connect.py'))}"),
        Command(
            message("connection.command.mqttx"), f"mqttx conn --load-options {quote(str(folder / 'mqttx-cli.json'))}"
        ),
    ]
    if address:
        line = f"echo {quote(f'{address} {request.host}')} | sudo tee -a /etc/hosts"
        lines.insert(3, Command(message("connection.command.hosts", host=request.host), line))
    return tuple(lines)


def ca_file(request: Request, here: Here) -> Path:
    """Return where the CA file lies that `request` asks for."""
    return here.workspace.mqtt / ("root.pem" if request.ca_file == "root" else "last-of-fullchain.pem")


def export(request: Request, here: Here, address: str) -> Iterator[Artifact]:
    """Write the files for other clients into the workspace's folder mqtt.

    Raises:
        ServiceError: folder-not-writable, disk-full, file-in-the-way.
    """
    for made in exports(_connect(request, here, address)):
        path = here.workspace.mqtt / made.name
        fresh = write_own(here, path, made.content)
        yield Artifact(made.role, path, fresh=fresh)


def _connect(request: Request, here: Here, address: str) -> Connect:
    return Connect(
        host=request.host,
        port=request.port,
        user=request.user,
        ca_file=ca_file(request, here),
        certificate=request.certificate,
        key=request.key,
        address=address or None,
    )


def _address(here: Here) -> str:
    """The address to connect to where the system's resolver does not know the name; empty where it does."""
    if here.world.dns.nameserver is None:
        return ""
    record = pointed_at(here)
    return record.addresses[0] if record is not None and record.addresses else ""
