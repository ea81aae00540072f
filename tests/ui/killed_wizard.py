"""Run the wizard, and kill it -9 in the middle of a step.

    python killed_wizard.py SECTION WORDS arguments of emqx-mtls …

It dies as soon as SECTION has said something that holds WORDS (anything at all where WORDS is empty), before the wizard
has seen it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.__main__ import main
from services.guide.runner import Guide

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.events import Event

_run = Guide.run
SECTION, WORDS = sys.argv.pop(1), sys.argv.pop(1)


async def until_said(guide: Guide, section: str, *arguments: Any) -> AsyncGenerator[Event, None]:
    """Run as ever; but SECTION comes no further than to WORDS."""
    async for event in _run(guide, section, *arguments):
        if section == SECTION and WORDS in str(event):
            os.kill(os.getpid(), signal.SIGKILL)
        yield event


if __name__ == "__main__":
    setattr(Guide, "run", until_said)  # noqa: B010 - for this process only
    main()
