"""EMQX's own description of its API is held against both sides: what our clients send, and what the stand-ins answer.

The description is `tests/data/emqx-5.8-openapi.json`. Beside its types, a name that it does not know counts as wrong.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from services.emqx import calls
from services.emqx.selfmanaged import SelfManagedApi
from services.errors import ServiceError
from services.practice.emqx import EmqxControl, SelfManagedEmqx
from services.secrets import Secret
from tests.system.deployment_world import Keys, Running, hierarchy, keys, up
from tests.system.test_emqx_apis import api, bundle, connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["hierarchy", "keys", "up"]  # fixtures

DESCRIPTION = json.loads((Path(__file__).parents[1] / "data" / "emqx-5.8-openapi.json").read_text("utf-8"))


# Where EMQX's code answers more than its description tells: emqx_mgmt_api_clients gives these of each client (they
# prove that it came in over mutual TLS), and emqx_authn answers 409 ALREADY_EXISTS for a user that is there.
BEYOND = "'cn', 'dn', 'enable_authn', 'is_persistent', 'listener', 'peersni'"


@dataclass(frozen=True)
class Call:
    """A call as it went over the wire."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any

    def problems(self) -> Iterator[str]:
        """Yield everything that the description does not foresee."""
        operation = self._operation()
        if self.body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            yield from _problems(self.body, schema, "sent")
        response = operation["responses"].get(str(self.status))
        if response is None:
            yield f"{self.method} {self.path} answered {self.status}, which the description does not know"
        elif "content" in response:
            yield from _problems(self.answer, response["content"]["application/json"]["schema"], "answered")

    def _operation(self) -> Mapping[str, Any]:
        for template, methods in DESCRIPTION["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), self.path):
                operation: Mapping[str, Any] = methods[self.method.lower()]
                return operation
        raise KeyError(self.path)


def _problems(value: Any, schema: Mapping[str, Any], side: str) -> Iterator[str]:
    whole = _strict(schema) | {"components": _strict(DESCRIPTION["components"])}
    for error in jsonschema.Draft4Validator(whole).iter_errors(value):
        yield f"{side}: {error.json_path}: {error.message[:300]}"


def _strict(schema: Any) -> Any:
    """Return a schema that refuses names it does not know, and without its own slip: a string that may be true."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        strict["additionalProperties"] = False
    if schema.get("type") == "string" and any(not isinstance(each, str) for each in schema.get("enum", ())):
        del strict["type"]
    return strict


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Every call that our clients make, noted as it passes."""
    noted: list[Call] = []
    passed_on = calls.Caller._answer

    async def note(caller: calls.Caller, method: str, path: str, body: object, query: Any) -> calls.Answer:
        answer = await passed_on(caller, method, path, body, query)
        content = json.loads(answer.body) if answer.body else None
        noted.append(Call(method, path, body, answer.status, content))
        return answer

    monkeypatch.setattr(calls.Caller, "_answer", note)
    return noted


def problems(seen: list[Call]) -> list[str]:
    return [problem for call in seen for problem in call.problems()]


async def test_a_self_managed_listener(up: Running, keys: Keys, seen: list[Call]) -> None:
    up.deployment.clear_tls()
    with SelfManagedEmqx(up.journal, up.deployment) as emqx:
        async with SelfManagedApi(emqx.api_url, Secret(emqx.api_key), Secret(emqx.api_secret)) as own:
            await own.listener()
            await own.apply(bundle(keys))
            await own.stop_asking()
            with pytest.raises(ServiceError):
                await own.apply(bundle(keys, "no key"))
            with pytest.raises(ServiceError):
                await own.listener("ssl:other")
    assert [call.status for call in seen] == [200, 200, 200, 200, 200, 200, 400, 404]
    assert problems(seen) == []


async def test_a_login(up: Running, seen: list[Call]) -> None:
    with SelfManagedEmqx(up.journal, up.deployment) as emqx:
        user, password = Secret(emqx.username), Secret(emqx.password)
        async with SelfManagedApi(emqx.api_url, user, password, login=True) as own:
            await own.listener()
        with pytest.raises(ServiceError):
            async with SelfManagedApi(emqx.api_url, user, Secret("wrong"), login=True):
                pass
    assert [(call.path, call.status) for call in seen if call.path == "/login"] == [("/login", 200), ("/login", 401)]
    assert problems(seen) == []


async def test_users_clients_and_publishing(up: Running, seen: list[Call]) -> None:
    with EmqxControl(up.faults, up.journal, up.deployment) as control:
        async with api(control) as deployment:
            await deployment.create_user("described", Secret("first"))
            await deployment.create_user("described", Secret("second"), reset=True)
            assert await deployment.has_user("described")
            with connected(up, "described-client"):
                assert await deployment.clients(client_id="described-client")
            await deployment.publish("described", "hello")
            await deployment.remove_user("described")
            assert not await deployment.has_user("described")
    assert {call.status for call in seen} >= {200, 201, 204, 404, 409}
    unforeseen, rows = problems(seen)
    assert unforeseen.endswith("users answered 409, which the description does not know")
    assert f"({BEYOND} were unexpected)" in rows
