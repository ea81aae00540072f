"""Every fault of the practice world ends in its own name, and healing it is enough to go on."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services import worlds
from services.events import Done, Failed
from services.faults import CATALOGUE, Fault
from services.guide.runner import Guide
from services.guide.step import SECTIONS
from services.workspace import Workspace
from tests.system.deployment_world import changed
from tests.system.guide_world import run_step, walk_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE_ISSUING = [fault for fault in CATALOGUE.values() if fault.part in {"aws", "dns", "acme"}]
AT_AN_UPLOAD = ("emqx-rate-limit", "emqx-stale-certificate", "emqx-pending")
AFTER_ISSUING = [
    fault for fault in CATALOGUE.values() if fault.part in {"deployment", "emqx"} and fault.id not in AT_AN_UPLOAD
]


class Clock:
    """The real time, and hours added to it: EMQX Cloud takes six uploads an hour."""

    def __init__(self) -> None:
        self.hours = 0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A world of its own: the CA limits how many accounts one address may make."""
    async with worlds.practice() as opened:
        yield opened


CLOCK = Clock()


@pytest.fixture(scope="module")
async def done() -> AsyncIterator[Guide]:
    """A guide that was walked to the end."""
    with tempfile.TemporaryDirectory() as folder:
        async with worlds.practice(clock=CLOCK) as world:
            guide = Guide.open(world, Workspace(Path(folder)))
            failure = await walk_until(guide)
            assert failure is None, failure.error
            yield guide


@pytest.mark.parametrize("fault", BEFORE_ISSUING, ids=lambda fault: fault.id)
async def test_a_fault_of_aws_dns_or_the_ca(world: World, tmp_path: Path, fault: Fault) -> None:
    guide = Guide.open(world, Workspace(tmp_path))
    assert world.practice is not None
    world.practice.inject(fault.id)
    try:
        failure = await walk_until(guide, "server_certificate")
    finally:
        world.practice.heal(fault.id)
    if fault.finding is None:
        assert failure is None
        return
    assert failure is not None
    assert failure.error.id == fault.finding
    assert failure.error.fix
    assert "{" not in failure.error.what + failure.error.why + failure.error.fix
    stopped = next(section for section in SECTIONS if guide.session.record(section).problem)
    assert await walk_until(guide, stopped) is None


@pytest.mark.parametrize("fault", AFTER_ISSUING, ids=lambda fault: fault.id)
async def test_a_fault_of_the_deployment(done: Guide, fault: Fault) -> None:
    control = done.world.practice
    assert control is not None
    port = done.world.emqx.port
    CLOCK.hours += 1
    changed(control, fault.id, port, broken=True)
    try:
        outcome = await _first_failure(done, patience=2)
    finally:
        changed(control, fault.id, port, broken=False)
    assert outcome is not None
    assert outcome.error.id == fault.finding
    assert "{" not in outcome.error.what + outcome.error.why + outcome.error.fix
    assert await _first_failure(done) is None


async def test_faults_that_show_at_an_upload(world: World, tmp_path: Path) -> None:
    guide = Guide.open(world, Workspace(tmp_path))
    assert await walk_until(guide, "understanding") is None
    assert world.practice is not None
    for fault_id in AT_AN_UPLOAD:
        world.practice.inject(fault_id)
        _, outcome = await run_step(guide, "deployment", adjust=lambda request: replace(request, patience=3))
        world.practice.heal(fault_id)
        assert isinstance(outcome, Failed)
        assert outcome.error.id == fault_id
    assert await _first_failure(guide) is None


async def _first_failure(guide: Guide, *, patience: int = 0) -> Failed | None:
    """Upload and connect; `patience` is how many seconds a deployment is waited for that does not become right."""
    _, outcome = await run_step(guide, "deployment", adjust=lambda request: replace(request, patience=patience))
    if not isinstance(outcome, Failed):
        _, outcome = await run_step(guide, "connection")
    return outcome if isinstance(outcome, Failed) else None


async def test_everything_done_is_found_right_and_left_alone(done: Guide) -> None:
    files = {path: path.read_bytes() for path in done.workspace.root.rglob("*.pem") if path.is_file()}
    for section in SECTIONS:
        _, outcome = await run_step(done, section)
        assert isinstance(outcome, Done), (section, outcome)
    assert {path: path.read_bytes() for path in files} == files


async def test_the_guides_own_mistake_and_its_cure(done: Guide) -> None:
    _, outcome = await run_step(
        done, "connection", adjust=lambda request: replace(request, ca_file="last-of-fullchain")
    )
    assert isinstance(outcome, Failed)
    assert outcome.error.id == "ca-file-not-root"
    assert "unable to get issuer certificate" in f"{outcome.error.details} {outcome.error}"
    _, outcome = await run_step(done, "connection", adjust=lambda request: replace(request, ca_file="root"))
    assert isinstance(outcome, Done)
