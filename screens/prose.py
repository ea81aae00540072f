r"""A small Markdown, for short texts of our own: the guide's explanations and the help.

Textual's Markdown makes a widget of every paragraph, which is right for a document and slow for ten lines. This makes
one piece of content: paragraphs, `# headings`, `- lists`, `> asides`, fenced code, **bold**, *emphasis*, `code` and
[links](https://…). Nothing else is Markdown here; what is not recognised is shown as it is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.style import Style

from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

_INLINE: Final = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*|`(?P<code>[^`]+)`|\*(?P<em>[^*\s][^*]*)\*|\[(?P<label>[^\]]+)\]\((?P<url>https://[^)\s]+)\)"
)
_WIDE_BREAK: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_STYLES: Final = {"bold": "bold", "code": "$accent", "em": "italic"}


def blocks(markdown: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of each block; kinds are "heading", "item", "aside", "code" and "text".

    Lines of one paragraph are joined by a space (none between two wide characters), as Markdown has it.
    """
    for block in re.split(r"\n\s*\n", markdown.strip()):
        if block.startswith("```"):
            yield "code", "\n".join(block.splitlines()[1:-1])
        elif block.startswith("#"):
            yield "heading", block.lstrip("# ")
        elif block.startswith("- "):
            for item in re.split(r"\n(?=- )", block):
                yield "item", _joined(item[2:])
        elif block.startswith(">"):
            yield "aside", _joined(re.sub(r"^> ?", "", block, flags=re.MULTILINE))
        elif block:
            yield "text", _joined(block)


def _joined(block: str) -> str:
    return _WIDE_BREAK.sub("", block).replace("\n", " ")


def inline(line: str, base: str = "") -> Content:
    """Return one line with its bold, emphasis, code and links as styles."""
    parts: list[str | Content | tuple[str, str | Style]] = []
    end = 0
    for match in _INLINE.finditer(line):
        parts.append((safe(line[end : match.start()]), base))
        kind = match.lastgroup or ""
        if kind == "url":
            parts.append((safe(match["label"]), Style(link=match["url"], underline=True)))
        else:
            parts.append((safe(match[kind]), f"{base} {_STYLES[kind]}".strip()))
        end = match.end()
    parts.append((safe(line[end:]), base))
    return Content.assemble(*parts)


def prose(markdown: str) -> Content:
    """Return `markdown` as content."""
    return _joined_blocks(list(blocks(markdown)))


def summary(markdown: str, *, asides: bool) -> Content:
    """Return the first paragraph of `markdown`, and the `asides` where they are wanted."""
    found = list(blocks(markdown))
    lead = [block for block in found if block[0] == "text"][:1]
    return _joined_blocks(lead + [block for block in found if asides and block[0] == "aside"])


def _joined_blocks(found: list[tuple[str, str]]) -> Content:
    shown: list[Content] = []
    before = ""
    for kind, block in found:
        if shown:
            shown.append(Content("\n" if kind == before == "item" else "\n\n"))
        shown.append(_block(kind, block))
        before = kind
    return Content("").join(shown)


def _block(kind: str, block: str) -> Content:
    if kind == "heading":
        return inline(block, "bold $accent")
    if kind == "item":
        return Content.assemble(("· ", "$text-muted"), inline(block))
    if kind == "aside":
        return inline(block, "$text-muted")
    if kind == "code":
        return Content.styled("\n".join(safe(line) for line in block.splitlines()), "$accent")
    return inline(block)
