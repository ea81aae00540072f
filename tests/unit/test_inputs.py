"""Values that users give: what is taken, in which form, and how a wrong one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InputError
from services.guide import inputs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("given_as", "name"),
    [
        ("mqtt.example.com", "mqtt.example.com"),
        (" MQTT.Example.COM. ", "mqtt.example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("日本語.example.jp", "xn--wgv71a119e.example.jp"),
        ("straße.example", "xn--strae-oqa.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("1.2.example", "1.2.example"),
    ],
)
def test_domains_that_are_taken(given_as: str, name: str) -> None:
    assert inputs.domain("domain", given_as) == name


@pytest.mark.parametrize(
    ("value", "variant"),
    [
        ("", "empty"),
        ("  . ", "empty"),
        ("https://mqtt.example.com/", "url"),
        ("mqtt.example.com:8883", "url"),
        ("*.example.com", "wildcard"),
        ("localhost", "one-label"),
        ("192.0.2.7", "address"),
        ("a" * 64 + ".example", "too-long"),
        (".".join(["abcdefgh"] * 27), "too-long"),
        ("mqtt..example.com", "label"),
        ("-mqtt.example.com", "label"),
        ("mqtt-.example.com", "label"),
        ("mq_tt.example.com", "label"),
        ("mqtt .example.com", "label"),
        ("a\u202eb.example", "idn"),
    ],
)
def test_domains_that_are_none_say_why(value: str, variant: str) -> None:
    with pytest.raises(InputError) as caught:
        inputs.domain("domain", value)
    error = caught.value
    assert (error.field, error.id, error.variant) == ("domain", "bad-domain", variant)
    assert "{" not in error.what + error.why + error.fix
    assert "\u202e" not in error.what


@given(st.text(max_size=300))
def test_whatever_is_typed_is_a_name_or_a_named_error(value: str) -> None:
    try:
        name = inputs.domain("domain", value)
    except InputError as error:
        assert error.what  # noqa: PT017 - either outcome is right
    else:
        assert name.isascii()
        assert name == name.lower()
        assert len(name) <= 237
        assert inputs.domain("domain", name) == name


@pytest.mark.parametrize(
    ("value", "host"),
    [("::1", "::1"), ("[::1]", "::1"), ("127.0.0.1", "127.0.0.1"), ("broker", "broker"), ("A.example.", "a.example")],
)
def test_hosts_to_connect_to(value: str, host: str) -> None:
    assert inputs.host("address", value) == host


def test_a_cname_target_may_be_copied_with_scheme_and_port() -> None:
    assert inputs.cname_target("address", "mqtts://d1234.ala.EU.emqxsl.com:8883/") == "d1234.ala.eu.emqxsl.com"


def test_a_cname_cannot_point_at_an_address() -> None:
    with pytest.raises(InputError) as caught:
        inputs.cname_target("address", "192.0.2.7:8883")
    assert (caught.value.id, caught.value.variant) == ("bad-host", "address")


@pytest.mark.parametrize("value", [0, -1, 65536, True])
def test_ports_that_are_none(value: int) -> None:
    with pytest.raises(InputError):
        inputs.port("port", value)


@pytest.mark.parametrize("value", ["", "x" * 65, "名" * 22, "a\nb", "a\x00"])
def test_names_that_no_certificate_can_hold(value: str) -> None:
    with pytest.raises(InputError):
        inputs.name_part("client_common_name", value)


@pytest.mark.parametrize(("value", "code"), [("us", "US"), ("", ""), (" de ", "DE")])
def test_countries(value: str, code: str) -> None:
    assert inputs.country("ca_country", value) == code


@pytest.mark.parametrize("value", ["USA", "1X", "Ü1"])
def test_countries_that_are_none(value: str) -> None:
    with pytest.raises(InputError):
        inputs.country("ca_country", value)


@pytest.mark.parametrize("value", ["", "ops@example.com", "first.last+tag@sub.example.org"])
def test_email_addresses(value: str) -> None:
    assert inputs.email("email", value) == value


@pytest.mark.parametrize(
    "value", ["ops", "ops@", "@example.com", "ops@localhost", "a b@example.com", "a@b@example.com"]
)
def test_email_addresses_that_are_none(value: str) -> None:
    with pytest.raises(InputError):
        inputs.email("email", value)


def test_a_folder_that_is_missing_and_a_file_in_its_place_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ids = []
    for name in ("missing", "file"):
        with pytest.raises(InputError) as caught:
            inputs.folder("existing", tmp_path / name)
        ids.append(caught.value.id)
    assert ids == ["file-not-found", "file-not-readable"]
