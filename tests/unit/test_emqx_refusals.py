"""EMQX's refusals, each to its finding: statuses, messages, and Erlang terms. Pure."""

from __future__ import annotations

import json

import pytest

from services.emqx.bundle import Bundle
from services.emqx.calls import Answer as HttpAnswer
from services.emqx.calls import Api, Caller, refusal, said
from services.emqx.exposure import Exposure, exposure
from services.emqx.selfmanaged import refused_settings, with_bundle
from services.errors import ServiceError
from services.events import Answer
from services.guide import deployment_words
from services.secrets import Secret


def body(code: str, message: object) -> bytes:
    return json.dumps({"code": code, "message": message}).encode()


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        (401, "emqx-bad-credentials"),
        (403, "emqx-forbidden"),
        (404, "emqx-not-found"),
        (429, "emqx-rate-limit"),
        (418, "emqx-refused"),
        (500, "emqx-unavailable"),
        (503, "emqx-unavailable"),
    ],
)
@pytest.mark.parametrize("api", list(Api))
def test_each_status_has_a_name_and_whole_sentences(api: Api, status: int, finding: str) -> None:
    error = refusal(api, "api.example", HttpAnswer(status, body("SOME_CODE", "some words")), {})
    assert error.id == finding
    assert error.details == "SOME_CODE some words"
    assert "{" not in f"{error} {error.fix}"
    assert "finding." not in f"{error} {error.fix}"


def test_a_rate_limit_says_when_to_come_back() -> None:
    assert "Try again in 2 min" in refusal(Api.PLATFORM, "api.example", HttpAnswer(429, b"", 61.0), {}).fix
    assert "Try again in 60 min" in refusal(Api.PLATFORM, "api.example", HttpAnswer(429, b"", None), {}).fix


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[1]", b"null", b'{"code": {"deep": 1}}', b"\xff\xfe"])
def test_answers_that_are_no_error_messages_say_nothing(answer: bytes) -> None:
    assert said(answer) == ""


def test_what_an_api_says_is_made_harmless_and_never_echoes_a_key() -> None:
    assert "\x1b" not in said(body("BAD", "\x1b[2Jgone\u202e"))
    assert said(body("BAD", "cannot use -----BEGIN PRIVATE KEY-----")) == ""


TERM = '{bad_ssl_config,#{reason => %s,which_option => <<"%s">>}}'


@pytest.mark.parametrize(
    ("reason", "option"),
    [
        ("failed_to_parse_certfile", "certfile"),
        ("failed_to_parse_keyfile", "keyfile"),
        ("not_a_private_key", "keyfile"),
        ("encrypted_keyfile_missing_password", "keyfile"),
        ("bad_password_or_invalid_keyfile", "keyfile"),
        ("invalid_file_path_or_pem_string", "cacertfile"),
    ],
)
def test_erlang_terms_name_the_file_that_emqx_could_not_use(reason: str, option: str) -> None:
    error = refused_settings("emqx.example", "ssl:default", body("BAD_REQUEST", TERM % (reason, option)))
    assert error.id == "server-files-unreadable"
    assert (error.facts["reason"], error.facts["option"]) == (reason, option)
    assert "{" not in f"{error} {error.fix}"


def test_a_term_as_json_is_read_too() -> None:
    message = {"reason": "failed_to_parse_keyfile", "which_option": "keyfile"}
    error = refused_settings("emqx.example", "ssl:default", body("BAD_REQUEST", message))
    assert error.facts["option"] == "keyfile"


def test_other_refusals_of_a_listener() -> None:
    assert refused_settings("h", "ssl:x", body("BAD_LISTENER_ID", "no")).id == "emqx-listener-not-found"
    other = refused_settings("h", "ssl:default", body("BAD_REQUEST", "listener_config_invalid"))
    assert (other.id, other.details) == ("emqx-refused", "listener_config_invalid")
    assert refused_settings("h", "ssl:default", b"not json").id == "emqx-refused"


