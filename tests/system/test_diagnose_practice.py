"""The practice world's faults, each named by `diagnose` from outside: by host and files alone."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services import worlds
from services.faults import CATALOGUE, Fault
from services.guide.runner import Guide
from services.secrets import SecretName
from services.tls.diagnose import diagnose
from services.tls.gather import Inquiry, gather
from services.workspace import Workspace
from tests.system.guide_world import walk_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.tls.findings import Diagnosis

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEEN_FROM_OUTSIDE = [
    fault for fault in CATALOGUE.values() if fault.part == "deployment" and fault.id != "emqx-stale-certificate"
] + [CATALOGUE["dns-missing"], CATALOGUE["cname-wrong"]]


@pytest.fixture(scope="module")
async def guide() -> AsyncIterator[Guide]:
    """A guide that was walked to the end, in a practice world that goes on."""
    with tempfile.TemporaryDirectory() as folder:
        async with worlds.practice() as world:
            guide = Guide.open(world, Workspace(Path(folder)))
            assert await walk_until(guide) is None
            yield guide


async def look(guide: Guide, ca: Path | None = None) -> Diagnosis:
    """Diagnose the deployment with the workspace's files, as a user would."""
    world, workspace = guide.world, guide.workspace
    inquiry = Inquiry(
        world.domain,
        world.emqx.port,
        address="127.0.0.1",
        resolver=world.dns.nameserver,
        deployment=world.emqx.address,
        ca=ca or workspace.mqtt / "root.pem",
        certificate=workspace.client / "client.crt",
        key=workspace.client / "client.key",
        user=world.mqtt_user,
        password=world.secrets.get(SecretName.MQTT_PASSWORD),
    )
    return await asyncio.to_thread(lambda: diagnose(gather(inquiry)))


async def the_port_is_shut(port: int) -> None:
    """A shut port takes the practice world a moment."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.02)


async def test_a_deployment_that_the_guide_set_up_is_fine(guide: Guide) -> None:
    diagnosis = await look(guide)
    assert diagnosis.verdict == "ok", diagnosis.findings
    assert diagnosis.affected == ()


@pytest.mark.parametrize("fault", SEEN_FROM_OUTSIDE, ids=lambda fault: fault.id)
async def test_a_fault_is_named(guide: Guide, fault: Fault) -> None:
    assert guide.world.practice is not None
    guide.world.practice.inject(fault.id)
    try:
        if fault.id == "connection-refused":
            await the_port_is_shut(guide.world.emqx.port)
        diagnosis = await look(guide)
    finally:
        guide.world.practice.heal(fault.id)
    errors = [each.id for each in diagnosis.findings if each.severity == "error"]
    assert errors == [fault.finding]


async def test_the_guides_own_mistake_is_named_and_mended(guide: Guide, tmp_path: Path) -> None:
    chain = (guide.workspace.emqx / "certificate-with-chain.pem").read_text()
    last = tmp_path / "root.pem"
    last.write_text(chain[chain.rindex("-----BEGIN CERTIFICATE-----") :])
    diagnosis = await look(guide, ca=last)
    assert diagnosis.root_cause is not None
    assert diagnosis.root_cause.id == "ca-file-not-root"
    assert set(diagnosis.affected) == {"openssl", "python", "node", "mosquitto"}
