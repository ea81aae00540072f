"""What a set-up goes on with, and where its steps stand, from the session alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.errors import InputError
from services.guide import known, prerequisites, server_certificate, subdomain
from services.guide.step import Here, State
from services.session import Problem, Session, StepRecord
from services.workspace import Workspace
from services.world import Emqx, World

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def here(folder: Path, world: World | None = None, **records: StepRecord) -> Here:
    return Here(world or World("live"), Workspace(folder), Session("live", records))


def ran(hours: int, **request: object) -> StepRecord:
    return StepRecord(request=request, finished=NOW + timedelta(hours=hours))


def test_the_domain_that_was_used_last_goes_on(tmp_path: Path) -> None:
    first = ran(1, domain="a.example.com", address="x.example.net")
    second = ran(2, domain="b.example.com", target="y.example.net")
    place = here(tmp_path, prerequisites=first, subdomain=second)
    assert (known.domain(place), known.address(place)) == ("b.example.com", "y.example.net")
    place = here(tmp_path, prerequisites=ran(3, domain="c.example.com"), subdomain=second)
    assert (known.domain(place), known.address(place)) == ("c.example.com", "y.example.net")
    assert subdomain.propose(place).domain == server_certificate.propose(place).domain == "c.example.com"


def test_the_worlds_suggestion_comes_last(tmp_path: Path) -> None:
    world = World("live", domain="w.example.com", emqx=Emqx("d1.example.net", 8884))
    proposed = prerequisites.propose(here(tmp_path, world))
    assert (proposed.domain, proposed.address, proposed.port) == ("w.example.com", "d1.example.net", 8884)


@pytest.mark.parametrize("step", [prerequisites, subdomain, server_certificate])
def test_what_only_the_user_knows_is_asked_for(tmp_path: Path, step: object) -> None:
    with pytest.raises(InputError) as caught:
        step.propose(here(tmp_path))  # type: ignore[attr-defined]  # each is a step module
    assert (caught.value.field, caught.value.variant) == ("domain", "empty")


def test_overwriting_is_agreed_to_for_one_name_only(tmp_path: Path) -> None:
    agreed = ran(1, domain="a.example.com", target="x.example.net", overwrite=True)
    assert subdomain.propose(here(tmp_path, subdomain=agreed)).overwrite
    moved = ran(2, domain="b.example.com", address="x.example.net")
    assert not subdomain.propose(here(tmp_path, subdomain=agreed, prerequisites=moved)).overwrite


def test_a_failure_stands_in_the_rail_with_its_words(tmp_path: Path) -> None:
    problem = Problem("name-not-found", "subdomain", {"host": "mqtt.example.com", "target": "d1.example.net"})
    standing = subdomain.standing(here(tmp_path, subdomain=StepRecord(problem=problem)))
    assert standing.state is State.FAILED
    assert str(standing.reasons[0]) == "DNS does not answer for mqtt.example.com."


def test_done_elsewhere_is_believed(tmp_path: Path) -> None:
    assert subdomain.standing(here(tmp_path, subdomain=StepRecord(elsewhere=True))).state is State.ELSEWHERE
