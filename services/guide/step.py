"""What a section of the guide is, as a step: the shape that every module of `services.guide` has.

A step module holds, at its top level:

    NAME        its name, one of SECTIONS
    Request     a frozen dataclass, validated on construction (InputError), with the guide's values as defaults
    Result      a frozen dataclass: what the session keeps; paths, fingerprints, dates and proofs, never a secret
    propose     the Request that fits what is known so far
    commands    the equivalent shell commands with the user's own values
    standing    where the step stands, derived from session and files
    changes     what `run` would change outside the workspace, found by reading only
    run         does it, and yields events; the last one is Done(Result)

`run` is idempotent: run again, it changes nothing that is right, and its events say so.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from services.errors import ServiceError
from services.session import Session
from services.text import Message, message
from services.workspace import Workspace
from services.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.events import Event

SECTIONS: Final = (
    "prerequisites",
    "client_certificates",
    "subdomain",
    "server_certificate",
    "understanding",
    "deployment",
    "connection",
    "next_steps",
)


@dataclass(frozen=True, slots=True)
class Here:
    """Where a step works: the world, the workspace, and the session as it is when the step starts."""

    world: World
    workspace: Workspace
    session: Session


class State(StrEnum):
    """Where a step stands."""

    TO_DO = "to-do"  # something before it is missing
    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    ATTENTION = "attention"  # done once, and no longer as it should be: expires soon, files changed or missing
    ELSEWHERE = "elsewhere"  # the user did it outside the program


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a step stands, and why, in words that can be shown beside it."""

    state: State
    reasons: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One equivalent shell command (or a few that belong together), runnable as printed in a POSIX shell.

    Attributes:
        what: what it does, in words.
        shell: the text to run; may be several lines. Secrets stand in it as variables ("$AWS_SECRET_ACCESS_KEY").
    """

    what: Message
    shell: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing outside the workspace that a run would change.

    Attributes:
        what: the thing, e.g. "CNAME mqtt.example.test".
        before: what stands there now, safe for display; empty where nothing does.
        after: what would stand there.
        overwrites: something of the user's would be replaced, so it must be asked for.
        by_hand: not the run makes it, but the user's own hand, which the run waits for.
        notes: what is to be known before it is agreed to: whose keys are used, what limits leave.
    """

    what: Message
    before: str
    after: str
    overwrites: bool = False
    by_hand: bool = False
    notes: tuple[Message, ...] = ()


class StepModule(Protocol):
    """The shape of a step module. `Any` stands for the module's own Request and Result."""

    NAME: str
    Request: type[Any]
    Result: type[Any]

    def propose(self, here: Here) -> Any:
        """Return the Request that fits what is known so far: the session's last one, else the guide's values.

        Raises:
            InputError: a value that only the user can give is missing (live, first run).
        """

    def commands(self, request: Any, here: Here) -> tuple[Command, ...]:
        """Return the equivalent shell commands, in the order to run them. Pure: no I/O."""

    def standing(self, here: Here) -> Standing:
        """Return where the step stands. Reads the session and files of the workspace only; quick."""

    async def changes(self, request: Any, here: Here) -> tuple[Change, ...]:
        """Return what `run` would change outside the workspace; empty where all is right already. Only reads.

        Raises:
            ServiceError: it could not be found out.
        """

    def run(self, request: Any, here: Here) -> AsyncGenerator[Event, None]:
        """Do it; yield events as they happen, Done last.

        Raises:
            ServiceError: it did not work; what is right so far stays, and running again goes on from there.
        """


def load(section: str) -> StepModule:
    """Return the step module of `section`, imported on first use (it may bring heavy libraries).

    Raises:
        KeyError: no section has this name.
    """
    if section not in SECTIONS:
        raise KeyError(section)
    return cast("StepModule", importlib.import_module(f"services.guide.{section}"))


def titled(error: ServiceError) -> ServiceError:
    """Return `error` with the sections among its facts called what users know them by."""
    facts = {
        name: message(f"wizard.section.{fact}") if name in {"section", "needs"} and fact in SECTIONS else fact
        for name, fact in error.facts.items()
    }
    return ServiceError(error.id, variant=error.variant, details=error.details, **facts)
