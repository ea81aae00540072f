"""Child programs."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import pytest

from services.errors import ServiceError
from services.events import Lines, Source
from services.process import Exited, stream
from services.secrets import MASK

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"PATH": os.environ["PATH"]}


async def run(code: str, **options: object) -> tuple[list[Lines], int]:
    batches: list[Lines] = []
    status = -1
    arguments = [sys.executable, "-uc", code]
    async for event in stream(arguments, source=Source.CERTBOT, environment=ENVIRONMENT, **options):  # type: ignore[arg-type]
        if isinstance(event, Exited):
            status = event.status
        else:
            batches.append(event)
    return batches, status


async def test_lines_come_in_order_and_the_status_last() -> None:
    batches, status = await run("import sys; print('one'); print('two', file=sys.stderr); print('three'); sys.exit(7)")
    assert [line for batch in batches for line in batch.lines] == ["one", "two", "three"]
    assert status == 7


async def test_a_burst_comes_in_few_batches() -> None:
    batches, _ = await run("print('x\\n' * 50_000, end='')")
    assert sum(len(batch.lines) for batch in batches) == 50_000
    assert len(batches) < 500


async def test_hostile_output_is_made_safe_and_secrets_are_blotted_out() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\x1b[2Jhello hunter22 \\xff\\nno newline')"
    batches, _ = await run(code, redact=lambda line: line.replace("hunter22", MASK))
    assert [line for batch in batches for line in batch.lines] == [f"␛[2Jhello {MASK} \ufffd", "no newline"]


async def test_a_line_without_end_does_not_pile_up() -> None:
    batches, _ = await run("print('y' * 3_000_000)")
    assert all(len(line) < 5_000 for batch in batches for line in batch.lines)


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ServiceError) as caught:
        async for _ in stream(["/no/such/program"], source=Source.GUIDE, environment=ENVIRONMENT):
            pass
    assert caught.value.id == "tool-missing"


async def test_leaving_early_ends_the_child_and_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "print('ready')\n"
        "time.sleep(60)\n"
    )
    events = stream([sys.executable, "-uc", code], source=Source.CERTBOT, environment=ENVIRONMENT)
    async with aclosing(events):
        assert isinstance(await anext(events), Lines)
    for pid in map(int, pids.read_text().split()):
        assert await gone(pid)


async def test_cancelling_ends_the_child(tmp_path: Path) -> None:
    pids = tmp_path / "pid"
    code = f"import os, time; open({str(pids)!r}, 'w').write(str(os.getpid())); print('ready'); time.sleep(60)"
    task = asyncio.create_task(run(code))
    while not pids.exists() or not pids.read_text():  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await gone(int(pids.read_text()))


async def gone(pid: int) -> bool:
    """Wait until no process `pid` runs any more (a zombie of somebody else's counts as gone)."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: ASYNC230, PTH123 - tiny
            if stat.read().rpartition(")")[2].split()[0] == "Z":
                return True
        await asyncio.sleep(0.02)
    return False
