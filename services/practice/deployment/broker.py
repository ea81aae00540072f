"""The MQTT broker behind the TLS front: iotcore (rumqttd) in a child process, on loopback, behind a secret.

It has to be a process: rumqttd has no way to stop, and its threads would keep its ports until the program ends. The
child leads a process group of its own and ends when its standard input does, which happens whenever we are gone.
Other users of the machine can reach its ports and do not get in: it wants a password made anew at each start, which
only the front knows.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from services.practice.deployment.mqtt_packets import MQTT_5
from services.practice.serving import LOOPBACK

_CHILD = Path(__file__).with_name("broker_child.py")
_START_SECONDS = 10.0
_POLL_SECONDS = 0.004
_ATTEMPTS = 3  # between finding a free port and the broker's taking it, somebody else may
_STOP_SECONDS = 5.0

_SETTINGS = """\
id = 0

[router]
id = 0
max_connections = 4000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
"""
_LISTENER = """
[{version}.1]
name = "{version}"
listen = "{host}:{port}"
next_connection_delay_ms = 0

[{version}.1.connections]
connection_timeout_ms = 10000
max_payload_size = {limit}
max_inflight_count = 200
dynamic_filters = true
auth = {{ "{username}" = "{password}" }}
"""


class Broker:
    """An MQTT 3.1.1 and 5 broker that only its owner can log in to.

    Args:
        packet_limit: the most bytes that a packet may have.
    """

    def __init__(self, packet_limit: int) -> None:
        self.username = "front"
        self.password = secrets.token_urlsafe(24)
        self._packet_limit = packet_limit
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = (0, 0)

    def start(self) -> Self:
        """Start the process and return when both ports answer.

        Raises:
            ModuleNotFoundError: iotcore is not installed.
            OSError: it did not come up.
        """
        for _ in range(_ATTEMPTS):
            if self._try_start():
                return self
        raise OSError("the practice broker did not start")

    def stop(self) -> None:
        """End the process and wait until it is gone. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)  # it keeps nothing that would have to be saved
            else:
                process.kill()
        process.wait(_STOP_SECONDS)
        if process.stdin is not None:
            process.stdin.close()

    def dial(self, level: int) -> socket.socket:
        """A new connection to the listener for a client of this protocol `level`.

        Raises:
            OSError: the broker is not there.
        """
        connection = socket.create_connection((LOOPBACK, self._ports[level == MQTT_5]), timeout=_START_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _try_start(self) -> bool:
        self._ports = _free_ports()
        folder = Path(tempfile.mkdtemp(prefix="emqx-mtls-broker-"))  # 0700: the file holds the password
        up = False
        try:
            config = folder / "rumqttd.toml"
            config.write_text(self._settings(), encoding="utf-8")
            self._process = _launch(config)
            up = self._wait_until_up(self._process)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if not up:
                self.stop()
        return up

    def _settings(self) -> str:
        shared = {"host": LOOPBACK, "limit": self._packet_limit, "username": self.username, "password": self.password}
        return _SETTINGS + "".join(
            _LISTENER.format(version=version, port=port, **shared)
            for version, port in zip(("v4", "v5"), self._ports, strict=True)
        )

    def _wait_until_up(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        waiting = list(self._ports)
        while waiting and process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection((LOOPBACK, waiting[0]), timeout=_START_SECONDS).close()
                waiting.pop(0)
            except OSError:
                time.sleep(_POLL_SECONDS)
        return not waiting and process.poll() is None


def _launch(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_CHILD), _extension(), str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _extension() -> str:
    """The file of iotcore's compiled module, found without importing anything of it."""
    package = find_spec("iotcore")
    module = package and PathFinder.find_spec("iotcore.iotcore", package.submodule_search_locations)
    if module is None or module.origin is None:
        raise ModuleNotFoundError("No module named 'iotcore'", name="iotcore")
    return module.origin


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind((LOOPBACK, 0))
        return first.getsockname()[1], second.getsockname()[1]
