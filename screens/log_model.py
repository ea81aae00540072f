"""What the log pane shows: lines with source and time, filtered and searched; no widget, so it is tested by itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from services.events import Source
from services.outside import LINE_LIMIT, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

KEPT: Final = 200_000
_UNSAFE: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")  # of ASCII, a line feed aside
_SPARE: Final = KEPT // 10  # dropped at once, so that dropping is seldom


class LogLine(NamedTuple):
    """One line of the log."""

    at: datetime
    source: Source
    text: str


def _cells(line: str) -> int:
    return len(line) if line.isascii() else cell_len(line)


class LogModel:
    """The lines of one run of the program: at most KEPT (and a tenth), the oldest going first.

    Args:
        redact: blots out secrets; every line passes it before it is kept.
    """

    # Lines are kept as bare texts, time and source once for a batch: hundreds of thousands of small objects would make
    # every garbage collection a pause that is felt.

    def __init__(self, redact: Callable[[str], str] = str) -> None:
        self._redact = redact
        self._texts: list[str] = []
        self._batches: list[tuple[datetime, Source]] = []
        self._starts: list[int] = []  # of each batch, among all lines that ever were
        self._indices: list[int] | None = None  # of the lines of the chosen source; None: all
        self._source: Source | None = None
        self.width = 0  # in columns, of the widest line that ever was
        self.dropped = 0
        self.changes = 0  # counts additions and filterings, so that a view knows whether it is stale

    def __len__(self) -> int:
        """How many lines are seen through the filter."""
        return len(self._texts if self._indices is None else self._indices)

    def __getitem__(self, index: int) -> LogLine:
        """The line at `index` of those seen through the filter."""
        place = range(len(self._texts))[index] if self._indices is None else self._indices[index]
        at, source = self._batches[bisect_right(self._starts, place + self.dropped) - 1]
        return LogLine(at, source, self._texts[place])

    def text(self, index: int) -> str:
        """The text alone of the line at `index` of those seen through the filter."""
        return self._texts[index if self._indices is None else self._indices[index]]

    @property
    def source(self) -> Source | None:
        """The only source seen; None for all."""
        return self._source

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that have spoken, in the order of `Source`."""
        spoken = {source for _, source in self._batches}
        return tuple(source for source in Source if source in spoken)

    def add(self, source: Source, lines: Sequence[str], at: datetime) -> None:
        """Keep `lines`, said by `source` at `at`."""
        if not lines:
            return
        start = len(self._texts)
        self._starts.append(start + self.dropped)
        self._batches.append((at, source))
        harmless = self._harmless(lines)
        self._texts += harmless
        self.width = max(self.width, *map(_cells, harmless))
        if self._indices is not None and source is self._source:
            self._indices.extend(range(start, len(self._texts)))
        if len(self._texts) > KEPT + _SPARE:
            self._drop(len(self._texts) - KEPT)
        self.changes += 1

    def _harmless(self, lines: Sequence[str]) -> list[str]:
        """Return `lines` without secrets and without what a terminal would obey; many that are fine cost little."""
        together = self._redact("\n".join(lines))
        if together.isascii() and not _UNSAFE.search(together) and together.count("\n") == len(lines) - 1:
            return [line if len(line) <= LINE_LIMIT else safe(line) for line in together.split("\n")]
        return [safe(self._redact(line)) for line in lines]

    def show_only(self, source: Source | None) -> None:
        """See only the lines of `source`; of all where it is None."""
        self._source = source
        self._indices = None
        if source is not None:
            ends = [*self._starts, len(self._texts) + self.dropped][1:]
            self._indices = [
                place - self.dropped
                for start, end, (_, said) in zip(self._starts, ends, self._batches, strict=True)
                if said is source
                for place in range(max(start, self.dropped), end)
            ]
        self.changes += 1

    def find(self, words: str, start: int, *, backwards: bool = False) -> int | None:
        """Return the index of the next line that holds `words` (in any case) from `start` on, going round once."""
        count, wanted = len(self), words.casefold()
        if not wanted or not count:
            return None
        step = -1 if backwards else 1
        for offset in range(count):
            index = (start + step * offset) % count
            if wanted in self.text(index).casefold():
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
        del self._texts[:count]
        self.dropped += count
        gone = max(0, bisect_right(self._starts, self.dropped) - 1)  # batches of which no line is left
        del self._starts[:gone], self._batches[:gone]
        if self._indices is not None:
            self.show_only(self._source)