def test_a_listener_keeps_every_other_setting() -> None:
    before = {
        "id": "ssl:default",
        "type": "ssl",
        "bind": "0.0.0.0:8883",
        "max_connections": 1000,
        "running": True,
        "current_connections": 3,
        "ssl_options": {"versions": ["tlsv1.3"], "depth": 5, "verify": "verify_none", "password": "******"},
    }
    bundle = Bundle.__new__(Bundle)
    for name, value in {"client_ca_certificates": (), "chain_certificates": (), "private_key": Secret("KEY")}.items():
        object.__setattr__(bundle, name, value)
    object.__setattr__(bundle, "leaf", _leaf())
    after = with_bundle(before, bundle)
    assert {name: after[name] for name in ("id", "type", "bind", "max_connections")} == {
        name: before[name] for name in ("id", "type", "bind", "max_connections")
    }
    assert not {"running", "current_connections"} & set(after)
    options = after["ssl_options"]
    assert (options["versions"], options["depth"], options["password"]) == (["tlsv1.3"], 5, "")
    assert (options["verify"], options["fail_if_no_peer_cert"], options["keyfile"]) == ("verify_peer", True, "KEY")


def _leaf() -> object:
    import trustme  # noqa: PLC0415 - for this test alone

    from services.tls.chain import read_pem  # noqa: PLC0415 - as above

    return read_pem(trustme.CA().cert_pem.bytes())[0]


@pytest.mark.parametrize(
    ("address", "how_far"),
    [
        ("https://api.example/api/v5", Exposure.NONE),
        ("http://127.0.0.1:18083/api/v5", Exposure.MACHINE),
        ("http://localhost:18083/api/v5", Exposure.MACHINE),
        ("http://[::1]:18083/api/v5", Exposure.MACHINE),
        ("http://192.168.0.7:18083/api/v5", Exposure.PRIVATE),
        ("http://[fd00::7]:18083/api/v5", Exposure.PRIVATE),
        ("http://emqx:18083/api/v5", Exposure.PRIVATE),
        ("http://emqx.local./api/v5", Exposure.PRIVATE),
        ("http://203.0.113.7.example/", Exposure.OPEN),
        ("http://8.8.8.8:18083/api/v5", Exposure.OPEN),
        ("http://emqx.example:18083/api/v5", Exposure.OPEN),
        ("http://127.0.0.1.example/", Exposure.OPEN),
        ("http://[::1/", Exposure.NONE),
    ],
)
def test_who_could_read_along(address: str, how_far: Exposure) -> None:
    assert exposure(address) is how_far


@pytest.mark.parametrize(
    ("address", "answer", "says"),
    [
        ("http://127.0.0.1:18083/api/v5", Answer.YES, "does not leave this machine"),
        ("http://10.0.0.5:18083/api/v5", Answer.UNKNOWN, "your private network"),
        ("http://emqx.example:18083/api/v5", Answer.NO, "for everybody to read"),
    ],
)
def test_self_managed_emqx_over_plain_http_is_called_and_warned_of(address: str, answer: Answer, says: str) -> None:
    assert Caller(Api.SELF_MANAGED, address, None).host
    (check,) = deployment_words.exposed(address)
    assert (check.answer, says in str(check.what)) == (answer, True)
    assert "https://" in str(check.fix)


@pytest.mark.parametrize(
    ("api", "address", "finding"),
    [
        (Api.PLATFORM, "ftp://api.example", "emqx-api-address"),
        (Api.PLATFORM, "api.example/public_api/v1", "emqx-api-address"),
        (Api.PLATFORM, "https://key:secret@api.example", "emqx-api-address"),
        (Api.PLATFORM, "http://api.example/public_api/v1", "emqx-api-insecure"),
        (Api.DEPLOYMENT, "http://d1.example:8443/api/v5", "emqx-api-insecure"),
    ],
)
def test_addresses_that_are_not_called(api: Api, address: str, finding: str) -> None:
    with pytest.raises(ServiceError) as raised:
        Caller(api, address, None)
    assert raised.value.id == finding
    assert "secret" not in str(raised.value)
