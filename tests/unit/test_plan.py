"""A plan is read whole or refused with the nearest right name; the example is complete, and all of it is true."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from app import plan as plans
from app.plan import example, read_plan, world_parts
from services.errors import ServiceError
from services.guide.step import SECTIONS, load
from services.world import LETS_ENCRYPT, LETS_ENCRYPT_STAGING

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {"aws": plans.AwsTable, "acme": plans.AcmeTable, "dns": plans.DnsTable, "emqx": plans.EmqxTable}

# Fields that an earlier step's result or the plan's own domain fills, and that nobody writes by hand.
FILLED = {
    "domain", "host", "address", "live", "client_ca", "client_certificate", "client_key", "certificate", "key", "port",
}  # fmt: skip
STEPS = tuple(name for name in SECTIONS if {field.name for field in dataclasses.fields(load(name).Request)} - FILLED)


def everything() -> str:
    """The example with every setting taken into use."""
    return re.sub(r"^#(?=\S)", "", example(), flags=re.MULTILINE)


def read(tmp_path: Path, text: str) -> plans.Plan:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return read_plan(path)


def refused(tmp_path: Path, text: str) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        read(tmp_path, text)
    return caught.value


def test_the_example_is_a_plan_as_it_stands(tmp_path: Path) -> None:
    plan = read(tmp_path, example())
    assert plan.domain == "mqtt.example.com"
    assert plan.acme.server == "staging"
    assert all(not values for values in plan.steps.values())


def test_every_name_in_the_example_exists(tmp_path: Path) -> None:
    read(tmp_path, everything())


@pytest.mark.parametrize("table", TABLES)
def test_the_example_shows_all_of_a_table(table: str) -> None:
    shown = tomllib.loads(everything())[table]
    assert set(shown) == {field.name for field in dataclasses.fields(TABLES[table])}


@pytest.mark.parametrize("section", STEPS)
def test_the_example_shows_all_that_a_step_can_be_told(section: str) -> None:
    shown = tomllib.loads(everything()).get(section, {})
    known = {field.name for field in dataclasses.fields(load(section).Request)} - FILLED
    assert known - {"target"} <= set(shown)


@pytest.mark.parametrize("section", STEPS)
def test_the_example_shows_the_usual_values(section: str) -> None:
    """A commented setting stands at the step's own default, but for samples of what has none."""
    samples = {
        "email",
        "preferred_chain",
        "existing",
        "iam_profile",
        "user",
        "topic",
        "patience",
        "target",
        "ca_organization",
    }
    shown = tomllib.loads(everything()).get(section, {})
    for field in dataclasses.fields(load(section).Request):
        if field.name in shown and field.name not in samples and field.default is not dataclasses.MISSING:
            default: Any = list(field.default) if isinstance(field.default, tuple) else field.default
            assert shown[field.name] == default, field.name


def test_a_steps_values_become_its_request(tmp_path: Path) -> None:
    plan = read(
        tmp_path, 'domain = "mqtt.example.com"\n[client_certificates]\nca_common_name = "My CA"\nca_days = 30\n'
    )
    request = plan.adjust("client_certificates", load("client_certificates").Request())
    assert (request.ca_common_name, request.ca_days, request.client_days) == ("My CA", 30, 365)


def test_the_plans_domain_wins_over_an_earlier_runs(tmp_path: Path) -> None:
    plan = read(tmp_path, 'domain = "new.example.com"\n[emqx]\naddress = "d2.example.net"\n')
    request = plan.adjust("subdomain", load("subdomain").Request("old.example.com", "d1.example.net"))
    assert (request.domain, request.target) == ("new.example.com", "d2.example.net")


@pytest.mark.parametrize(("server", "directory", "staging"), [
    ("staging", LETS_ENCRYPT_STAGING, True),
    ("production", LETS_ENCRYPT, False),
    ("http://127.0.0.1:14000/dir", "http://127.0.0.1:14000/dir", False),
])  # fmt: skip
def test_the_ca_is_named_by_word_or_by_address(tmp_path: Path, server: str, directory: str, *, staging: bool) -> None:
    acme = world_parts(read(tmp_path, f'domain = "mqtt.example.com"\n[acme]\nserver = "{server}"\n'))["acme"]
    assert (acme.directory_url, acme.staging) == (directory, staging)


