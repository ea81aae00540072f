"""EMQX's three APIs, called for real: against the practice stand-ins, which follow EMQX's published descriptions."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from services.emqx.api import DeploymentApi, UserOutcome
from services.emqx.bundle import Bundle
from services.emqx.platform import PlatformApi
from services.emqx.selfmanaged import SelfManagedApi
from services.errors import ServiceError
from services.mqtt.client import Connection, Login
from services.mqtt.kinds import Version
from services.mqtt.wire import Identity, Target, client_context
from services.practice.emqx import EmqxControl, SelfManagedEmqx
from services.secrets import Secret
from services.tls.chain import read_pem
from tests.system.deployment_world import PASSWORD, USER, Keys, Running, hierarchy, keys, up

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hierarchy", "keys", "up"]  # fixtures


@pytest.fixture
def control(up: Running) -> Iterator[EmqxControl]:
    with EmqxControl(up.faults, up.journal, up.deployment) as running:
        yield running


def platform(control: EmqxControl, **changed: str) -> PlatformApi:
    values = {"base": control.platform_url, "id": control.deployment_id}
    values |= {"key": control.platform_key, "secret": control.platform_secret} | changed
    return PlatformApi(values["base"], values["id"], Secret(values["key"]), Secret(values["secret"]))


def api(control: EmqxControl) -> DeploymentApi:
    return DeploymentApi(control.api_url, Secret(control.app_id), Secret(control.app_secret))


def bundle(keys: Keys, key: str | None = None) -> Bundle:
    leaf, *chain = read_pem(keys.issued.fullchain_pem().encode())
    return Bundle(leaf, tuple(chain), Secret(key or keys.server_key), read_pem(keys.client_ca_pem.encode()))


@contextmanager
def connected(up: Running, client_id: str) -> Iterator[Connection]:
    context = client_context(up.keys.root, Identity(*up.keys.client_files))
    target = Target("mqtt.example.test", up.deployment.port, ("127.0.0.1",))
    with Connection(target, context, Login(USER, Secret(PASSWORD)), Version.V5, client_id=client_id) as connection:
        yield connection


async def test_a_first_upload_and_a_second_one_are_taken_and_the_state_is_read_back(
    control: EmqxControl, keys: Keys
) -> None:
    async with platform(control) as api:
        assert (await api.deployment()).takes_certificates
        assert await api.tls() is None
        first = await api.upload(bundle(keys), replaces=False)
        again = await api.upload(bundle(keys), replaces=True)
        state = await api.tls()
    assert first.is_two_way
    assert again.expires == keys.issued.leaf.not_valid_after_utc.replace(microsecond=0)
    assert state is not None
    assert state.is_two_way
    assert [record.method_or_action for record in control.requests if record.write] == ["POST", "PUT"]


async def test_removing_tls_leaves_none(control: EmqxControl, keys: Keys) -> None:
    async with platform(control) as api:
        await api.upload(bundle(keys), replaces=False)
        await api.remove()
        assert await api.tls() is None


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"key": "nobody"}, "emqx-bad-credentials"),
        ({"id": "d999"}, "emqx-deployment-not-found"),
    ],
)
async def test_what_the_platform_api_refuses_has_a_name(
    control: EmqxControl, changed: dict[str, str], finding: str
) -> None:
    with pytest.raises(ServiceError) as raised:
        async with platform(control, **changed) as api:
            await api.deployment()
    assert raised.value.id == finding


async def test_a_key_of_another_project_is_forbidden(control: EmqxControl) -> None:
    with pytest.raises(ServiceError) as raised:
        async with platform(control, key=control.foreign_key, secret=control.foreign_secret) as api:
            await api.deployment()
    assert raised.value.id == "emqx-forbidden"


async def test_the_seventh_upload_of_an_hour_is_refused_and_says_when_to_come_back(
    control: EmqxControl, keys: Keys
) -> None:
    async with platform(control) as api:
        await api.upload(bundle(keys), replaces=False)
        for _ in range(6):
            await api.upload(bundle(keys), replaces=True)
        with pytest.raises(ServiceError) as raised:
            await api.upload(bundle(keys), replaces=True)
    assert raised.value.id == "emqx-rate-limit"
    assert "60" in raised.value.fix


async def test_a_key_that_is_not_the_certificate_s_is_refused_without_showing_it(
    control: EmqxControl, keys: Keys
) -> None:
    other = keys.client.private_key_pem.bytes().decode()
    async with platform(control) as api:
        with pytest.raises(ServiceError) as raised:
            await api.upload(bundle(keys, other), replaces=False)
    assert raised.value.id == "emqx-refused-bundle"
    assert "PRIVATE KEY" not in f"{raised.value.details} {raised.value}"


async def test_serverless_is_known_by_its_kind(up: Running) -> None:
    with EmqxControl(up.faults, up.journal, up.deployment, deployment_type="serverless") as control:
        async with platform(control) as api:
            assert not (await api.deployment()).takes_certificates


async def test_a_user_is_created_once_changed_when_asked_and_removed(control: EmqxControl) -> None:
    async with api(control) as calls:
        assert await calls.create_user("device-2", Secret("first")) is UserOutcome.CREATED
        assert await calls.create_user("device-2", Secret("second")) is UserOutcome.EXISTS
        assert await calls.create_user("device-2", Secret("second"), reset=True) is UserOutcome.CHANGED
        assert await calls.has_user("device-2")
        assert await calls.remove_user("device-2")
        assert not await calls.has_user("device-2")


async def test_the_client_list_shows_the_certificate_s_common_name(control: EmqxControl, up: Running) -> None:
    async with api(control) as calls:
        with connected(up, "proof-1"):
            (client,) = await calls.clients(client_id="proof-1")
            assert (client.common_name, client.server_name) == ("Client", "mqtt.example.test")
            assert client.listener == "ssl:default"
            assert client.connected
        assert await calls.publish("nobody/listens", "hello") is False


async def test_a_port_where_nobody_listens_is_named(control: EmqxControl) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ServiceError) as raised:
        async with platform(control, base=f"http://127.0.0.1:{port}/public_api/v1") as calls:
            await calls.deployment()
    assert (raised.value.id, raised.value.variant) == ("connection-refused", "api")
    assert str(port) in raised.value.what


async def test_a_silent_api_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}/public_api/v1"
        with pytest.raises(ServiceError) as raised:
            async with PlatformApi(base, "d1", Secret("key"), Secret("secret"), seconds=0.2) as calls:
                await calls.deployment()
    assert raised.value.id == "connection-timeout"


@pytest.mark.parametrize("login", [False, True])
async def test_a_self_managed_listener_takes_the_bundle_and_asks_for_client_certificates(
    up: Running, keys: Keys, login: bool
) -> None:
    with SelfManagedEmqx(up.journal, up.deployment) as emqx:
        user, secret = (emqx.username, emqx.password) if login else (emqx.api_key, emqx.api_secret)
        async with SelfManagedApi(emqx.api_url, Secret(user), Secret(secret), login=login) as calls:
            before = await calls.listener()
            after = await calls.apply(bundle(keys))
    assert not before.is_two_way
    assert after.is_two_way
    assert after.bind == before.bind
    with connected(up, "proof-2"):
        pass


async def test_what_a_self_managed_emqx_cannot_read_is_named_by_its_option(up: Running, keys: Keys) -> None:
    with SelfManagedEmqx(up.journal, up.deployment) as emqx:
        async with SelfManagedApi(emqx.api_url, Secret(emqx.api_key), Secret(emqx.api_secret)) as calls:
            broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
            with pytest.raises(ServiceError) as raised:
                await calls.apply(bundle(keys, broken))
            with pytest.raises(ServiceError) as missing:
                await calls.listener("ssl:other")
    assert raised.value.id == "server-files-unreadable"
    assert raised.value.facts["option"] == "keyfile"
    assert missing.value.id == "emqx-listener-not-found"


async def test_a_wrong_login_is_bad_credentials(up: Running) -> None:
    with SelfManagedEmqx(up.journal, up.deployment) as emqx, pytest.raises(ServiceError) as raised:
        async with SelfManagedApi(emqx.api_url, Secret("admin"), Secret("wrong"), login=True):
            pass
    assert raised.value.id == "emqx-bad-credentials"
