"""What the chain pane shows: trees of certificates, from root to leaf, with the links between them. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from services.text import Message


class Part(StrEnum):
    """What a certificate is in its chain, found from its content, never from its position."""

    ROOT = "root"
    CROSS = "cross-signed"
    INTERMEDIATE = "intermediate"
    LEAF = "leaf"
    MISSING = "missing"


class Link(StrEnum):
    """How a certificate hangs on the one above it."""

    NONE = "none"  # nothing is above
    PROVEN = "proven"  # the signature verifies with the key above
    BROKEN = "broken"


MARKS: Final = {Part.ROOT: "◆", Part.CROSS: "◇", Part.INTERMEDIATE: "◇", Part.LEAF: "■", Part.MISSING: "◆ ?"}
LINKS: Final = {Link.PROVEN: "│", Link.BROKEN: "╳", Link.NONE: " "}


@dataclass(frozen=True, slots=True)
class Node:
    """One certificate of a tree, or the place of one that is missing.

    Attributes:
        part: what it is.
        name: its subject's common name; safe for display.
        notes: what is to be said of it, one row each: role and time left, where it lies, whether it is served.
        link: how it hangs on the one above.
        pem: the certificate itself, to look at and to copy; empty where it is missing.
        wrong: a note that says something is not as it should be.
    """

    part: Part
    name: str
    notes: tuple[Message, ...] = ()
    link: Link = Link.NONE
    pem: str = ""
    wrong: Message | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """One side's chain, root first.

    Attributes:
        title: which side it is.
        nodes: from root to leaf.
        source: the file it was read from.
    """

    title: Message
    nodes: tuple[Node, ...]
    source: Path | None = None
