"""A whole run: what an earlier one left unfinished first, then what is asked for, on every core."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.devices.bench import Bench
from services.devices.ledger import NO_MORE, Ledger
from services.devices.records import Made, Rules, Terms
from services.devices.workers import Alone, Processes, Workers, cores, wait_for_others
from services.files import file_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.devices.records import Batch, Order
    from services.errors import ServiceError

_BATCH: Final = 32  # certificates that a worker makes between two words with the program: some 30 ms with ECDSA keys
_SLOW_BATCH: Final = 4  # with RSA keys, each of which takes some 100 ms
_RESERVED_AT_ONCE: Final = 32  # batches: one commit, and so one wait for the disk
_CHECKPOINT: Final = 4096  # certificates after which the disk is waited for and the ledger told
_FEW: Final = 64  # are made here rather than by other processes


@dataclass(frozen=True, slots=True)
class Issued:
    """What a run came to.

    Attributes:
        made: certificates made, those included that an earlier run had begun.
        already: names that had a certificate.
        revoked: names passed over because their certificate was taken back.
        left: how many were not made because it was asked to stop.
        first_end: when the first of the made ends, in seconds since 1970; None where none was made.
    """

    made: int
    already: int
    revoked: int
    left: int
    first_end: int | None

    @property
    def stopped(self) -> bool:
        """Whether it stopped before all were made."""
        return self.left > 0


def _never() -> bool:
    return False


def _ignore(done: int, total: int) -> None:
    pass


@dataclass(slots=True)
class Run:
    """One run over a ledger on which everything wanted is staged.

    Attributes:
        ledger: open, bound to the CA, everything wanted staged.
        bench: where certificates are made.
        terms: for what is new; what an earlier run began keeps its own.
        rules: when a name that had a certificate gets another.
        processes: how many, at most; 0: one for each core.
        stop: asked between batches; once it says True, what is begun is ended and no more.
        progress: told how many are made, of how many.
    """

    ledger: Ledger
    bench: Bench
    terms: Terms
    rules: Rules = NO_MORE
    processes: int = 0
    stop: Callable[[], bool] = _never
    progress: Callable[[int, int], None] = _ignore
    _written: list[Made] = field(default_factory=list)
    _done: int = 0
    _first_end: int | None = None

    def issue(self) -> Issued:
        """Make them.

        Raises:
            ServiceError: file-in-the-way, folder-not-writable, disk-full, devices-worker-lost. What was made until
                then is recorded, and running again goes on from there.
        """
        wait_for_others(self.ledger.folder.workers_lock)
        plan = self.ledger.plan(self.rules)
        self.progress(0, plan.total)
        with self._workers(plan.total) as workers:
            try:
                self._drive(workers, plan.total)
            finally:
                self._checkpoint()
        return Issued(self._done, plan.already, plan.revoked, plan.total - self._done, self._first_end)

    @property
    def _batch(self) -> int:
        return _SLOW_BATCH if self.terms.kind.is_rsa else _BATCH

    def _workers(self, total: int) -> contextlib.AbstractContextManager[Workers]:
        count = min(self.processes or cores(), -(-total // self._batch))
        if total <= (_SLOW_BATCH if self.terms.kind.is_rsa else _FEW) or count < 2:
            return contextlib.nullcontext(Alone(self.bench))
        return Processes(self.bench, count, self.ledger.folder.workers_lock)

    def _batches(self) -> Iterator[tuple[Order, ...]]:
        """What earlier runs began, then what is new: reserved in the ledger no sooner than it is asked for."""
        yield from self.ledger.unfinished(self._batch)
        at_once = _RESERVED_AT_ONCE * self._batch
        while (orders := self.ledger.reserve(at_once, self.terms, self.rules)) is not None:
            for start in range(0, len(orders), self._batch):
                yield orders[start : start + self._batch]

    def _drive(self, workers: Workers, total: int) -> None:
        """Keep the workers busy to the end, or until it is to stop; then let them end what they have."""
        batches = self._batches()
        error: ServiceError | None = None
        while True:
            while error is None and workers.free and not self.stop() and (batch := next(batches, None)) is not None:
                workers.give(batch)
            if not workers.busy:
                break
            came = workers.take()
            error = error or came.error
            self._note(came, total)
        if error is not None:
            raise error

    def _note(self, batch: Batch, total: int) -> None:
        """Take in what a worker made."""
        self._written += batch.made
        self._done += len(batch.made)
        ends = [one.not_after for one in batch.made]
        self._first_end = min(ends if self._first_end is None else [self._first_end, *ends], default=None)
        self.progress(self._done, total)
        if len(self._written) >= _CHECKPOINT:
            self._checkpoint()

    def _checkpoint(self) -> None:
        """Record what was written, once it is on the disk."""
        if self._written:
            settle(self.bench.root, self._written)
            self.ledger.complete(self._written)
            self._written.clear()


def settle(root: Path, made: list[Made]) -> None:
    """Wait until the files of what was made are on the disk: one by one where they are few, else all at once.

    Raises:
        ServiceError: disk-full, folder-not-writable.
    """
    if len(made) > _FEW:
        os.sync()
        return
    paths = [root / f"{one.base}{ending}" for one in made for ending in (".key", ".crt")]
    folders = {parent for path in paths for parent in (path.parent, path.parent.parent, root)}
    for path in [*paths, *sorted(folders, reverse=True)]:
        with contextlib.suppress(FileNotFoundError):  # the key of a device that keeps it
            _flush(path)


def _flush(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise file_error(error, path) from error
