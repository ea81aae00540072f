"""Renewing: only what changed is uploaded, what does not prove itself is taken back, and kill -9 does no harm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from services.errors import ServiceError
from services.renewal import issuing, memory
from services.renewal.last_good import LastGood
from services.renewal.outcome import Order, Outcome
from services.renewal.renew import renew
from tests.system.renewal_world import SetUp, a_world, deployed, ended

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    import pytest

    from services.events import Event
    from services.guide.runner import Guide
    from services.practice.deployment import TlsBundle
    from services.renewal.outcome import Result

QUIET = Order(ask_ca=False)


def issuer(found: SetUp) -> issuing.Issuer:
    """A CA that gives a new certificate whenever one is due."""

    async def issue(guide: Guide, force: bool) -> AsyncGenerator[Event, None]:
        if force:
            found.stage.guide = guide
            found.new_certificate()
        return
        yield

    return issue


def uploads(found: SetUp) -> int:
    return len([each for each in found.stage.writes("emqx") if each in {"PUT", "POST"}])


def breaking(found: SetUp, monkeypatch: pytest.MonkeyPatch, *, while_served: Callable[[str], bool]) -> None:
    """The deployment leaves the chain out while a leaf is uploaded that `while_served` picks, and is fine else."""
    deployment, faults = found.stage.practice.deployment, found.stage.practice.faults
    take = deployment.set_tls

    def set_tls(bundle: TlsBundle) -> None:
        leaf = bundle.settings().identity.leaf.fingerprint(hashes.SHA256()).hex()
        (faults.inject if while_served(leaf) else faults.heal)("server-leaf-only")
        take(bundle)

    monkeypatch.setattr(deployment, "set_tls", set_tls)


async def test_nothing_due_changes_nothing_and_proves_what_is_served(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        before = uploads(found)
        result: Result = await ended(renew(found.guide, QUIET))
        assert result.outcome is Outcome.UNCHANGED
        assert uploads(found) == before
        assert LastGood.of(found.workspace).leaf() == found.served


async def test_a_new_certificate_is_uploaded_once_and_the_one_before_is_kept(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        old, before = found.served, uploads(found)
        result: Result = await ended(renew(found.guide, Order(force=True), issuer(found)))
        assert result.outcome is Outcome.RENEWED
        assert found.served == result.sha256 != old
        assert uploads(found) == before + 1
        again: Result = await ended(renew(found.guide, QUIET))
        assert (again.outcome, uploads(found)) == (Outcome.UNCHANGED, before + 1)


async def test_what_does_not_prove_itself_is_taken_back_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        old = found.served
        breaking(found, monkeypatch, while_served=lambda leaf: leaf != old)
        result: Result = await ended(renew(found.guide, Order(force=True), issuer(found)))
        assert result.outcome is Outcome.ROLLED_BACK
        assert result.trouble is not None
        assert result.trouble.id == "server-leaf-only"
        assert found.served == old
        assert len(found.stage.practice.deployment.served_chain()) == 4
        count = uploads(found)
        held: Result = await ended(renew(found.guide, QUIET))
        assert (held.outcome, uploads(found)) == (Outcome.HELD, count)
        monkeypatch.undo()
        healed: Result = await ended(renew(found.guide, replace(QUIET, force=True)))
        assert healed.outcome is Outcome.UPLOADED
        assert found.served == healed.sha256 == result.sha256
        assert memory.recall(found.workspace).rejected is None


async def test_a_refused_upload_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with a_world(tmp_path) as found:
        await deployed(found)
        old = found.served
        found.stage.practice.faults.inject("emqx-rate-limit")
        result: Result = await ended(renew(found.guide, Order(force=True), issuer(found)))
        assert result.outcome is Outcome.FAILED
        assert result.trouble is not None
        assert result.trouble.id == "emqx-rate-limit"
        assert found.served == old


async def test_an_unreachable_ca_is_told_apart_from_an_overdue_certificate(tmp_path: Path) -> None:
    async def unreachable(_guide: Guide, _force: bool) -> AsyncGenerator[Event, None]:
        for host in ("ca.example",):
            raise ServiceError("acme-unreachable", host=host)
            yield

    with a_world(tmp_path) as found:
        await deployed(found)
        early: Result = await ended(renew(found.guide, Order(), unreachable))
        assert early.outcome is Outcome.UNCHECKED
        due: Result = await ended(renew(found.guide, Order(force=True), unreachable))
        assert due.outcome is Outcome.FAILED


# What a renewal says when something has just been done, in its order: nothing, the session told, files written,
# uploaded, proven, remembered.
RENEWED_AT = ("due yes", "certificate yes", "artifact console-private-key", "brought yes", "proven yes", "done")


async def test_killed_at_every_boundary_a_renewal_is_finished_by_running_it_again(tmp_path: Path) -> None:
    with a_world(tmp_path / "workspace") as found:
        await deployed(found)
        found.keep_plan()
        old = found.served
        found.new_certificate()
        runs = []
        for run in found.killed_at_each(tmp_path / "killed", RENEWED_AT, "renew", "--deploy-only"):
            runs.append(run)
            chain = found.stage.practice.deployment.served_chain()  # one of the two, whole, whenever it was killed
            assert len(chain) == 4
            assert (found.served == old) is (len(runs) <= RENEWED_AT.index("brought yes"))
        assert runs[-1].status == 0, runs[-1].said
        assert [run.at for run in runs] == [*RENEWED_AT, ""]
        assert LastGood.of(found.workspace).leaf() == found.served


# The same for a certificate that does not prove itself: uploaded, not proven, remembered and taken back.
TAKEN_BACK_AT = ("brought yes", "proven no", "rolled-back yes", "done")


async def test_killed_at_every_boundary_a_way_back_is_finished_by_running_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_world(tmp_path / "workspace") as found:
        await deployed(found)
        found.keep_plan()
        old = found.served
        found.new_certificate()
        breaking(found, monkeypatch, while_served=lambda leaf: leaf != old)
        runs = list(found.killed_at_each(tmp_path / "killed", TAKEN_BACK_AT, "renew", "--deploy-only"))
        assert runs[-1].status == 1, runs[-1].said
        assert {run.at for run in runs} == {*TAKEN_BACK_AT, ""}
        assert found.served == old
        assert len(found.stage.practice.deployment.served_chain()) == 4
        assert LastGood.of(found.workspace).leaf() == old