@pytest.mark.parametrize(("text", "name", "nearest"), [
    ('domian = "x.example.com"', "domian", "domain"),
    ('domain = "x.example.com"\n[asw]', "asw", "aws"),
    ('domain = "x.example.com"\n[server_certificates]', "server_certificates", "server_certificate"),
    ('domain = "x.example.com"\n[aws]\nprofil = "x"', "aws.profil", "profile"),
    ('domain = "x.example.com"\n[acme]\nsever = "x"', "acme.sever", "server"),
    ('domain = "x.example.com"\n[dns]\nnameservers = "x"', "dns.nameservers", "nameserver"),
    ('domain = "x.example.com"\n[emqx]\nadress = "x"', "emqx.adress", "address"),
    ('domain = "x.example.com"\n[client_certificates]\nca_cn = "x"', "client_certificates.ca_cn", "ca_"),
    ('domain = "x.example.com"\n[subdomain]\nTTL = 3', "subdomain.TTL", "ttl"),
    ('domain = "x.example.com"\n[server_certificate]\nkeytype = "x"', "server_certificate.keytype", "key_type"),
    ('domain = "x.example.com"\n[deployment]\ntaget = "x"', "deployment.taget", "target"),
    ('domain = "x.example.com"\n[connection]\nusername = "x"', "connection.username", "user"),
])  # fmt: skip
def test_an_unknown_name_is_told_with_the_nearest_right_one(tmp_path: Path, text: str, name: str, nearest: str) -> None:
    error = refused(tmp_path, text)
    assert error.id == "plan-unknown-name"
    assert error.facts["name"] == name
    assert str(error.facts["nearest"]).startswith(nearest)
    assert name in error.what
    assert str(error.facts["nearest"]) in error.fix


@pytest.mark.parametrize(("text", "finding", "told"), [
    ("a = 1\nb = x", "plan-not-toml", "line 2"),
    ("[aws]", "plan-missing-value", "domain"),
    ('domain = ""', "plan-missing-value", "domain"),
    ("domain = 3", "plan-bad-value", "str"),
    ('domain = "x.example.com"\nversion = 2', "plan-bad-value", "version"),
    ('domain = "x.example.com"\naws = 1', "plan-bad-value", "aws"),
    ('domain = "x.example.com"\nsubdomain = "x"', "plan-bad-value", "subdomain"),
    ('domain = "x.example.com"\n[emqx]\nport = "x"', "plan-bad-value", "port"),
])  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, finding: str, told: str) -> None:
    error = refused(tmp_path, text)
    assert error.id == finding
    assert told in f"{error} {error.details} {error.fix}"


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        read_plan(tmp_path / "none.toml")
    assert caught.value.id == "file-not-found"


def test_a_wrong_value_of_a_step_is_named_with_its_place(tmp_path: Path) -> None:
    plan = read(tmp_path, 'domain = "mqtt.example.com"\n[client_certificates]\nca_days = "many"\n')
    with pytest.raises(ServiceError) as caught:
        plan.adjust("client_certificates", load("client_certificates").Request())
    assert caught.value.id == "plan-bad-value"
    assert "ca_days" in caught.value.details


@pytest.mark.parametrize(("value", "address"), [
    ("1.1.1.1", ("1.1.1.1", 53)), ("127.0.0.1:5353", ("127.0.0.1", 5353)), ("::1", ("::1", 53)),
    ("[::1]:5353", ("::1", 5353)),
])  # fmt: skip
def test_a_name_server_may_have_a_port(tmp_path: Path, value: str, address: tuple[str, int]) -> None:
    parts = world_parts(read(tmp_path, f'domain = "x.example.com"\n[dns]\nnameserver = "{value}"\n'))
    assert parts["dns"].nameserver == address


@pytest.mark.parametrize("value", ["1.1.1.1:", ":53", "1.1.1.1:0", "1.1.1.1:99999", "1.1.1.1:x"])
def test_a_wrong_port_of_the_name_server_is_named(tmp_path: Path, value: str) -> None:
    plan = read(tmp_path, f'domain = "x.example.com"\n[dns]\nnameserver = "{value}"\n')
    with pytest.raises(ServiceError) as caught:
        world_parts(plan)
    assert caught.value.id == "plan-bad-value"


@pytest.mark.parametrize("domain", ["../../elsewhere", "https://mqtt.example.com/", "mqtt", "mqtt.example.com:8883"])
def test_a_domain_that_is_none_is_told_before_a_folder_is_named_after_it(tmp_path: Path, domain: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read(tmp_path, f'domain = "{domain}"\n')
    assert caught.value.id == "bad-domain"


def test_a_value_of_another_kind_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        read(tmp_path, "domain = 5\n")
    assert "domain" in caught.value.what
