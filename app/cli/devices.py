"""`emqx-mtls devices`: certificates for a fleet, one per device."""

from __future__ import annotations

import importlib
from typing import Final

import click

from services.text import text

_COMMANDS: Final = ("issue", "sign", "revoke", "crl", "list", "export")


class DeviceCommands(click.Group):
    """A group that imports the module of a command (`app.cli.devices_<name>`, holding `command`) when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, in the order to show them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command called `cmd_name`, or None."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"app.cli.devices_{cmd_name}").command
        return command


command = DeviceCommands(name="devices", help=text("devices.help"), short_help=text("devices.short"))
