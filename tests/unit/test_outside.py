"""The one door for text from outside."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outside import safe, safe_lines

HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=200) | st.text(
    alphabet="\x1b[]\x07\x9b\u202e\u2066\u200b\ufeff\n\r\t\x00a", max_size=60
)


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("mqtt.example.test", "mqtt.example.test"),
        ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
        ("a\tb\x00c\x7f", "a b␀c␡"),
        ("user\u202egnp.exe", "user<U+202E>gnp.exe"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\x9b2J", "<U+009B>2J"),
        ("日本語のCN", "日本語のCN"),
        (b"caf\xe9", "caf\ufffd"),
        ("[red]not markup[/]", "[red]not markup[/]"),
    ],
)
def test_what_comes_in_is_harmless(outside: str | bytes, inside: str) -> None:
    assert safe(outside) == inside


def test_a_long_line_is_cut_and_says_so() -> None:
    assert safe("x" * 1_000_000, limit=10) == "xxxxxxxxxx… (+999,990)"


def test_a_tower_of_combining_marks_is_taken_down() -> None:
    tower = safe("a" + "\u0301" * 50 + "b")
    assert len(tower) == 6
    assert tower.endswith("b")


def test_lines_end_at_line_feeds_only() -> None:
    assert safe_lines("one\r\ntwo\rstill two\nthree\n") == ("one", "two␍still two", "three")


@given(HOSTILE)
def test_nothing_that_drives_a_terminal_or_hides_gets_through(outside: str) -> None:
    for char in safe(outside):
        assert char.isprintable() or unicodedata.category(char) in {"Co", "Cn", "Zs"}, f"U+{ord(char):04X}"
        assert unicodedata.bidirectional(char) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(HOSTILE)
def test_safe_text_stays_as_it_is(outside: str) -> None:
    once = safe(outside)
    assert safe(once) == once
