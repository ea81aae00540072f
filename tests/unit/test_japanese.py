"""The Japanese texts are complete: the ids and facts of the English ones, and no English sentence left in them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter

import click
import pytest
from babel.messages.pofile import read_po

from services.guide.step import SECTIONS

ASSETS = Path(__file__).parents[2] / "assets"
CLICK = "click"  # its ids are click's own English texts
CATALOGUES = sorted({source.stem for source in ASSETS.glob("text/*/LC_MESSAGES/*.po")} - {CLICK})
GUIDES = sorted({source.name for source in ASSETS.glob("guide/*/*.md")})
_QUOTED = re.compile(r"`[^`]*`|“[^”]*”|\"[^\"]*\"|\{[^}]*\}")
_OTHERWISE = re.compile(r"[（）]|相互TLS|相互 TLS")  # it is () and 双方向TLS, as EMQX's own tutorial has it
_ENGLISH_WORDS = re.compile(r"\b[A-Za-z][a-z]+(?: [a-z]+){2,}\b")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff] [A-Za-z0-9]|[A-Za-z0-9] [\u3040-\u30ff\u3400-\u9fff]")


@cache
def texts(language: str, domain: str) -> dict[str, tuple[str, ...]]:
    """Each id of a catalogue and its text, or its texts where there is one for each number."""
    source = ASSETS / "text" / language / "LC_MESSAGES" / f"{domain}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as file:
        catalogue = read_po(file)
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: (
            (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        )
        for entry in catalogue
        if entry.id
    }


def facts(words: tuple[str, ...]) -> set[str]:
    """The names of the facts that a text has."""
    return {name for each in words for _, name, _, _ in Formatter().parse(each) if name}


@pytest.mark.parametrize("domain", CATALOGUES)
def test_both_languages_have_the_same_ids(domain: str) -> None:
    assert texts("en", domain).keys() ^ texts("ja", domain).keys() == set()


@pytest.mark.parametrize("domain", CATALOGUES)
def test_both_languages_tell_the_same_facts(domain: str) -> None:
    english, japanese = texts("en", domain), texts("ja", domain)
    different = {
        name: (facts(english[name]), facts(japanese[name]))
        for name in english.keys() & japanese.keys()
        if facts(english[name]) != facts(japanese[name])
    }
    assert different == {}


@pytest.mark.parametrize("domain", CATALOGUES)
def test_no_japanese_text_is_empty(domain: str) -> None:
    assert [name for name, words in texts("ja", domain).items() if not all(each.strip() for each in words)] == []


@pytest.mark.parametrize("domain", CATALOGUES)
def test_no_english_sentence_is_left(domain: str) -> None:
    """What is the same in both languages is a name or a word that stays, never a sentence."""
    english, japanese = texts("en", domain), texts("ja", domain)
    same = [name for name, words in japanese.items() if words[-1] == english.get(name, ("",))[-1]]
    assert [name for name in same if _ENGLISH_WORDS.search(_QUOTED.sub(" ", japanese[name][-1]))] == []


def test_brackets_are_of_one_kind_and_mutual_tls_has_one_name() -> None:
    sources = (*ASSETS.glob("text/ja/LC_MESSAGES/*.po"), *ASSETS.glob("guide/ja/*.md"))
    assert [path.name for path in sources if _OTHERWISE.search(path.read_text("utf-8"))] == []


def test_both_languages_explain_the_same_sections() -> None:
    assert {f"{section}.md" for section in SECTIONS} <= set(GUIDES)
    for language in ("en", "ja"):
        assert sorted(source.name for source in ASSETS.glob(f"guide/{language}/*.md")) == GUIDES


@pytest.mark.parametrize("name", GUIDES)
def test_both_explanations_have_the_same_form(name: str) -> None:
    """Headings, commands and asides stand in the same order; the commands are the same to the letter."""
    english, japanese = ((ASSETS / "guide" / language / name).read_text("utf-8") for language in ("en", "ja"))
    code = re.compile(r"^```$.*?^```$", re.MULTILINE | re.DOTALL)
    assert code.findall(japanese) == code.findall(english)
    marks = re.compile(r"^(#+|>|-) ", re.MULTILINE)
    assert marks.findall(code.sub("", japanese)) == marks.findall(code.sub("", english))
    assert _WIDE.search(japanese)
    assert not _SPACED.search(code.sub("", japanese))


def test_what_click_says_is_translated_from_what_it_says_today() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(click.__file__).parent.glob("*.py"))
    known = [name for name in texts("ja", CLICK) if name]
    stale = [name for name in known if name.replace("\n", "\\n").replace("\t", "\\t") not in source]
    assert stale == []
    for name in known:
        assert facts(texts("ja", CLICK)[name]) <= facts((name,)) | {"possibilities", "choices"}
