"""Where a line may end: for both languages, in one place.

Programs break at spaces only, so Japanese, which has none, would be broken wherever a Latin word happens to stand.
Here a line may also end between two characters one of which is wide, except where the rules of Japanese typesetting
(JIS X 4051, "kinsoku") forbid it; a word that is longer than a line (a path, a fingerprint) is broken after a slash or
the like where one is near its end.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, get_character_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD: Final = re.compile(r"\S+\s*|\s+")
_NOT_AT_START: Final = frozenset(
    "、。，．・：；？！‥…ー〜々ゝゞヽヾ゛゜」』）］｝〉》】〕’”"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    ",.:;?!%)]}·"
)  # fmt: skip
_NOT_AT_END: Final = frozenset("「『（［｛〈《【〔‘“([{")
_JOINTS: Final = ("/", "=,&?-_.:")  # in a long word a line may end after these, after a slash rather


def folded(words: str, width: int, indent: str = "") -> list[str]:
    """Return `words` as lines of at most `width` columns, each behind `indent`."""
    places = [0, *breaks(words, width - len(indent), width - len(indent)), len(words)]
    return [indent + words[begin:end].rstrip() for begin, end in pairwise(places)]


def breaks(plain: str, first: int, rest: int) -> Iterator[int]:
    """Yield the places at which `plain` is broken, `first` columns being there for its first line, `rest` later."""
    room, fresh = first, True  # columns left on the line; whether nothing stands on it yet
    for start, piece in _pieces(plain):
        needed = cell_len(piece.rstrip())
        if needed > room and not fresh:
            yield start
            room = rest
        place = start
        while needed > room and (cut := _cut(piece, room)) < len(piece.rstrip()):
            place, piece = place + cut, piece[cut:]  # noqa: PLW2901 - what is left of it
            yield place
            room, needed = rest, cell_len(piece.rstrip())
        room, fresh = room - cell_len(piece), False


def _pieces(plain: str) -> Iterator[tuple[int, str]]:
    """Yield each part of `plain` that is not to be broken, with the spaces behind it, and where it begins."""
    for match in _WORD.finditer(plain):
        word, start = match[0], match.start()
        if word.isascii():
            yield start, word
            continue
        begin = 0
        for place in range(1, len(word)):
            if _may_break(word[place - 1], word[place]):
                yield start + begin, word[begin:place]
                begin = place
        yield start + begin, word[begin:]


def _may_break(before: str, after: str) -> bool:
    """Tell whether a line may end between two characters of one word."""
    wide = get_character_cell_size(after) == 2
    if not wide and get_character_cell_size(before) < 2:
        return False
    if before.isdecimal() and wide:
        return False  # a number and what it counts
    return after not in _NOT_AT_START and before not in _NOT_AT_END and not after.isspace()


def _cut(piece: str, room: int) -> int:
    """Return after how many characters a piece that is longer than a line is cut: near its end after a joint."""
    end, used = 0, 0
    while end < len(piece) and used + get_character_cell_size(piece[end]) <= room:
        used += get_character_cell_size(piece[end])
        end += 1
    for signs in _JOINTS:
        joint = max(piece.rfind(sign, 0, end) for sign in signs) + 1
        if joint > end // 2:
            return joint
    return max(1, end)
