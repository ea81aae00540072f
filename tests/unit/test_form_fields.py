"""What is typed into a form becomes a Request, or an error that names the field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from screens.client_certificates import VIEW
from screens.fields import Field, Kind, build, defaults_of, values_of
from services.errors import InputError
from services.guide import client_certificates, understanding


@dataclass(frozen=True, slots=True)
class Wants:
    """A Request of every kind of field."""

    host: str
    port: int = 8883
    folder: Path | None = None
    names: tuple[str, ...] = ()
    loud: bool = False
    way: Literal["a", "b"] = "a"

    def __post_init__(self) -> None:
        if self.port > 65535:
            raise InputError("port", "bad-port", value=str(self.port))


ROWS = (
    (Field("host"), Field("port")),
    (Field("folder", Kind.PATH), Field("names")),
    (Field("loud", Kind.SWITCH), Field("way", Kind.CHOICE, ("a", "b"))),
)


def test_typed_values_become_their_kind() -> None:
    typed = {"host": " x ", "port": "1", "folder": "/somewhere", "names": "a, b,", "loud": "true", "way": "b"}
    assert build(Wants, {}, typed) == Wants("x", 1, Path("/somewhere"), ("a", "b"), loud=True, way="b")


def test_an_empty_path_that_may_be_missing_is_none() -> None:
    assert build(Wants, {}, {"host": "x", "folder": ""}).folder is None


def test_what_no_field_shows_is_taken_from_the_proposal() -> None:
    assert build(Wants, {"host": "x", "port": 5}, {"way": "b"}) == Wants("x", 5, way="b")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"port": "many"}, "port"),
        ({"port": ""}, "port"),
        ({"port": "70000"}, "port"),
        ({"way": "c"}, "way"),
        ({"loud": "perhaps"}, "loud"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_field(typed: dict[str, str], field: str) -> None:
    with pytest.raises(InputError) as caught:
        build(Wants, {"host": "x"}, typed)
    assert caught.value.field == field


def test_a_missing_value_names_its_field() -> None:
    with pytest.raises(InputError) as caught:
        build(Wants, {}, {"port": "1"})
    assert caught.value.field == "host"


def test_a_form_shows_what_it_was_given_and_gives_it_back() -> None:
    plain = {"host": "x", "port": 7, "folder": None, "names": ["a", "b"], "loud": True, "way": "b"}
    shown = values_of(plain, ROWS)
    assert shown == {"host": "x", "port": "7", "folder": "", "names": "a, b", "loud": "true", "way": "b"}
    assert build(Wants, {}, shown) == Wants("x", 7, None, ("a", "b"), loud=True, way="b")


def test_a_real_request_survives_its_form() -> None:
    defaults = defaults_of(client_certificates.Request)
    shown = values_of(defaults, VIEW.ROWS)
    assert build(client_certificates.Request, defaults, shown) == client_certificates.Request()


def test_a_path_that_was_not_given_is_not_the_folder_one_happens_to_be_in() -> None:
    with pytest.raises(InputError) as caught:
        build(understanding.Request, {}, {"live": " "})
    assert caught.value.field == "live"
