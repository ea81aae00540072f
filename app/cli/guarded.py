"""The last guard of a command's work: what nobody foresaw becomes a finding, its traceback saved to a file."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.events import Event
    from services.guide.runner import Guide


async def guarded(guide: Guide, name: str, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """Yield `events`, the work called `name`.

    Raises:
        ServiceError: the work's own; unexpected for everything else.
    """
    try:
        async with aclosing(events) as running:
            async for event in running:
                yield event
    except ServiceError:
        raise
    except Exception as error:
        raise guide.unforeseen(name, error) from error
