"""A self-managed EMQX's API in the practice world: logging in, and changing a listener."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from services.practice.emqx import SelfManagedEmqx
from tests.system.deployment_world import Keys, Paho, Running, hierarchy, keys, new_keys, refusal, up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.practice.hierarchy import Hierarchy

__all__ = ["hierarchy", "keys", "up"]  # fixtures

LISTENER = "/listeners/ssl:default"


@dataclass(frozen=True)
class Node:
    """A self-managed EMQX, a client that has its API key, and the deployment that has its ports."""

    emqx: SelfManagedEmqx
    http: httpx.Client
    running: Running

    def change(self, **options: Any) -> httpx.Response:
        return self.http.put(LISTENER, json={"type": "ssl", "id": "ssl:default", "ssl_options": options})


@pytest.fixture
def node(up: Running) -> Iterator[Node]:
    up.deployment.clear_tls()
    with ExitStack() as stack:
        emqx = stack.enter_context(SelfManagedEmqx(up.journal, up.deployment))
        client = httpx.Client(base_url=emqx.api_url, auth=(emqx.api_key, emqx.api_secret))
        yield Node(emqx, stack.enter_context(client), up)


def files(keys: Keys) -> dict[str, str]:
    return {"certfile": keys.issued.fullchain_pem(), "keyfile": keys.server_key, "cacertfile": keys.client_ca_pem}


def test_a_listener_takes_inline_certificates_and_asks_for_the_clients(node: Node, keys: Keys) -> None:
    before = node.http.get(LISTENER).json()
    assert before["ssl_options"]["verify"] == "verify_none"
    after = node.change(**files(keys), verify="verify_peer", fail_if_no_peer_cert=True)
    assert after.status_code == 200
    options = after.json()["ssl_options"]
    assert options["certfile"].startswith("data/certs/")
    assert "PRIVATE KEY" not in after.text
    assert options["depth"] == before["ssl_options"]["depth"]  # merged, not replaced
    port = node.running.deployment.port
    with Paho(port, keys.context()) as client:
        assert client.connack() == 0
        assert node.http.get(LISTENER).json()["current_connections"] == 1
    assert refusal(port, keys.context("none")) == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert node.http.put(LISTENER, json=node.http.get(LISTENER).json()).status_code == 200  # its own paths are known


def test_without_fail_if_no_peer_cert_a_client_may_come_without(node: Node, keys: Keys) -> None:
    node.change(**files(keys), verify="verify_peer")
    port = node.running.deployment.port
    for kind in ("none", "ours"):
        with Paho(port, keys.context(kind)) as client:
            assert client.connack() == 0
    assert refusal(port, keys.context("strange")) == "TLSV1_ALERT_UNKNOWN_CA"
    node.change(verify="verify_none")
    with Paho(port, keys.context("strange")) as client:
        assert client.connack() == 0


def test_a_key_of_another_certificate_is_taken_and_breaks_the_handshake(
    node: Node, keys: Keys, hierarchy: Hierarchy, tmp_path: Path
) -> None:
    other = new_keys(tmp_path, hierarchy)
    assert node.change(**files(keys) | {"keyfile": other.server_key}).status_code == 200
    assert refusal(node.running.deployment.port, keys.context()) == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert node.change(keyfile=keys.server_key).status_code == 200
    with Paho(node.running.deployment.port, keys.context()) as client:
        assert client.connack() == 0


def broken(label: str) -> str:
    return f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n"


def encrypted(key: str) -> str:
    loaded = load_pem_private_key(key.encode(), None)
    return loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()


@pytest.mark.parametrize(
    ("option", "value", "facts"),
    [
        ("certfile", broken("CERTIFICATE"), "reason => failed_to_parse_certfile"),
        ("keyfile", broken("PRIVATE KEY"), "reason => failed_to_parse_keyfile"),
        ("keyfile", "CERTIFICATE", "reason => not_a_private_key"),
        ("keyfile", "ENCRYPTED", "reason => encrypted_keyfile_missing_password"),
        ("certfile", "/etc/nowhere.pem", "pem_check => enoent"),
        ("certfile", "two\nlines", "pem_check => not_pem"),
        ("certfile", "", "reason => pem_file_path_or_string_is_required"),
        ("certfile", "\x07", "reason => invalid_file_path_or_pem_string"),
    ],
)
def test_bad_files_are_refused_in_erlang_terms(node: Node, keys: Keys, option: str, value: str, facts: str) -> None:
    texts = {"CERTIFICATE": keys.client_ca_pem, "ENCRYPTED": encrypted(keys.server_key)}
    before = node.running.deployment.served_fingerprint()
    answer = node.change(**files(keys) | {option: texts.get(value, value)})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
    message = answer.json()["message"]
    assert message.startswith("{bad_ssl_config,#{")
    assert facts in message
    assert f'which_option => <<"{option}">>' in message
    assert node.running.deployment.served_fingerprint() == before


@pytest.mark.parametrize(("password", "status"), [("secret", 200), ("wrong", 400)])
def test_an_encrypted_key_needs_its_password(node: Node, keys: Keys, password: str, status: int) -> None:
    answer = node.change(**files(keys) | {"keyfile": encrypted(keys.server_key), "password": password})
    assert answer.status_code == status
    assert status == 200 or "bad_password_or_invalid_keyfile" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "change", "status", "code"),
    [
        (LISTENER, {"type": "ssl", "id": "ssl:other"}, 400, "BAD_LISTENER_ID"),
        (LISTENER, {"type": "tcp", "id": "ssl:default"}, 400, "BAD_REQUEST"),
        (LISTENER, {"type": "ssl"}, 400, "BAD_REQUEST"),
        ("/listeners/ssl:other", {"type": "ssl", "id": "ssl:other"}, 404, "BAD_LISTENER_ID"),
    ],
)
def test_the_body_must_name_the_listener(node: Node, path: str, change: dict[str, str], status: int, code: str) -> None:
    answer = node.http.put(path, json=change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_login_gives_a_token_for_an_hour(up: Running) -> None:
    clock = [datetime.now(UTC)]
    with SelfManagedEmqx(up.journal, up.deployment, clock=lambda: clock[0]) as emqx:
        wrong = httpx.post(f"{emqx.api_url}/login", json={"username": "admin", "password": "public"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "BAD_USERNAME_OR_PWD")
        right = httpx.post(f"{emqx.api_url}/login", json={"username": emqx.username, "password": emqx.password})
        headers = {"Authorization": f"Bearer {right.json()['token']}"}
        assert httpx.get(emqx.api_url + "/listeners", headers=headers).status_code == 200
        assert httpx.get(emqx.api_url + "/clients", headers=headers).status_code == 200
        clock[0] += timedelta(hours=1)
        assert httpx.get(emqx.api_url + "/listeners", headers=headers).json()["code"] == "TOKEN_TIME_OUT"
        headers = {"Authorization": "Bearer other"}
        assert httpx.get(emqx.api_url + "/listeners", headers=headers).json()["code"] == "BAD_TOKEN"
        assert httpx.get(emqx.api_url + "/listeners").json()["code"] == "AUTHORIZATION_HEADER_ERROR"
