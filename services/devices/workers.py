"""The processes that make certificates on every core.

Each has one pipe to the program. It ends when the pipe does, so none outlives the program, however that ends; and while
it may still write it holds a shared lock, so that the next run does not begin before the last worker of a killed one is
gone. The CA's key reaches it through the pipe: it is in no argument, no environment and no file.
"""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import signal
from collections import deque
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final, Protocol, Self

from services.devices.bench import Bench
from services.devices.issuer import Signer
from services.devices.records import Batch, Made, Order
from services.errors import ServiceError
from services.files import PRIVATE, file_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from pathlib import Path
    from types import TracebackType

_AHEAD: Final = 4  # batches that a worker has at hand, so that it does not wait while the program does for the disk
_SECONDS_TO_END: Final = 10.0


class Workers(Protocol):
    """Whoever makes batches of orders."""

    @property
    def free(self) -> bool:
        """Whether another batch can be given."""

    @property
    def busy(self) -> bool:
        """Whether a batch was given that has not come back."""

    def give(self, orders: tuple[Order, ...]) -> None:
        """Give a batch."""

    def take(self) -> Batch:
        """Wait for a batch to come back."""


class Alone:
    """This very process: for a few certificates, which other processes would take longer to start than to make."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._orders: deque[tuple[Order, ...]] = deque()

    @property
    def free(self) -> bool:
        """Whether another batch can be given."""
        return not self._orders

    @property
    def busy(self) -> bool:
        """Whether a batch was given that has not come back."""
        return bool(self._orders)

    def give(self, orders: tuple[Order, ...]) -> None:
        """Give a batch."""
        self._orders.append(orders)

    def take(self) -> Batch:
        """Make the batch."""
        return _make(self._bench, self._orders.popleft())


class Processes:
    """`count` worker processes, for as long as the context lasts."""

    def __init__(self, bench: Bench, count: int, lock: Path) -> None:
        context = multiprocessing.get_context("spawn")  # safe whatever threads run here, and alike on every system
        signer = Signer.of(bench.authority)
        self._processes: list[SpawnProcess] = []
        self._given: dict[Connection, int] = {}
        try:
            for _ in range(count):
                ours, theirs = context.Pipe()
                self._given[ours] = 0
                process = context.Process(target=work, args=(theirs, os.getpid()), daemon=True)
                with _deaf_to_ctrl_c():
                    process.start()
                theirs.close()
                self._processes.append(process)
                ours.send((signer, bench.root, bench.crl_url, lock))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def free(self) -> bool:
        """Whether another batch can be given."""
        return min(self._given.values()) < _AHEAD

    @property
    def busy(self) -> bool:
        """Whether a batch was given that has not come back."""
        return any(self._given.values())

    def give(self, orders: tuple[Order, ...]) -> None:
        """Give a batch to the worker that has least to do."""
        worker = min(self._given, key=lambda one: self._given[one])
        try:
            worker.send(orders)
        except OSError as error:
            raise ServiceError("devices-worker-lost") from error
        self._given[worker] += 1

    def take(self) -> Batch:
        """Wait for a batch to come back.

        Raises:
            ServiceError: devices-worker-lost: a worker ended by itself (killed, or out of memory).
        """
        ready = wait(list(self._given))
        worker = next(one for one in self._given if one in ready)
        try:
            batch: Batch = worker.recv()
        except (EOFError, OSError) as error:
            raise ServiceError("devices-worker-lost") from error
        self._given[worker] -= 1
        return batch

    def close(self) -> None:
        """End them: they end by themselves when their pipe does, after the certificate they are at."""
        for connection in self._given:
            connection.close()
        for process in self._processes:
            process.join(_SECONDS_TO_END)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        self._processes.clear()


def work(connection: Connection, parent: int) -> None:
    """Make batches until the pipe ends: a worker's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program hears Ctrl-C, and lets its workers end what they are at
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        signer, root, crl_url, lock = connection.recv()
        with writing(lock):
            bench = Bench(root, signer.authority(), crl_url)
            while True:
                connection.send(_make(bench, connection.recv(), parent))


def _make(bench: Bench, orders: tuple[Order, ...], parent: int | None = None) -> Batch:
    """Make `orders`, as far as it goes; stop at once where the program is gone."""
    made: list[Made] = []
    for order in orders:
        if parent is not None and os.getppid() != parent:
            raise EOFError
        try:
            made.append(bench.make(order))
        except ServiceError as error:
            return Batch(tuple(made), error)
    return Batch(tuple(made))


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let a process that is started here be deaf to Ctrl-C from its first moment, which imports would stretch.

    A blocked signal is inherited, also through exec; the program itself hears it right after.
    """
    resource_tracker.ensure_running()  # it would lift the block if started inside
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def writing(lock: Path) -> Iterator[None]:
    """Hold the shared lock of those who may write."""
    with _locked(lock, fcntl.LOCK_SH):
        yield


def wait_for_others(lock: Path) -> None:
    """Wait until no worker of an earlier, killed run can write any more: a fraction of a second, as a rule."""
    with _locked(lock, fcntl.LOCK_EX):
        pass


@contextlib.contextmanager
def _locked(lock: Path, kind: int) -> Iterator[None]:
    try:
        descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, PRIVATE)
    except OSError as error:
        raise file_error(error, lock) from error
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def cores() -> int:
    """Return how many cores this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
