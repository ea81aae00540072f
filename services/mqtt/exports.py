"""Files that let other MQTT clients connect as we did: MQTTX, MQTTX CLI, mosquitto's clients, a Python script. Pure.

No password stands in any of them: the scripts take it from the environment or ask, MQTTX asks. Where the name is only
in a name server of its own (`address` is set), the scripts connect to the address and still verify the name.
"""

from __future__ import annotations

import json
import re
import shlex
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assets import FOLDER
from services.text import text

_NAMESPACE: Final = uuid.UUID("6f0a0a3c-5c0e-5b5e-9d0b-0b8f5d7f7a11")  # ours; one connection keeps one id in MQTTX


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client needs to connect.

    Attributes:
        host, port: where; the name is the one in the server's certificate.
        user: the MQTT user name; empty where the certificate alone must do.
        ca_file, certificate, key: PEM files, absolute.
        address: the address that `host` leads to, where the system's own resolver does not know it; else None.
    """

    host: str
    port: int
    user: str
    ca_file: Path
    certificate: Path
    key: Path
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """One file for the workspace's mqtt folder; `role` as in `artifact.<role>`."""

    role: str
    name: str
    content: str


def exports(connect: Connect) -> tuple[Export, ...]:
    """Return every file, those that name other ones last."""
    made = [
        Export("mqttx-import", "mqttx-import.json", mqttx_import(connect)),
        Export("mqttx-cli-options", "mqttx-cli.json", mqttx_cli(connect)),
        Export("connect-script", "connect.py", connect_script(connect)),
    ]
    if connect.address:
        made.append(
            Export("by-address-script", "by-address.py", _filled("by-address.py", {"ABOUT": _about("by-address")}))
        )
    return (*made, Export("mosquitto-script", "mosquitto.sh", mosquitto_script(connect)))


def mqttx_import(connect: Connect) -> str:
    """Return what MQTTX's "Import data" takes (JSON).

    An entry without an id is skipped in silence; `certType` "self" is the only one with which MQTTX sends a client
    certificate; null is refused, and only an entry inside a collection has a parentId (emqx/MQTTX 1.13).
    """
    identifier = str(uuid.uuid5(_NAMESPACE, f"{connect.host}:{connect.port}/{connect.user}"))
    entry = {
        "id": identifier,
        "clientId": f"mqttx_{identifier[:8]}",
        "name": connect.host,
        "clean": True,
        "protocol": "mqtts",
        "host": connect.host,
        "port": connect.port,
        "keepalive": 60,
        "connectTimeout": 10,
        "reconnect": False,
        "reconnectPeriod": 4000,
        "username": connect.user,
        "password": "",
        "path": "/mqtt",
        "ssl": True,
        "certType": "self",
        "rejectUnauthorized": True,
        "ALPNProtocols": "",
        "ca": str(connect.ca_file),
        "cert": str(connect.certificate),
        "key": str(connect.key),
        "mqttVersion": "5.0",
        "unreadMessageCount": 0,
        "clientIdWithTime": False,
        "isCollection": False,
        "subscriptions": [],
        "messages": [],
        "will": {
            "lastWillTopic": "",
            "lastWillPayload": "",
            "lastWillQos": 0,
            "lastWillRetain": False,
            "properties": {},
        },
        "properties": {},
    }
    return json.dumps([entry], indent=2, ensure_ascii=False) + "\n"


def mqttx_cli(connect: Connect) -> str:
    """Return an options file for `mqttx conn|sub|pub --load-options FILE` (JSON).

    It replaces the command line's own defaults, so it names those too (emqx/MQTTX, cli/src/utils/options.ts).
    """
    common: dict[str, object] = {
        "mqttVersion": 5,
        "protocol": "mqtts",
        "hostname": connect.host,
        "port": connect.port,
        "clean": True,
        "keepalive": 30,
        "path": "/mqtt",
        "ca": str(connect.ca_file),
        "cert": str(connect.certificate),
        "key": str(connect.key),
        "reconnectPeriod": 1000,
        "maximumReconnectTimes": 10,
    }
    if connect.user:
        common["username"] = connect.user
    sections = {
        "conn": common,
        "sub": {**common, "topic": ["emqx-mtls/test"], "qos": [1], "outputMode": "default"},
        "pub": {**common, "topic": "emqx-mtls/test", "message": "hello over mutual TLS", "qos": 1},
    }
    return json.dumps(sections, indent=2, ensure_ascii=False) + "\n"


def connect_script(connect: Connect) -> str:
    """Return a Python script (paho-mqtt 2) that makes one round trip, or says why not."""
    values = {
        "HOST": connect.host,
        "PORT": connect.port,
        "USER": connect.user,
        "CA_FILE": str(connect.ca_file),
        "CERTIFICATE": str(connect.certificate),
        "KEY": str(connect.key),
        "ADDRESS": connect.address,
    }
    return _filled("connect.py", {"ABOUT": _about("connect")} | {name: repr(value) for name, value in values.items()})


def mosquitto_script(connect: Connect) -> str:
    """Return a shell script around mosquitto_sub and mosquitto_pub.

    These cannot be told an address beside the name that they verify, except through a SOCKS proxy: so that is what they
    get where the name is in no DNS of the system (`by-address.py`, in the same folder).
    """
    quoted = {
        "HOST": connect.host,
        "PORT": str(connect.port),
        "USER": connect.user,
        "CA_FILE": str(connect.ca_file),
        "CERTIFICATE": str(connect.certificate),
        "KEY": str(connect.key),
    }
    run = f'python3 "$(dirname "$0")/by-address.py" "$host" {shlex.quote(connect.address)} ' if connect.address else ""
    values = {"ABOUT": _about("mosquitto"), "RUN": run}
    return _filled("mosquitto.sh", values | {name: shlex.quote(value) for name, value in quoted.items()})


def openssl_command(connect: Connect) -> str:
    """Return the openssl command that verifies the server as MQTTX does and shows the client certificate."""
    at = connect.address or connect.host
    at = f"[{at}]" if ":" in at else at
    words = ["openssl", "s_client", "-connect", f"{at}:{connect.port}", "-servername", connect.host]
    words += ["-verify_hostname", connect.host, "-verify_return_error", "-CAfile", str(connect.ca_file)]
    words += ["-cert", str(connect.certificate), "-key", str(connect.key), "-brief"]
    return f"{shlex.join(words)} < /dev/null"


def _about(name: str) -> str:
    return " ".join(text(f"connection.export.{name}").split())


def _filled(name: str, values: dict[str, str]) -> str:
    """Return the script `name` with each @NAME@ replaced by its value, which must be quoted for it already."""
    script = (FOLDER / "exports" / f"{name}.txt").read_text("utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda place: values[place[1]], script)  # in one pass: a value may hold an @
