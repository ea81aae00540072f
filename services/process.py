"""Child programs: their lines as they come, in a process group that dies with us, secrets only in the environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.errors import ServiceError
from services.events import Lines, Source
from services.outside import LINE_LIMIT, safe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

_BATCH_SECONDS = 0.04  # a burst of lines arrives as one event, and a single line is still seen at once
_CHUNK = 1 << 16
_BATCH_BYTES = 1 << 17  # cleaning this much takes a few milliseconds, so the event loop never waits long
_ASKED_TO_END = (
    10  # SIGTERM, and again: certbot's answer to it is an exception, which botocore takes for a failed request
)
_BETWEEN_SECONDS = 0.5  # when it comes in the middle of one; so certbot has 5 s to take its challenge record back


@dataclass(frozen=True, slots=True)
class Exited:
    """The child's end: `status` as a shell would see it (128 + n for signal n)."""

    status: int


async def stream(
    argv: Sequence[str],
    *,
    source: Source,
    environment: Mapping[str, str],
    redact: Callable[[str], str] = str,
) -> AsyncGenerator[Lines | Exited, None]:
    """Run `argv`, yield its lines (standard output and error, in the order they came) and last its Exited.

    `environment` is the child's whole environment. Leaving the generator early, by `aclose` or cancellation, ends the
    child's process group: SIGTERM, again where it goes unheard, and SIGKILL after 5 s.

    Raises:
        ServiceError: tool-missing where the program cannot be started.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    except OSError as error:
        raise ServiceError("tool-missing", tool=str(argv[0]), details=error.strerror or "") from error
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        async for lines in _batches(child.stdout, redact):
            yield Lines(source, lines)
        status = await child.wait()
        yield Exited(status if status >= 0 else 128 - status)
    finally:
        await asyncio.shield(_end(child))


async def _batches(pipe: asyncio.StreamReader, redact: Callable[[str], str]) -> AsyncGenerator[tuple[str, ...], None]:
    """Yield the pipe's whole lines, those of one burst together, each made safe and cut to a bearable length."""
    rest = b""
    while burst := await _burst(pipe):
        *lines, rest = (rest + burst).split(b"\n")
        if len(rest) > 4 * LINE_LIMIT:  # a line without an end: show what is there, do not hoard
            lines, rest = [*lines, rest], b""
        if lines:
            yield tuple(_clean(line, redact) for line in lines)
    if rest:
        yield (_clean(rest, redact),)


async def _burst(pipe: asyncio.StreamReader) -> bytes:
    """Return what comes within one batch's time of the first byte, or as much as one batch holds; empty at the end."""
    burst = await pipe.read(_CHUNK)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_BATCH_SECONDS):
            while len(burst) < _BATCH_BYTES and (chunk := await pipe.read(_CHUNK)):
                burst += chunk
    return burst


def _clean(line: bytes, redact: Callable[[str], str]) -> str:
    return safe(redact(line.removesuffix(b"\r").decode("utf-8", "replace")))


async def _end(child: asyncio.subprocess.Process) -> None:
    """End the child's process group if it still runs, and wait until it is gone."""
    for _ in range(_ASKED_TO_END):
        if child.returncode is not None:
            break
        _signal_group(child, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), _BETWEEN_SECONDS)
    _signal_group(child, signal.SIGKILL)
    await child.wait()


def _signal_group(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
