"""The practice deployment as MQTT clients see it: paho and mosquitto's."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.deployment_world import (
    NAME,
    PASSWORD,
    PROTOCOLS,
    TLS_VERSIONS,
    USER,
    Paho,
    Running,
    hierarchy,
    keys,
    until,
    up,
)

__all__ = ["hierarchy", "keys", "up"]  # fixtures


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("version", TLS_VERSIONS)
def test_a_message_makes_its_round_over_mutual_tls(up: Running, protocol: str, version: str) -> None:
    context = up.keys.context(version=TLS_VERSIONS[version])
    with Paho(up.deployment.port, context, protocol=protocol, client_id="device-1") as client:
        assert client.connack() == 0
        assert client.receive("round/trip", b"hello").payload == b"hello"
        seen = up.deployment.clients()
    assert [(each.clientid, each.username, each.cn, each.peersni, each.listener) for each in seen] == [
        ("device-1", USER, "Client", NAME, "ssl:default")
    ]
    assert seen[0].dn is not None
    assert seen[0].dn.startswith("CN=Client,")
    assert (seen[0].proto_ver, seen[0].ip_address) == ({"3.1.1": 4, "5": 5}[protocol], "127.0.0.1")
    assert seen[0].subscriptions == {"round/trip"}
    assert until(lambda: not up.deployment.clients())


def test_clients_of_both_protocols_and_both_ports_meet(up: Running) -> None:
    port, plain = up.deployment.port, up.deployment.plain_port
    with Paho(port, up.keys.context(), protocol="3.1.1") as old, Paho(plain, protocol="5") as new:
        assert old.connack() == new.connack() == 0
        old.subscribe("to/old")
        new.subscribe("to/new")
        new.client.publish("to/old", b"from new", 2)
        old.client.publish("to/new", b"from old", 2)
        assert old.messages.get(timeout=10).payload == b"from new"
        assert new.messages.get(timeout=10).payload == b"from old"
        assert {each.listener for each in up.deployment.clients()} == {"ssl:default", "tcp:default"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("user", "password", "reason"), [(USER, "wrong", 0x86), ("nobody", PASSWORD, 0x87), (None, "", 0x87)]
)
def test_credentials_are_refused_as_by_emqx(
    up: Running, protocol: str, user: str | None, password: str, reason: int
) -> None:
    # paho gives MQTT 3's codes 4 and 5 as 0x86 and 0x87 too
    with Paho(up.deployment.port, up.keys.context(), protocol=protocol, user=user, password=password) as client:
        assert client.connack() == reason
    code = {0x86: 4, 0x87: 5}[reason] if protocol == "3.1.1" else reason
    assert up.deployment.requests[0].status == code


@pytest.mark.needs("mosquitto_pub", "mosquitto_sub")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquittos_clients_pass_a_message(up: Running, version: str) -> None:
    certificate, key = up.keys.client_files
    # --insecure: mosquitto resolves the name itself, and checks it against the address that it was given
    common = ["-h", "127.0.0.1", "-p", str(up.deployment.port), "-u", USER, "-P", PASSWORD, "-V", version]
    common += ["--cafile", str(up.keys.root), "--cert", str(certificate), "--key", str(key), "--insecure", "-q", "1"]
    with subprocess.Popen(["mosquitto_sub", *common, "-t", "m", "-C", "1"], stdout=subprocess.PIPE) as subscriber:
        assert until(lambda: any("m" in each.subscriptions for each in up.deployment.clients()))
        subprocess.run(["mosquitto_pub", *common, "-t", "m", "-m", "from mosquitto"], check=True, timeout=20)
        assert subscriber.communicate(timeout=20)[0] == b"from mosquitto\n"
    done = subprocess.run(
        ["mosquitto_pub", *common, "-P", "wrong", "-t", "m", "-m", "x"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert "onnection" in done.stderr
    assert done.returncode != 0


@pytest.mark.parametrize(("fault", "reason"), [("mqtt-credentials", 0x86), ("mqtt-not-authorized", 0x87)])
def test_mqtt_faults_refuse_whom_they_let_in_before(up: Running, fault: str, reason: int) -> None:
    with Paho(up.deployment.plain_port) as client:
        assert client.connack() == 0
        up.faults.inject(fault)
        for protocol in PROTOCOLS:
            with Paho(up.deployment.plain_port, protocol=protocol) as another:
                assert another.connack() == reason
        up.faults.heal(fault)
        with Paho(up.deployment.plain_port) as healed:
            assert healed.connack() == 0
        assert client.receive("still/here", b"yes").payload == b"yes"


def test_a_hundred_clients_at_once_and_hundreds_of_reconnects(up: Running) -> None:
    context, port = up.keys.context(), up.deployment.port
    with ThreadPoolExecutor(20) as pool:
        clients = list(pool.map(lambda number: Paho(port, context, client_id=f"many-{number}"), range(100)))
        assert {client.connack() for client in clients} == {0}
        assert sum(each.connected and each.cn == "Client" for each in up.deployment.clients()) == 100

        def reconnect(number: int) -> int:
            with Paho(port, context, protocol="3.1.1", client_id=f"again-{number % 40}-{number // 40}") as client:
                return client.connack()

        assert set(pool.map(reconnect, range(200))) == {0}
        for client in clients:
            client.close()


def test_the_second_client_of_a_name_takes_over(up: Running) -> None:
    with Paho(up.deployment.plain_port, client_id="one") as first:
        assert first.connack() == 0
        with Paho(up.deployment.plain_port, client_id="one", protocol="3.1.1") as second:
            assert second.connack() == 0
            assert first.goodbyes.get(timeout=10) == 0x8E
            first.client.loop_stop()
            assert second.receive("a", b"b").payload == b"b"


def test_a_kept_session_gets_what_came_meanwhile(up: Running) -> None:
    options = {"protocol": "3.1.1", "client_id": "keeper", "clean": False}
    with Paho(up.deployment.plain_port, **options) as client:  # type: ignore[arg-type] # each has its type
        assert client.connack() == 0
        client.subscribe("kept/+")
    assert until(lambda: not up.deployment.clients()[0].connected)
    assert up.deployment.publish("kept/1", b"meanwhile", qos=1)
    with Paho(up.deployment.plain_port, **options) as client:  # type: ignore[arg-type] # each has its type
        assert client.messages.get(timeout=10).payload == b"meanwhile"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_client_without_a_name_or_a_keep_alive_is_taken(up: Running, protocol: str) -> None:
    with Paho(up.deployment.plain_port, protocol=protocol, keep_alive=0) as client:
        assert client.connack() == 0
        assert up.deployment.clients()[0].clientid.startswith("emqx_")
        assert up.deployment.clients()[0].keepalive == 0


def test_a_kicked_client_is_told(up: Running) -> None:
    with Paho(up.deployment.port, up.keys.context(), client_id="kicked") as client:
        assert client.connack() == 0
        assert up.deployment.disconnect("kicked")
        assert client.goodbyes.get(timeout=10) == 0x98
    assert not up.deployment.disconnect("never there")
