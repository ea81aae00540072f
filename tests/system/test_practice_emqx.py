"""EMQX's APIs in the practice world: what they answer, and what the deployment then does."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from services.practice.emqx import EmqxControl
from tests.system.deployment_world import (
    NAME,
    Keys,
    Paho,
    Running,
    connect_tls,
    hierarchy,
    keys,
    new_keys,
    refusal,
    until,
    up,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.practice.hierarchy import Hierarchy

__all__ = ["hierarchy", "keys", "up"]  # fixtures

USERS = "/authentication/password_based%3Abuilt_in_database/users"


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Control:
    """The control side, with a client for each API."""

    emqx: EmqxControl
    clock: Clock
    platform: httpx.Client
    api: httpx.Client
    running: Running

    @property
    def tls(self) -> str:
        return f"/deployments/{self.emqx.deployment_id}/tls"


@pytest.fixture
def control(up: Running) -> Iterator[Control]:
    clock = Clock()
    up.deployment.clear_tls()
    with ExitStack() as stack:
        emqx = stack.enter_context(EmqxControl(up.faults, up.journal, up.deployment, clock=clock))
        platform = httpx.Client(base_url=emqx.platform_url, auth=(emqx.platform_key, emqx.platform_secret))
        api = httpx.Client(base_url=emqx.api_url, auth=(emqx.app_id, emqx.app_secret))
        yield Control(emqx, clock, stack.enter_context(platform), stack.enter_context(api), up)


def body(keys: Keys, **changes: str) -> dict[str, str]:
    bundle = keys.bundle()
    fields = {"tlsType": bundle.type, "cert": bundle.certificate_pem, "key": bundle.key_pem}
    return fields | {"cacert": bundle.cacert_pem} | changes


def test_an_uploaded_certificate_is_pending_then_running_and_served(control: Control, keys: Keys) -> None:
    assert control.platform.get(control.tls).status_code == 404
    answer = control.platform.post(control.tls, json=body(keys))
    assert answer.status_code == 200
    expires = f"{keys.issued.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S}"
    assert answer.json() == {"expire": expires, "status": "pending", "tlsType": "two-way"}
    assert until(lambda: control.platform.get(control.tls).json()["status"] == "running")
    with Paho(control.running.deployment.port, keys.context()) as client:
        assert client.connack() == 0
    assert refusal(control.running.deployment.port, keys.context("none")) == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


def test_a_certificate_is_changed_and_deleted(
    control: Control, keys: Keys, hierarchy: Hierarchy, tmp_path: Path
) -> None:
    assert control.platform.put(control.tls, json=body(keys)).status_code == 404
    assert control.platform.post(control.tls, json=body(keys)).status_code == 200
    assert control.platform.post(control.tls, json=body(keys)).status_code == 422
    renewed = new_keys(tmp_path, hierarchy)
    assert control.platform.put(control.tls, json=body(renewed, tlsType="one-way", cacert="")).status_code == 200
    with connect_tls(control.running.deployment.port, renewed.context("none")) as tls:
        assert (tls.getpeercert() or {})["subjectAltName"] == (("DNS", NAME),)
    assert control.platform.delete(control.tls).status_code == 204
    assert control.platform.get(control.tls).status_code == 404
    assert control.running.deployment.served_chain()[0].issuer != renewed.issued.leaf.issuer


def test_the_deployment_is_described(control: Control) -> None:
    answer = control.platform.get(f"/deployments/{control.emqx.deployment_id}").json()
    assert (answer["deploymentID"], answer["deploymentType"]) == (control.emqx.deployment_id, "dedicated")
    assert answer["status"] == "running"
    assert set(answer) == {
        "connections", "createAt", "deploymentID", "deploymentName", "deploymentType", "platform", "region", "status",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"tlsType": "three-way"},
        {"cert": "none"},
        {"key": "none"},
        {"cacert": ""},
        {"cert": ""},
        {"key": 3},
    ],
)
def test_wrong_properties_are_422(control: Control, keys: Keys, wrong: dict[str, Any]) -> None:
    answer = control.platform.post(control.tls, json=body(keys) | wrong)
    assert answer.status_code == 422
    assert "PRIVATE KEY" not in answer.text
    assert control.platform.get(control.tls).status_code == 404


def test_a_key_that_belongs_to_another_certificate_is_422(
    control: Control, keys: Keys, hierarchy: Hierarchy, tmp_path: Path
) -> None:
    other = new_keys(tmp_path, hierarchy)
    assert control.platform.post(control.tls, json=body(keys, key=other.server_key)).status_code == 422


def test_who_may_not_is_told_which_way(control: Control) -> None:
    emqx = control.emqx
    wrong = [(emqx.platform_key, "wrong"), ("wrong", emqx.platform_secret), (emqx.app_id, emqx.app_secret)]
    assert {control.platform.get(control.tls, auth=auth).status_code for auth in wrong} == {401}
    assert httpx.get(emqx.platform_url + control.tls).status_code == 401
    foreign = (emqx.foreign_key, emqx.foreign_secret)
    assert control.platform.get(control.tls, auth=foreign).status_code == 403
    assert control.platform.get("/deployments/other/tls").status_code == 404
    assert control.platform.get("/elsewhere").json()["code"] == "NOT_FOUND"


def test_six_changes_and_sixty_looks_an_hour(control: Control, keys: Keys) -> None:
    control.platform.post(control.tls, json=body(keys))
    changes = [control.platform.put(control.tls, json=body(keys)).status_code for _ in range(7)]
    assert changes == [200] * 6 + [429]
    looks = [control.platform.get(control.tls).status_code for _ in range(61)]
    assert looks == [200] * 60 + [429]
    control.clock.now += timedelta(minutes=59)
    assert control.platform.put(control.tls, json=body(keys)).status_code == 429
    control.clock.now += timedelta(minutes=1)
    assert control.platform.put(control.tls, json=body(keys)).status_code == 200


def test_the_faults_of_the_control_side(control: Control, keys: Keys) -> None:
    faults = control.running.faults
    faults.inject("emqx-rate-limit")
    assert control.platform.post(control.tls, json=body(keys)).status_code == 429
    faults.heal("emqx-rate-limit")
    faults.inject("emqx-pending")
    assert control.platform.post(control.tls, json=body(keys)).status_code == 200
    assert not until_running(control, looks=30)
    faults.heal("emqx-pending")
    assert until_running(control, looks=30)


def until_running(control: Control, looks: int) -> bool:
    """Whether one of so many looks, over more time than it normally takes, sees it."""
    return any(_look(control) == "running" for _ in range(looks))


def _look(control: Control) -> str:
    until_next = datetime.now(UTC) + timedelta(milliseconds=20)
    until(lambda: datetime.now(UTC) >= until_next)
    return str(control.platform.get(control.tls).json()["status"])


def test_serverless_has_no_certificates_of_its_own(up: Running, keys: Keys) -> None:
    with EmqxControl(up.faults, up.journal, up.deployment, deployment_type="serverless") as emqx:
        auth = (emqx.platform_key, emqx.platform_secret)
        url = f"{emqx.platform_url}/deployments/{emqx.deployment_id}"
        assert httpx.get(url, auth=auth).json()["deploymentType"] == "serverless"
        assert httpx.post(f"{url}/tls", auth=auth, json=body(keys)).status_code == 403


def test_a_user_is_made_used_changed_and_removed(control: Control) -> None:
    port = control.running.deployment.plain_port
    answer = control.api.post(USERS, json={"user_id": "new", "password": "first"})
    assert (answer.status_code, answer.json()) == (201, {"user_id": "new", "is_superuser": False})
    with Paho(port, user="new", password="first") as client:
        assert client.connack() == 0
    again = control.api.post(USERS, json={"user_id": "new", "password": "first"})
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_EXISTS")
    assert control.api.put(f"{USERS}/new", json={"password": "second"}).status_code == 200
    with Paho(port, user="new", password="first") as client:
        assert client.connack() == 0x86
    listed = control.api.get(USERS, params={"like_user_id": "ne"}).json()
    assert listed["data"] == [{"user_id": "new", "is_superuser": False}]
    assert control.api.get(f"{USERS}/new").json()["user_id"] == "new"
    assert control.api.delete(f"{USERS}/new").status_code == 204
    assert control.api.delete(f"{USERS}/new").json() == {"code": "NOT_FOUND", "message": "User not found"}
    with Paho(port, user="new", password="second") as client:
        assert client.connack() == 0x87


@pytest.mark.parametrize("wrong", [{}, {"user_id": "x"}, {"password": "x"}, {"user_id": 1, "password": "x"}, [1]])
def test_a_user_needs_a_name_and_a_password(control: Control, wrong: object) -> None:
    answer = control.api.post(USERS, json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


def test_only_the_built_in_database_has_users(control: Control) -> None:
    assert control.api.get("/authentication/jwt/users").status_code == 404


def test_clients_are_shown_filtered_and_paged(control: Control, keys: Keys) -> None:
    deployment = control.running.deployment
    deployment.set_tls(keys.bundle())
    with ExitStack() as stack:
        a = stack.enter_context(Paho(deployment.port, keys.context(), client_id="a"))
        assert a.connack() == 0
        b = stack.enter_context(Paho(deployment.plain_port, client_id="b", protocol="3.1.1"))
        assert b.connack() == 0
        rows = control.api.get("/clients").json()
        assert [each["clientid"] for each in rows["data"]] == ["a", "b"]
        assert rows["meta"] == {"page": 1, "limit": 100, "count": 2, "hasnext": False}
        shown = rows["data"][0]
        assert (shown["cn"], shown["peersni"], shown["listener"]) == ("Client", NAME, "ssl:default")
        assert shown["dn"].startswith("CN=Client,")
        assert (rows["data"][1]["cn"], rows["data"][1]["listener"]) == (None, "tcp:default")
        assert datetime.fromisoformat(shown["connected_at"]).tzinfo is not None

        def found(**filters: Any) -> list[str]:
            return [each["clientid"] for each in control.api.get("/clients", params=filters).json()["data"]]

        assert found(clientid="a") == ["a"]
        assert found(clientid=["a", "b", "c"]) == ["a", "b"]
        assert found(username="nobody") == []
        assert found(conn_state="connected", proto_ver=4) == ["b"]
        assert found(conn_state="disconnected") == []
        assert found(limit=1, page=2) == ["b"]
        assert found(gte_connected_at="2099-01-01T00:00:00Z") == []
        assert control.api.get("/clients", params={"limit": 1}).json()["meta"]["hasnext"]
        assert control.api.get("/clients/a").json()["clientid"] == "a"
        assert control.api.delete("/clients/a").status_code == 204
        assert a.goodbyes.get(timeout=10) == 0x98
        assert control.api.get("/clients/a").json()["code"] == "CLIENTID_NOT_FOUND"
    for wrong in ({"conn_state": "x"}, {"limit": 0}, {"page": "x"}, {"clean_start": "x"}, {"gte_created_at": "x"}):
        assert control.api.get("/clients", params=wrong).status_code == 400


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_published_message_arrives(control: Control, qos: int) -> None:
    message = {"topic": "from/api", "payload": "aGVsbG8=", "payload_encoding": "base64", "qos": qos}
    unheard = control.api.post("/publish", json=message)
    assert (unheard.status_code, unheard.json()["message"]) == (202, "no_matching_subscribers")
    with Paho(control.running.deployment.plain_port) as client:
        assert client.connack() == 0
        client.subscribe("from/+")
        answer = control.api.post("/publish", json=message)
        assert answer.status_code == 200
        assert answer.json()["id"]
        assert client.messages.get(timeout=10).payload == b"hello"


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic": "a/#"},
        {"topic": None},
        {"payload": None},
        {"qos": 3},
        {"retain": "yes"},
        {"payload_encoding": "base64"},
        {"payload_encoding": "rot13"},
    ],
)
def test_a_message_that_cannot_be_published_is_400(control: Control, wrong: dict[str, Any]) -> None:
    assert control.api.post("/publish", json={"topic": "a", "payload": "b!"} | wrong).status_code == 400


def test_the_deployment_api_wants_its_own_key(control: Control) -> None:
    emqx = control.emqx
    refused = control.api.get("/clients", auth=(emqx.platform_key, emqx.platform_secret))
    assert (refused.status_code, refused.json()["code"]) == (401, "BAD_API_KEY_OR_SECRET")
    assert httpx.get(emqx.api_url + "/clients").json()["code"] == "AUTHORIZATION_HEADER_ERROR"
    assert "is running" in httpx.get(emqx.api_url + "/status").text


def test_every_request_is_recorded_without_its_secrets(control: Control, keys: Keys) -> None:
    control.platform.post(control.tls, json=body(keys))
    control.api.get("/clients", params={"clientid": "x"})
    seen = [(each.part, each.method_or_action, each.write, each.status) for each in control.emqx.requests]
    assert seen == [("emqx", "POST", True, 200), ("emqx", "GET", False, 200)]
    assert control.emqx.requests[0].target == f"/public_api/v1{control.tls}"
