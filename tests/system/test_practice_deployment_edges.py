"""The practice deployment at its edges: bytes that are no MQTT, closed ports, and an end that leaves nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.practice.deployment import PracticeDeployment
from services.practice.faults import Faults
from services.practice.journal import Journal
from tests.system.deployment_world import (
    Keys,
    Paho,
    Running,
    connect_tls,
    hierarchy,
    keys,
    refuses,
    running,
    until,
    up,
)

if TYPE_CHECKING:
    from services.practice.hierarchy import Hierarchy

__all__ = ["hierarchy", "keys", "up"]  # fixtures

PLAIN_CONNECT = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me"


def test_a_closed_port_refuses_and_opens_again(up: Running) -> None:
    ports = (up.deployment.port, up.deployment.plain_port)
    with Paho(up.deployment.plain_port) as client:
        assert client.connack() == 0
        up.faults.inject("connection-refused")
        assert until(lambda: all(refuses(port) for port in ports))
        assert client.receive("still/here", b"yes").payload == b"yes"
        up.faults.heal("connection-refused")
        assert until(lambda: not any(refuses(port) for port in ports))


def test_a_port_that_is_closed_from_the_start_refuses_at_once() -> None:
    with PracticeDeployment(Faults(["connection-refused"]), Journal()) as deployment:
        assert refuses(deployment.port)
        assert refuses(deployment.plain_port)


def talk(port: int, data: bytes) -> bytes:
    """Send, and read to the end; a reset would raise."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        answer = b""
        while chunk := sock.recv(4096):
            answer += chunk
        return answer


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\x10\x0c\x00\x04MQTT\x06\x02\x00\x3c\x00\x00", b"\x20\x02\x00\x01"),  # level 6
        (b"\x10\x0c\x00\x04MQTT\x03\x02\x00\x3c\x00\x00", b"\x20\x02\x00\x01"),  # MQTT 3.1 under 3.1.1's name
        (b"\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00", b"\x20\x02\x00\x02"),  # no client id, and keep my session
        (b"\x10\x0d\x00\x04MQTT\x05\x00\x00\x3c\x00\x00\x00", b"\x20\x03\x00\x85\x00"),
        (b"\x10\x0c\x00\x04MQTX\x04\x02\x00\x3c\x00\x00", b""),
        (b"\x10\x0c\x00\x04MQTT\x04\x03\x00\x3c\x00\x00", b""),  # a reserved flag
        (b"\x10\xff\xff\xff\xff\x7f", b""),
        (b"\x10\xff\xff\xff\x7f", b""),  # 256 MB announced
        (b"\xc0\x00", b""),  # a ping before CONNECT
        (b"GET / HTTP/1.1\r\n\r\n", b""),
    ],
)
def test_what_is_no_proper_connect_is_refused_or_closed(up: Running, sent: bytes, answer: bytes) -> None:
    assert talk(up.deployment.plain_port, sent) == answer


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", PLAIN_CONNECT, b"\x00" * 300])
def test_bytes_that_are_no_tls_are_closed_at_the_tls_port(up: Running, sent: bytes) -> None:
    assert len(talk(up.deployment.port, sent)) <= 7  # at most an alert
    with Paho(up.deployment.port, up.keys.context()) as client:
        assert client.connack() == 0


def test_a_client_that_sends_too_much_is_told_and_dropped(up: Running) -> None:
    with Paho(up.deployment.port, up.keys.context()) as client:
        assert client.connack() == 0
        client.client.publish("big", b"x" * 1_100_000, 0)
        assert client.goodbyes.get(timeout=10) == 0x95


def test_a_client_that_takes_its_time_is_closed(keys: Keys, hierarchy: Hierarchy) -> None:
    with running(keys, hierarchy, patience=0.2) as up:
        assert talk(up.deployment.port, b"\x16\x03\x01") == b""  # the beginning of a handshake
        assert talk(up.deployment.plain_port, b"\x10") == b""  # the beginning of a CONNECT
        assert talk(up.deployment.plain_port, b"") == b""
        with connect_tls(up.deployment.port, keys.context()) as tls:
            assert tls.recv(1) == b""


def children() -> set[int]:
    return {int(each) for each in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in Linux's way")
def test_stopping_leaves_nothing_even_with_clients_in_every_state(
    keys: Keys, hierarchy: Hierarchy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads, processes = set(threading.enumerate()), children()
    with running(keys, hierarchy) as up:
        ports = (up.deployment.port, up.deployment.plain_port)
        silent = [socket.create_connection(("127.0.0.1", port)) for port in ports]
        connected = [Paho(ports[0], keys.context()) for _ in range(5)]
        assert {client.connack() for client in connected} == {0}
        assert len(children() - processes) == 1
        assert list(tmp_path.iterdir()) != []
    for sock in silent:
        assert sock.recv(1) == b""
        sock.close()
    for client in connected:
        client.client.loop_stop()
    assert set(threading.enumerate()) == threads
    assert children() == processes
    assert list(tmp_path.iterdir()) == []
    assert all(refuses(port) for port in ports)
    up.deployment.stop()  # and again


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in Linux's way")
def test_the_broker_dies_with_a_program_that_was_killed() -> None:
    script = (
        "import sys, time; from services.practice.deployment import PracticeDeployment as D;"
        "from services.practice.faults import Faults; from services.practice.journal import Journal;"
        "d = D(Faults(), Journal()).start(); print(d._broker._process.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=root) as program:
        assert program.stdout is not None
        broker = int(program.stdout.readline())
        assert alive(broker)
        program.send_signal(signal.SIGKILL)
        program.wait(10)
    assert until(lambda: not alive(broker))


def test_nobody_gets_past_the_front_to_the_broker(up: Running) -> None:
    for port in up.deployment._broker._ports:
        with Paho(port) as client:
            assert client.goodbyes.get(timeout=10) != 0
            assert client.connacks.empty() or client.connack() != 0


def test_a_client_s_goodbye_does_not_hit_another_client(up: Running) -> None:
    def come_and_go(_: int) -> None:
        for protocol in ("3.1.1", "5") * 20:
            with Paho(up.deployment.plain_port, protocol=protocol) as client:
                assert client.connack() == 0
                client.subscribe("goodbye/topic")

    with ThreadPoolExecutor(4) as pool:  # at the same time: who comes takes the place of who has just gone
        list(pool.map(come_and_go, range(4)))
