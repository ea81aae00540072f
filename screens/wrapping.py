"""Where a text may be broken into lines: for both languages, in one place.

Textual breaks at spaces only, so Japanese, which has none, would be broken wherever a Latin word happens to stand.
Here a line may also end between two characters one of which is wide, except where the rules of Japanese typesetting
(JIS X 4051, "kinsoku") forbid it; a word that is longer than a line (a path, a fingerprint) is broken after a slash or
the like where one is near its end. What goes on hangs below the beginning of its own line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

NARROWEST: Final = 10  # columns that a text is given at least
_BEGIN: Final = re.compile(r" *(?:[·#] )?")  # what stands before a line's words: what goes on hangs below these
_WORD: Final = re.compile(r"\S+\s*|\s+")
_NOT_AT_START: Final = frozenset(
    "、。，．・：；？！‥…ー〜々ゝゞヽヾ゛゜」』）］｝〉》】〕’”"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    ",.:;?!%)]}·"
)  # fmt: skip
_NOT_AT_END: Final = frozenset("「『（［｛〈《【〔‘“([{")
_JOINTS: Final = ("/", "=,&?-_.:")  # in a long word a line may end after these, after a slash rather


def wrap(content: Content, width: int, hang: int = 0) -> list[Content]:
    """Return `content` as lines of at most `width` columns.

    Args:
        content: one line or several.
        width: columns there are.
        hang: by how many columns what goes on is moved in, beyond the spaces its line begins with.
    """
    return [line for part in content.split(allow_blank=True) for line in _wrapped(part, width, hang)]


def _wrapped(line: Content, width: int, hang: int) -> list[Content]:
    """Return the lines of one line."""
    if line.cell_length <= width:
        return [line]
    plain = line.plain
    begin = _BEGIN.match(plain)
    indent = (begin.end() if begin else 0) + hang
    indent = indent if width - indent >= NARROWEST else 0
    first, *rest = line.divide(list(breaks(plain, width, width - indent)))
    margin = Content(" " * indent)
    return [first.rstrip(), *(Content.assemble(margin, part.rstrip()) for part in rest)]


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
