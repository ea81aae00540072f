"""The text catalogue: every text that a user reads, by id.

An id is `<domain>.<rest>`; the domain names the gettext catalogue it stands in
(`assets/text/<lang>/LC_MESSAGES/<domain>.po`), loaded when the first of its ids is asked for. Catalogues are compiled
to .mo when the package is built, or by `python hatch_build.py` in a checkout.

The texts are formats of `str.format` with named fields only. A fact called `count` chooses the plural form.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path  # noqa: TC003 - Fact is read at run time too
from typing import TypeAlias

from assets import FOLDER

LANGUAGES = ("en", "ja")
FALLBACK = "en"

Fact: TypeAlias = "str | int | float | Path | Message"

_current = FALLBACK


@dataclass(frozen=True, slots=True)
class Message:
    """A text not yet put into words: an id of the catalogue and the facts that its format names.

    Kept as it is wherever a text is stored or handed on, so that it can be shown in any language; `str()` words it in
    the current one.
    """

    id: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __str__(self) -> str:
        return text(self.id, **self.facts)


def message(message_id: str, /, **facts: Fact) -> Message:
    """Return the Message of `message_id` with `facts`."""
    return Message(message_id, facts)


def use_language(language: str) -> None:
    """Word every text from now on in `language`.

    Raises:
        ValueError: not one of LANGUAGES.
    """
    global _current  # noqa: PLW0603 - one program speaks one language at a time
    if language not in LANGUAGES:
        raise ValueError(language)
    _current = language


def language() -> str:
    """Return the language in use."""
    return _current


def language_of_environment(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language that LC_ALL, LC_MESSAGES or LANG ask for (POSIX's order), else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return next((known for known in LANGUAGES if value.lower().startswith(known)), FALLBACK)
    return FALLBACK


def text(message_id: str, /, **facts: Fact) -> str:
    """Return the text of `message_id` in the current language, with `facts` put in.

    An id that no catalogue has comes back as it is: a missing text must never stop the work (a test of the suite finds
    it instead). A format that names a fact which was not given shows the name in braces.
    """
    catalogue = _catalogue(_current, message_id.partition(".")[0])
    count = facts.get("count")
    wording = catalogue.ngettext(message_id, message_id, count) if isinstance(count, int) else None
    if wording is None or wording == message_id:
        wording = catalogue.gettext(message_id)
    if wording == message_id:
        return message_id  # not a format: it may hold braces
    return wording.format_map(_Facts(facts))


def has(message_id: str) -> bool:
    """Tell whether the catalogue of the current language (or English) has `message_id`."""
    return _catalogue(_current, message_id.partition(".")[0]).gettext(message_id) != message_id


def guide_text(section: str) -> str:
    """Return the Markdown that explains `section` of the guide, in the current language, else in English."""
    for code in (_current, FALLBACK):
        source = FOLDER / "guide" / code / f"{section}.md"
        if source.is_file():
            return source.read_text("utf-8")
    return ""


class _Facts(dict[str, Fact]):
    """Facts for `format_map`; a name that is not there stands for itself."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def _catalogue(code: str, domain: str) -> gettext.NullTranslations:
    """Load the catalogue `domain` of language `code`, with English behind it."""
    folder = FOLDER / "text"
    found = gettext.translation(domain, folder, [code], fallback=True)
    if code != FALLBACK:
        found.add_fallback(_catalogue(FALLBACK, domain))
    return found
