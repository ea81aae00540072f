"""Every fault of the practice world ends in its own name, and healing it is enough to go on."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from guide_world import run_step, walk_until

from services import worlds
from services.events import Done, Failed
from services.faults import CATALOGUE, Fault
from services.guide.runner import Guide
from services.guide.step import SECTIONS
from services.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE_ISSUING = [fault for fault in CATALOGUE.values() if fault.part in {"aws", "dns", "acme"}]
AFTER_ISSUING = [fault for fault in CATALOGUE.values() if fault.part in {"deployment", "emqx"}]


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    async with worlds.practice() as opened:
        yield opened


@pytest.fixture(scope="module")
async def done(world: World) -> AsyncIterator[Guide]:
    """A guide that was walked to the end."""
    with tempfile.TemporaryDirectory() as folder:
        guide = Guide.open(world, Workspace(Path(folder)))
        failure = await walk_until(guide)
        assert failure is None, failure.error
        yield guide


def active(world: World) -> frozenset[str]:
    assert world.practice is not None
    return world.practice.active


@pytest.mark.parametrize("fault", BEFORE_ISSUING, ids=lambda fault: fault.id)
async def test_a_fault_of_aws_dns_or_the_ca(world: World, tmp_path: Path, fault: Fault) -> None:
    named = replace(world, domain=f"{fault.id[:20]}.example.test")
    guide = Guide.open(named, Workspace(tmp_path))
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
    assert await walk_until(guide, "server_certificate") is None


@pytest.mark.parametrize("fault", AFTER_ISSUING, ids=lambda fault: fault.id)
async def test_a_fault_of_the_deployment(done: Guide, fault: Fault) -> None:
    control = done.world.practice
    assert control is not None
    if fault.id in {"emqx-stale-certificate", "emqx-rate-limit", "emqx-pending"}:
        pytest.skip("has a test of its own: it shows at an upload")
    control.inject(fault.id)
    try:
        outcome = await _first_failure(done)
    finally:
        control.heal(fault.id)
    assert outcome is not None
    assert outcome.error.id == fault.finding
    assert "{" not in outcome.error.what + outcome.error.why + outcome.error.fix
    assert await _first_failure(done) is None


async def _first_failure(guide: Guide) -> Failed | None:
    for section in ("deployment", "connection"):
        _, outcome = await run_step(guide, section)
        if isinstance(outcome, Failed):
            return outcome
    return None


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
