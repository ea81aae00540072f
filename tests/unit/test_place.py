"""Where a real set-up takes place: the form's record and the plan that the workspace keeps say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app import whereabouts
from app.opening import resumable
from app.place import Place
from app.plan import read_plan, world_parts
from services.errors import InputError
from services.workspace import Workspace
from services.world import LETS_ENCRYPT, LETS_ENCRYPT_STAGING

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PLACE = Place("mqtt.example.com", "d1234.emqx.cloud", profile="work", nameserver="1.1.1.1")


def kept(place: Place, folder: Path) -> Workspace:
    workspace = Workspace(folder)
    whereabouts.keep_place(place, workspace, NOW)
    return workspace


@pytest.mark.parametrize(
    "place",
    [
        PLACE,
        replace(PLACE, server="other", directory="https://ca.example/directory"),
        replace(PLACE, platform_url="https://api.example/public_api/v1", deployment_id="d1"),
        replace(PLACE, api_url="http://10.0.0.5:18083/api/v5"),  # self-managed EMQX: the step warns, the form takes it
    ],
)
def test_what_was_typed_is_what_the_plan_says(tmp_path: Path, place: Place) -> None:
    assert whereabouts.place_of(kept(place, tmp_path)) == place


def test_from_staging_to_production_nothing_else_of_the_plan_changes(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "plan.toml").write_text(
        'domain = "mqtt.example.com"\n[emqx]\naddress = "d1234.emqx.cloud"\n[aws]\nendpoint_url = "http://127.0.0.1:1"\n'
    )
    place = whereabouts.place_of(workspace)
    assert place is not None
    before = world_parts(read_plan(tmp_path / "plan.toml"))
    kept(replace(place, server="production"), tmp_path)
    after = world_parts(read_plan(tmp_path / "plan.toml"))
    assert (before["acme"].directory_url, after["acme"].directory_url) == (LETS_ENCRYPT_STAGING, LETS_ENCRYPT)
    assert before["acme"].staging
    assert not after["acme"].staging
    assert {name: part for name, part in after.items() if name != "acme"} == {
        name: part for name, part in before.items() if name != "acme"
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("platform_url", "http://api.example/public_api/v1"),
        ("api_url", "10.0.0.5:18083"),
        ("directory", "ca.example"),
        ("nameserver", "one.one.one.one"),
    ],
)
def test_what_cannot_be_used_is_marked_in_the_form(field: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(PLACE, **{field: value})  # type: ignore[arg-type]  # each of the right type for its field
    assert caught.value.field == field
    assert caught.value.fix


def test_the_platform_api_wants_the_deployments_id() -> None:
    with pytest.raises(InputError, match="missing") as caught:
        replace(PLACE, platform_url="https://api.example/public_api/v1")
    assert caught.value.field == "deployment_id"


def test_a_set_up_that_was_only_begun_can_be_gone_on_with(tmp_path: Path) -> None:
    workspace = kept(PLACE, tmp_path)
    assert [(each.path, each.world, each.done) for each in resumable((workspace.root,))] == [(tmp_path, "live", 0)]
