"""The text catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from services import text
from services.errors import InputError, ServiceError

if TYPE_CHECKING:
    from babel.messages.catalog import Message

CATALOGUES = Path(__file__).parents[2] / "assets" / "text"


def ids(language: str) -> set[str]:
    """Every id of a language."""
    found = set()
    for source in sorted((CATALOGUES / language).glob("LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            found |= {first_id(entry) for entry in read_po(file) if entry.id}
    return found


def first_id(entry: Message) -> str:
    """The id of a catalogue's entry, the singular one where it has two."""
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def test_a_text_is_worded_with_its_facts() -> None:
    assert text.text("finding.file-not-found.what", path=Path("/k/x")) == "/k/x does not exist."


def test_a_message_is_worded_when_it_is_shown() -> None:
    assert str(text.message("finding.tool-missing.what", tool="openssl")) == "The program openssl could not be started."


def test_an_id_that_is_nowhere_comes_back_as_it_is() -> None:
    assert text.text("finding.no-such-thing.what") == "finding.no-such-thing.what"
    assert text.text("no-such-domain.at-all") == "no-such-domain.at-all"


def test_a_fact_that_is_missing_shows_its_name() -> None:
    assert text.text("finding.file-not-found.what") == "{path} does not exist."


def test_a_language_that_lacks_a_text_falls_back_to_english() -> None:
    text.use_language("ja")
    assert text.has("finding.unexpected.what")
    assert text.text("finding.no-such-thing.what") == "finding.no-such-thing.what"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="xx"):
        text.use_language("xx")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ja_JP"}, "ja"),
    ],
)
def test_the_environment_chooses_the_language(environment: dict[str, str], expected: str) -> None:
    assert text.language_of_environment(environment) == expected


@pytest.mark.parametrize("source", sorted((CATALOGUES / "en").glob("LC_MESSAGES/*.po")), ids=lambda source: source.stem)
def test_a_catalogue_is_in_order(source: Path) -> None:
    """Each id begins with its catalogue's name and stands once, and no text is empty."""
    with source.open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    assert [first_id(entry) for entry in entries if not first_id(entry).startswith(f"{source.stem}.")] == []
    assert [first_id(entry) for entry in entries if not entry.string] == []
    lines = [line for line in source.read_text("utf-8").splitlines() if line.startswith('msgid "') and line[7] != '"']
    assert sorted(lines) == sorted(set(lines))


def test_every_finding_says_what_why_and_what_to_do() -> None:
    known = ids("en")
    for stem in {name.rpartition(".")[0] for name in known if name.startswith("finding.")}:
        base = ".".join(stem.split(".")[:2])
        for kind in ("what", "why", "fix"):
            assert any(f"{words}.{kind}" in known for words in (stem, base, f"{base}.general")), f"{stem}.{kind}"


def test_an_error_speaks_by_its_id() -> None:
    error = ServiceError("file-not-found", path=Path("/x"))
    assert (error.what, error.id) == ("/x does not exist.", "file-not-found")
    assert error.fix.startswith("Check the path")
    assert str(error) == f"{error.what} {error.why}"


def test_a_variant_without_words_of_its_own_uses_those_of_its_id() -> None:
    assert ServiceError("file-not-found", variant="nowhere", path=Path("/x")).what == "/x does not exist."


def test_an_input_error_names_its_field() -> None:
    assert InputError("ca_file", "file-not-found", path=Path("/x")).field == "ca_file"
