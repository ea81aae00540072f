"""Run the program, and kill it -9 at the first of the wanted boundaries of `renew` or `rotate` that it comes to.

    python killed_program.py BOUNDARIES arguments of emqx-mtls …

A boundary is what an event tells, and BOUNDARIES a file of them, one a line; the one it was killed at is taken out.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.__main__ import main
from services.events import Artifact, Check, Done, Event, Lines, Progress
from services.renewal import renew
from services.renewal.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


def boundary(event: Event) -> str:
    """The name of what `event` tells."""
    match event:
        case Progress(doing):
            return doing.id
        case Check(name, answer):
            return f"{name} {answer}"
        case Lines(source):
            return f"lines {source}"
        case Artifact(role):
            return f"artifact {role}"
        case Done():
            return "done"
    return type(event).__name__


def killing(run: Callable[..., AsyncGenerator[Event, None]], file: Path) -> Callable[..., AsyncGenerator[Event, None]]:
    """`run`, which kills this process after an event whose boundary is in `file`."""
    wanted = file.read_text().splitlines()

    async def until_wanted(*arguments: Any) -> AsyncGenerator[Event, None]:
        async for event in run(*arguments):
            if (name := boundary(event)) in wanted:
                wanted.remove(name)
                file.write_text("\n".join(wanted))  # noqa: ASYNC240 - the last thing that this process does
                os.kill(os.getpid(), signal.SIGKILL)
            yield event

    return until_wanted


if __name__ == "__main__":
    boundaries = Path(sys.argv.pop(1))
    renew.renew = killing(renew.renew, boundaries)
    for way in ("forward", "finish", "back"):
        setattr(rotate, way, killing(getattr(rotate, way), boundaries))
    main()
