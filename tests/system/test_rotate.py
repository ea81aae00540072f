"""Rotating the client CA: clients of either CA come in at every stage where they may, and kill -9 does no harm."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from services.errors import ServiceError
from services.pki.places import ClientFolder
from services.renewal.outcome import Order, Outcome
from services.renewal.renew import renew
from services.renewal.rotation import rotate
from services.renewal.rotation.entry import Entry, try_client
from services.renewal.rotation.stages import Stage, holds_same
from tests.system.broker_clients import crowd
from tests.system.renewal_world import SetUp, a_world, deployed, ended

if TYPE_CHECKING:
    from pathlib import Path

    from services.renewal.rotation.rotate import Result

CLIENTS = 12  # of each CA, coming back all the time


async def entries(found: SetUp, *folders: ClientFolder) -> list[Entry]:
    """What becomes of the client of each folder."""
    from services.guide import deployment  # noqa: PLC0415 - only here

    guide = found.guide
    request = deployment.propose(guide.here)
    return [(await try_client(guide, request, folder)).entry for folder in folders]


async def test_no_client_of_either_ca_is_refused_until_the_old_one_is_dropped(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        folder = rotate.folder_of(found.guide)
        folder.keep_old()  # as the first stage does, so that clients with the old files can begin before it
        async with AsyncExitStack() as crowds:
            old = await crowds.enter_async_context(
                crowd(found, staying=CLIENTS, returning=CLIENTS, client=folder.old, name="old")
            )
            result: Result = await ended(rotate.forward(found.guide))
            assert result.stage is Stage.MOVED
            new = await crowds.enter_async_context(
                crowd(found, staying=CLIENTS, returning=CLIENTS, client=folder.new, name="new")
            )
            await old.everybody_again()
            assert old.refused == []
            finished: Result = await ended(rotate.finish(found.guide))
            await new.everybody_again()
            await old.everybody_again()
        assert new.refused == []
        assert new.stayed == CLIENTS
        assert old.stayed == CLIENTS  # who is connected stays: only the next connection is refused
        assert len(old.refused) >= CLIENTS
        assert finished.kept is not None
        kept = ClientFolder(finished.kept / "old")
        assert kept.ca_key.stat().st_mode & 0o777 == 0o600
        assert await entries(found, kept, ClientFolder(found.workspace.client)) == [Entry.REFUSED, Entry.LET_IN]


async def test_it_goes_back_stage_by_stage(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        folder = rotate.folder_of(found.guide)
        await ended(rotate.forward(found.guide))
        assert holds_same(folder.client, folder.new)
        first: Result = await ended(rotate.back(found.guide))
        assert (first.stage, holds_same(folder.client, folder.old)) == (Stage.BOTH, True)
        assert await entries(found, folder.old, folder.new) == [Entry.LET_IN] * 2
        second: Result = await ended(rotate.back(found.guide))
        assert second.stage is Stage.IDLE
        assert second.kept is not None
        abandoned = ClientFolder(second.kept / "new")
        assert await entries(found, folder.client, abandoned) == [Entry.LET_IN, Entry.REFUSED]
        with pytest.raises(ServiceError) as nothing:
            await ended(rotate.back(found.guide))
        assert nothing.value.id == "rotation-none"


async def test_the_old_ca_is_not_dropped_before_clients_could_move(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        with pytest.raises(ServiceError) as early:
            await ended(rotate.finish(found.guide))
        assert early.value.id == "rotation-not-ready"


async def test_a_renewal_in_the_middle_keeps_both_trusted(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        folder = rotate.folder_of(found.guide)
        await ended(rotate.forward(found.guide))
        found.new_certificate()
        result = await ended(renew(found.guide, Order(ask_ca=False)))
        assert result.outcome is Outcome.UPLOADED
        assert await entries(found, folder.old, folder.new) == [Entry.LET_IN] * 2


# What a rotation says when something has just been done, in its order: files made, those for the deployment written,
# both CAs trusted, the client's files moved, the session told, all done.
FORWARD_AT = ("artifact new-client-ca", "rotate.files-ready", "uploaded yes", "rotate.moving", "moved yes", "done")
FINISH_AT = ("rotate.files-ready", "uploaded yes", "finished yes")


def stage_of(found: SetUp) -> Stage:
    return rotate.folder_of(found.guide).stage


async def test_killed_at_every_boundary_a_rotation_is_finished_by_running_it_again(tmp_path: Path) -> None:
    with a_world(tmp_path / "workspace") as found:
        await deployed(found)
        found.keep_plan()
        folder = rotate.folder_of(found.guide)
        folder.keep_old()
        for run in found.killed_at_each(tmp_path / "killed", FORWARD_AT, "rotate"):
            assert run.status in {0, -9}, run.said
            assert await entries(found, folder.old) == [Entry.LET_IN]
        assert stage_of(found) is Stage.MOVED
        assert await entries(found, folder.new) == [Entry.LET_IN]
        for run in found.killed_at_each(tmp_path / "killed", FINISH_AT, "rotate", "--finish"):
            assert run.at in {*FINISH_AT, ""}
            assert await entries(found, folder.client) == [Entry.LET_IN]
        assert stage_of(found) is Stage.IDLE
        kept = next(found.workspace.client.glob("old-ca-*"))
        assert await entries(found, ClientFolder(kept / "old")) == [Entry.REFUSED]
