"""The files for other clients: right in form, whatever the paths and names, and without a password. Pure."""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
from pathlib import Path

import pytest

from services.mqtt.exports import Connect, exports, mqttx_cli, mqttx_import, openssl_command

NASTY = 'it\'s "a" $(touch x) `y` \\ @PORT@ 日本'


def connect(user: str = "device-1", address: str | None = None, folder: str = "/home/me/a b") -> Connect:
    root = Path(folder)
    return Connect(
        "mqtt.example.test", 8883, user, root / "root.pem", root / "client.crt", root / "client.key", address
    )


def test_mqttx_takes_the_entry() -> None:
    (entry,) = json.loads(mqttx_import(connect()))
    assert {"id", "clientId", "name", "host", "port"} <= set(entry)
    assert (entry["certType"], entry["ssl"], entry["protocol"]) == ("self", True, "mqtts")
    assert (entry["ca"], entry["cert"], entry["key"]) == tuple(
        f"/home/me/a b/{name}" for name in ("root.pem", "client.crt", "client.key")
    )
    assert entry["rejectUnauthorized"] is True
    assert None not in entry.values()
    assert entry["password"] == ""
    assert entry == json.loads(mqttx_import(connect()))[0]


def test_mqttx_cli_finds_a_section_for_each_of_its_commands() -> None:
    sections = json.loads(mqttx_cli(connect()))
    assert set(sections) == {"conn", "sub", "pub"}
    for options in sections.values():
        assert (options["protocol"], options["hostname"], options["port"]) == ("mqtts", "mqtt.example.test", 8883)
        assert Path(options["ca"]).is_absolute()
        assert "password" not in options
        assert "insecure" not in options
    assert isinstance(sections["sub"]["topic"], list)


@pytest.mark.parametrize("address", [None, "127.0.0.1"])
@pytest.mark.parametrize("user", ["device-1", "", NASTY])
def test_scripts_are_whole_whatever_stands_in_them(user: str, address: str | None) -> None:
    made = {export.name: export.content for export in exports(connect(user, address, f"/srv/{NASTY}"))}
    assert ("by-address.py" in made) == (address is not None)
    for name, content in made.items():
        if name.endswith(".py"):
            ast.parse(content)
        if name.endswith(".sh"):
            assert subprocess.run(["sh", "-n"], input=content.encode(), check=False).returncode == 0
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(made["connect.py"]).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
    }
    assert (values["USER"], values["KEY"], values["ADDRESS"]) == (user, f"/srv/{NASTY}/client.key", address)


def test_openssl_is_told_the_address_and_still_verifies_the_name() -> None:
    words = shlex.split(openssl_command(connect(address="127.0.0.1")))
    assert words[words.index("-connect") + 1] == "127.0.0.1:8883"
    assert words[words.index("-servername") + 1] == words[words.index("-verify_hostname") + 1] == "mqtt.example.test"
    assert "[::1]:8883" in openssl_command(connect(address="::1"))
