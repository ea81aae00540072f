"""The wizard's forms offer every choice that a step has: by hand or by a plan, the same can be wanted."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from typing import Final

import pytest

from app.place import Place
from app.plan import AcmeTable, AwsTable, DnsTable, EmqxTable
from screens import place
from screens.fields import Kind, fields_of
from screens.prerequisites import PrerequisitesView
from services.aws.iam_state import IamChoice
from services.guide.step import SECTIONS, load
from services.text import has

ELSEWHERE: Final = {
    "subdomain.overwrite": "asked for in a dialog, after what would be replaced was shown",
    "subdomain.wait_seconds": "a deadline with a good value; a plan can change it",
    "server_certificate.iam_replace": "asked for in a dialog, after what would be replaced was shown",
    "deployment.patience": "a deadline with a good value for each way; a plan can change it",
}
"""Fields of a Request without a field in the form, and why."""

ONLY_IN_A_PLAN: Final = {
    "aws.endpoint_url": "AWS_ENDPOINT_URL says it",
    "aws.region": "IAM and Route 53 have one",
    "aws.config_file": "AWS_CONFIG_FILE says it",
    "aws.credentials_file": "AWS_SHARED_CREDENTIALS_FILE says it",
    "acme.caa_domain": "of another CA than Let's Encrypt",
    "acme.ca_bundle": "of another CA than Let's Encrypt",
}
"""Values of a plan's tables that the form of a real set-up does not ask for, and why."""

KEYS: Final = PrerequisitesView.KEYS + PrerequisitesView.PLATFORM
"""Rows of the first step's form that only some worlds need."""


def names_in_form(section: str) -> set[str]:
    view = import_module(f"screens.{section}").VIEW
    rows = view.ROWS + (KEYS if view is PrerequisitesView else ())
    return {field.name for field in fields_of(rows)}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_of_a_request_is_in_its_form_or_has_a_reason_not_to_be(section: str) -> None:
    wanted = {field.name for field in dataclasses.fields(load(section).Request)}
    reasons = {name.partition(".")[2] for name in ELSEWHERE if name.startswith(f"{section}.")}
    assert wanted - names_in_form(section) == reasons


@pytest.mark.parametrize("section", [*SECTIONS, "place"])
def test_every_field_and_every_choice_has_words(section: str) -> None:
    rows = place.ROWS if section == "place" else import_module(f"screens.{section}").VIEW.ROWS
    fields = [*fields_of(rows), *(fields_of(KEYS) if section == "prerequisites" else ())]
    for field in fields:
        assert has(f"form.{section}.{field.name}"), field.name
        assert has(f"form.{section}.{field.name}.help"), field.name
        assert [word for word in field.choices if not has(f"form.choice.{word}")] == []


def test_every_value_of_a_plans_tables_is_asked_for_or_has_a_reason_not_to_be() -> None:
    tables = {"aws": AwsTable, "acme": AcmeTable, "dns": DnsTable, "emqx": EmqxTable}
    asked = {field.name for field in fields_of(place.ROWS)}
    missing = {f"{name}.{each.name}" for name, kind in tables.items() for each in dataclasses.fields(kind)
               if each.name not in asked}  # fmt: skip
    assert missing == set(ONLY_IN_A_PLAN)


def test_staging_is_offered_first() -> None:
    field = next(field for field in fields_of(place.ROWS) if field.name == "server")
    assert field.choices[0] == "staging"
    default = next(each.default for each in dataclasses.fields(Place) if each.name == "server")
    assert default == "staging"


def test_every_way_to_give_certbot_its_permission_is_offered() -> None:
    rows = import_module("screens.server_certificate").VIEW.ROWS
    field = next(field for field in fields_of(rows) if field.name == "iam")
    assert field.kind is Kind.CHOICE
    assert set(field.choices) == {choice.value for choice in IamChoice}
