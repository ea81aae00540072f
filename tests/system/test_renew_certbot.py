"""Renewing with the real certbot, while clients stay connected and others reconnect all the time."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

from services.events import Failed
from services.guide import server_certificate
from services.renewal.outcome import Order, Outcome
from services.renewal.renew import renew
from tests.system.broker_clients import crowd
from tests.system.renewal_world import SetUp, a_world, deployed, ended

if TYPE_CHECKING:
    from pathlib import Path

    from services.renewal.outcome import Result

CLIENTS = 50


async def by_certbot(found: SetUp) -> SetUp:
    """Have the certificate come from the real certbot, and serve it."""
    await deployed(found)
    shutil.rmtree(found.workspace.letsencrypt)  # which was not certbot's
    for section in (server_certificate.NAME, "deployment"):
        request = server_certificate.Request(found.world.domain, force=True) if section != "deployment" else None
        ran = await found.stage.run(section, request)
        assert not isinstance(ran.events[-1], Failed), ran.failure.details
    return found


async def test_a_renewal_refuses_no_client(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await by_certbot(found)
        old = found.served
        async with crowd(found, staying=CLIENTS, returning=CLIENTS) as clients:
            result: Result = await ended(renew(found.guide, Order(force=True)))
            await clients.everybody_again()
        assert result.outcome is Outcome.RENEWED
        assert found.served == result.sha256 != old
        assert clients.refused == []
        assert clients.attempts >= 2 * CLIENTS
        assert clients.leaves == {old, result.sha256}
        assert clients.stayed == CLIENTS
        assert found.stage.practice.acme.issued[-1].names == (found.world.domain,)


async def test_killed_while_certbot_runs_the_renewal_is_finished_by_running_it_again(tmp_path: Path) -> None:
    with a_world(tmp_path / "workspace") as found:
        await by_certbot(found)
        found.keep_plan()
        old = found.served
        killed = tmp_path / "killed"
        killed.write_text("renew.asking-ca\nlines certbot")
        statuses = [found.program("renew", "--force", "-v", kill_at=killed).returncode for _ in range(2)]
        assert statuses == [-signal.SIGKILL] * 2
        assert not killed.read_text()
        assert found.served == old
        done = found.program("renew", "--force")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "renewed" in done.stdout
        assert found.served != old
        shutil.rmtree(found.workspace.letsencrypt / "config" / "accounts")  # as on a machine that was set up anew
        before = found.served
        anew = found.program("renew", "--force")
        assert anew.returncode == 0, anew.stdout + anew.stderr
        assert found.served != before
