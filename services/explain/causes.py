"""From a text to the causes it admits.

A statement is recognised by its words or by a code. A shorter statement inside a longer one says nothing of its own
("certificate signed by unknown authority" inside Go's "… possibly because of …"), and a weak one ("certificate verify
failed") is heard only where no other speaks. Who wrote the text decides which way it reads: `alert unknown ca` in a
broker's log was sent by the client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.explain.codes import codes
from services.explain.knowledge import GAP, Knowledge, Likelihood, Row, Side, knowledge
from services.explain.paste import Paste, read
from services.text import has, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from services.explain.knowledge import Code, Phrase

_MOST_PLACES = 64  # places of one phrase looked at in one text


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause that a text admits, in words of the catalogue.

    Attributes:
        id: the finding's id.
        likelihood: how strongly the text speaks for it.
        rows: the names of the rows of the knowledge that say so.
    """

    id: str
    likelihood: Likelihood
    rows: tuple[str, ...]

    @property
    def what(self) -> str:
        """What is wrong, in one line."""
        return self._word("what")

    @property
    def why(self) -> str:
        """What it means and how it comes about."""
        return self._word("why")

    @property
    def check(self) -> str:
        """How to find out whether it is this cause."""
        return text(f"explain.check.{self.id}")

    @property
    def fix(self) -> str:
        """What to do about it."""
        return self._word("fix")

    def _word(self, kind: str) -> str:
        general = f"finding.{self.id}.general.{kind}"
        return text(general if has(general) else f"finding.{self.id}.{kind}")


@dataclass(frozen=True, slots=True)
class _Heard:
    """A row recognised in a text: where it stands (a span of the text's words, empty for a code) and who wrote it."""

    row: Row
    start: int
    end: int
    side: Side


def explain(pasted: str | bytes, *, side: Side | None = None) -> tuple[Cause, ...]:
    """Return the causes that `pasted` admits, the most likely first; none where it says nothing known.

    Args:
        pasted: any text: an error, a log, a screen; only the two ends of a very long one are read.
        side: who wrote it; by default each line tells by itself, else a client is assumed.
    """
    known = knowledge()
    paste = read(pasted)
    heard = list(_heard(paste, known, _Sides(paste, known, side)))
    return _ranked(_weighed(heard))


def findings() -> frozenset[str]:
    """Return the ids of all causes that the knowledge can name."""
    return frozenset(
        finding for row in knowledge().rows for admitted in (row.causes, row.broker) for finding, _ in admitted
    )


class _Sides:
    """Tells who wrote each line: what the caller says, else the mark on it, else the nearest mark before it."""

    def __init__(self, paste: Paste, known: Knowledge, told: Side | None) -> None:
        self._told = told
        marks = {} if told else dict(sorted(_marked(paste, known)))
        self._by_line: list[Side] = []
        current = next(iter(marks.values()), Side.CLIENT)
        for line in range(len(paste.lines)):
            current = marks.get(line, current)
            self._by_line.append(current)

    def of(self, line: int) -> Side:
        """Return who wrote `line`."""
        return self._told or (self._by_line[line] if line < len(self._by_line) else Side.CLIENT)


def _marked(paste: Paste, known: Knowledge) -> Iterator[tuple[int, Side]]:
    """Yield each line that tells who wrote it; a broker's own mark is not outdone by a client's on the same line."""
    for phrase, side in sorted(known.marks, key=lambda mark: mark[1] is Side.BROKER):
        yield from ((paste.line_at(start), side) for start, _ in _places(phrase, paste.words))


def _heard(paste: Paste, known: Knowledge, sides: _Sides) -> Iterator[_Heard]:
    """Yield every row recognised in `paste`, once for each place and side."""
    numbers: dict[Code, list[int]] = {}
    for code, line in codes(paste.lines):
        numbers.setdefault(code, []).append(line)
    for row in known.rows:
        if row.needs and not any(_stands(phrase, paste.words) for phrase in row.needs):
            continue
        if any(_stands(phrase, paste.words) for phrase in row.never):
            continue
        yield from _heard_of(row, paste, numbers, sides)


def _heard_of(row: Row, paste: Paste, numbers: Mapping[Code, list[int]], sides: _Sides) -> Iterator[_Heard]:
    for phrase, telling in row.phrases:
        if phrase[0] not in paste.words:  # nearly always
            continue
        for start, end in _places(phrase, paste.words):
            yield _Heard(row, start, end, telling or sides.of(paste.line_at(start)))
    if any(paste.words == "".join(phrase) for phrase in row.whole):
        yield _Heard(row, 0, len(paste.words), sides.of(0))
    for code in row.codes:
        for line in numbers.get(code, ()):
            position = paste.starts[line]
            yield _Heard(row, position, position, sides.of(line))


def _stands(phrase: Phrase, words: str) -> bool:
    return phrase[0] in words and next(_places(phrase, words), None) is not None


def _places(phrase: Phrase, words: str) -> Iterator[tuple[int, int]]:
    """Yield where `phrase` stands in `words`, at most some places: linear in both, whatever they hold."""
    first, *rest = phrase
    start = words.find(first)
    for _ in range(_MOST_PLACES):
        if start < 0:
            return
        end = start + len(first)
        for part in rest:
            # The space that ends one part may begin the next.
            found = words.find(part, end - 1, end + GAP + len(part))
            end = found + len(part) if found >= 0 else -1
            if end < 0:
                break
        if end >= 0:
            yield start, end
        start = words.find(first, start + 1)


def _weighed(heard: Sequence[_Heard]) -> list[_Heard]:
    """Return what is worth hearing: no part of a longer statement, nothing that a better row answers."""
    if any(not one.row.weak for one in heard):
        heard = [one for one in heard if not one.row.weak]
    spans = sorted({(one.start, one.end) for one in heard if one.end > one.start}, key=lambda span: (span[0], -span[1]))
    whole = set(_outermost(spans))
    heard = [one for one in heard if one.start == one.end or (one.start, one.end) in whole]
    answered = {name for one in heard for name in one.row.over}
    return [one for one in heard if one.row.name not in answered]


def _outermost(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans that lie in no other one, of spans sorted by start and, at one start, the longest first."""
    reached = -1
    for start, end in spans:
        if end > reached:
            yield start, end
            reached = end


_RANK = {likelihood: rank for rank, likelihood in enumerate(Likelihood)}


def _ranked(heard: Sequence[_Heard]) -> tuple[Cause, ...]:
    """Return each cause once, by its best likelihood, then by where and in which order the rows name it."""
    best: dict[str, tuple[int, int, int]] = {}
    rows: dict[str, dict[str, None]] = {}
    for one in heard:
        for order, (finding, likelihood) in enumerate(one.row.admitted(one.side)):
            place = (_RANK[likelihood], one.start, order)
            best[finding] = min(place, best.get(finding, place))
            rows.setdefault(finding, {})[one.row.name] = None
    likelihoods = tuple(Likelihood)
    return tuple(
        Cause(finding, likelihoods[best[finding][0]], tuple(rows[finding]))
        for finding in sorted(best, key=best.__getitem__)
    )
