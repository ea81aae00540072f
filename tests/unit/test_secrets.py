"""Secrets stay secret."""

from __future__ import annotations

import json
import pickle

import msgspec
import pytest

from services.secrets import MASK, Secret, SecretName, SecretStore

VALUE = "wJalrXUtnFEMI/K7MDENG"


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r:>10}".format, lambda secret: f"{[secret]}"])
def test_a_secret_shows_a_mask(show: object) -> None:
    assert callable(show)
    assert VALUE not in show(Secret(VALUE))
    assert MASK in show(Secret(VALUE))


def test_a_secret_cannot_be_stored() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(VALUE))
    with pytest.raises(TypeError):
        json.dumps(Secret(VALUE))
    with pytest.raises(TypeError):
        msgspec.json.encode(Secret(VALUE))


def test_what_was_typed_wins_over_the_environment() -> None:
    store = SecretStore({"EMQX_MQTT_PASSWORD": "from-environment"})
    name = SecretName.MQTT_PASSWORD
    assert (found := store.get(name)) is not None
    assert found.reveal() == "from-environment"
    store.put(name, "typed-in")
    assert store.get(name) == Secret("typed-in")
    store.put(name, "")
    assert store.get(name) == Secret("from-environment")


def test_what_is_nowhere_is_none() -> None:
    assert SecretStore({}).get(SecretName.API_KEY) is None


def test_lines_lose_every_secret_known() -> None:
    store = SecretStore({"AWS_SECRET_ACCESS_KEY": VALUE})
    store.put(SecretName.MQTT_PASSWORD, "hunter22")
    line = store.redact(f"using {VALUE} and hunter22")
    assert line == f"using {MASK} and {MASK}"


def test_the_keyring_is_asked_last_and_once() -> None:
    asked: list[SecretName] = []

    def keyring(name: SecretName) -> str | None:
        asked.append(name)
        return "kept-in-keyring" if name is SecretName.API_KEY else None

    store = SecretStore({"EMQX_API_SECRET": "from-environment"}, keyring)
    for _ in range(2):
        assert store.get(SecretName.API_KEY) == Secret("kept-in-keyring")
        assert store.get(SecretName.API_SECRET) == Secret("from-environment")
        assert store.get(SecretName.MQTT_PASSWORD) is None
    assert asked == [SecretName.API_KEY, SecretName.MQTT_PASSWORD]
    assert store.redact("kept-in-keyring") == MASK
