"""What the log pane shows: lines with source and time, filtered and searched; no widget, so it is tested by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from services.events import Source
from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

KEPT: Final = 200_000
_SPARE: Final = KEPT // 10  # dropped at once, so that dropping is seldom


class LogLine(NamedTuple):
    """One line of the log."""

    at: datetime
    source: Source
    text: str


class LogModel:
    """The lines of one run of the program: at most KEPT (and a tenth), the oldest going first.

    Args:
        redact: blots out secrets; every line passes it before it is kept.
    """

    def __init__(self, redact: Callable[[str], str] = str) -> None:
        self._redact = redact
        self._lines: list[LogLine] = []
        self._indices: list[int] | None = None  # of the lines of the chosen source; None: all
        self._source: Source | None = None
        self.dropped = 0
        self.changes = 0  # counts additions and filterings, so that a view knows whether it is stale

    def __len__(self) -> int:
        """How many lines are seen through the filter."""
        return len(self._lines if self._indices is None else self._indices)

    def __getitem__(self, index: int) -> LogLine:
        """The line at `index` of those seen through the filter."""
        return self._lines[index if self._indices is None else self._indices[index]]

    @property
    def source(self) -> Source | None:
        """The only source seen; None for all."""
        return self._source

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that have spoken, in the order of `Source`."""
        spoken = {line.source for line in self._lines}
        return tuple(source for source in Source if source in spoken)

    def add(self, source: Source, lines: Sequence[str], at: datetime) -> None:
        """Keep `lines`, said by `source` at `at`."""
        start = len(self._lines)
        self._lines.extend(LogLine(at, source, safe(self._redact(line))) for line in lines)
        if self._indices is not None and source is self._source:
            self._indices.extend(range(start, len(self._lines)))
        if len(self._lines) > KEPT + _SPARE:
            self._drop(len(self._lines) - KEPT)
        self.changes += 1

    def show_only(self, source: Source | None) -> None:
        """See only the lines of `source`; of all where it is None."""
        self._source = source
        self._indices = None
        if source is not None:
            self._indices = [index for index, line in enumerate(self._lines) if line.source is source]
        self.changes += 1

    def find(self, words: str, start: int, *, backwards: bool = False) -> int | None:
        """Return the index of the next line that holds `words` (in any case) from `start` on, going round once."""
        count, wanted = len(self), words.casefold()
        if not wanted or not count:
            return None
        step = -1 if backwards else 1
        for offset in range(count):
            index = (start + step * offset) % count
            if wanted in self[index].text.casefold():
                return index
        return None

    def as_text(self, limit: int | None = None) -> str:
        """Return the lines seen through the filter (the last `limit` of them), as they are saved and copied."""
        first = max(0, len(self) - limit) if limit else 0
        return "".join(
            f"{line.at.isoformat(timespec='milliseconds')} {line.source:8} {line.text}\n"
            for line in (self[index] for index in range(first, len(self)))
        )

    def _drop(self, count: int) -> None:
        del self._lines[:count]
        self.dropped += count
        if self._indices is not None:
            self.show_only(self._source)
