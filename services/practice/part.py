"""What every stand-in of the practice world is: started and stopped, and asked afterwards what reached it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

if TYPE_CHECKING:
    from services.practice.journal import Journal, RequestRecord


class Startable(Protocol):
    """What answers on a port of its own."""

    def start(self) -> object:
        """Begin to answer."""

    def stop(self) -> None:
        """Stop answering and close the port. Safe to call twice."""


class Part(ABC):
    """One stand-in; as a context manager it is started on entry and stopped on exit.

    Attributes:
        name: what the journal calls it.
    """

    name: ClassVar[str]
    _journal: Journal

    @abstractmethod
    def start(self) -> Self:
        """Begin to answer."""

    @abstractmethod
    def stop(self) -> None:
        """Stop answering and close every port. Safe to call twice."""

    @property
    def requests(self) -> list[RequestRecord]:
        """What reached it so far, in order."""
        return self._journal.list(self.name)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class ServerPart(Part):
    """A part that is one server."""

    _server: Startable

    def start(self) -> Self:
        """Begin to answer."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop answering and close the port. Safe to call twice."""
        self._server.stop()
