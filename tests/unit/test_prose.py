"""The small Markdown of our own short texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.prose import blocks, prose, summary
from services.guide.step import SECTIONS
from services.text import guide_text

GUIDE = Path(__file__).parents[2] / "assets" / "guide" / "en"


def test_paragraphs_are_joined_and_set_apart() -> None:
    assert prose("one\ntwo\n\nthree").plain == "one two\n\nthree"


def test_wide_characters_are_joined_without_a_space() -> None:
    assert prose("証明書を\n作成します").plain == "証明書を作成します"
    assert prose("EMQX\nCloud").plain == "EMQX Cloud"


def test_inline_marks_become_styles_and_leave_the_text() -> None:
    content = prose("**bold** and `code` and *soft* and [a link](https://example.test/x)")
    assert content.plain == "bold and code and soft and a link"
    assert len(content.spans) >= 4


def test_what_is_no_markdown_here_is_shown_as_written() -> None:
    assert prose("[red]x[/red] [@click=app.quit]y[/]").plain == "[red]x[/red] [@click=app.quit]y[/]"


def test_lists_and_code_keep_their_lines() -> None:
    kinds = list(blocks("- one\n- two\n\n```\na\n  b\n```\n\n> aside"))
    assert kinds == [("item", "one"), ("item", "two"), ("code", "a\n  b"), ("aside", "aside")]


def test_the_summary_is_the_first_paragraph_and_the_asides() -> None:
    markdown = "# Head\n\nfirst\n\nsecond\n\n> aside"
    assert summary(markdown, asides=False).plain == "first"
    assert summary(markdown, asides=True).plain == "first\n\naside"


@pytest.mark.parametrize("section", [*SECTIONS, "place"])
def test_every_section_is_explained_shortly(section: str) -> None:
    words = guide_text(section)
    assert 60 < len(words) < 1200
    assert "**" not in prose(words).plain
    assert "`" not in prose(words).plain


def test_what_is_out_of_date_in_the_guide_is_said() -> None:
    for section in ("client_certificates", "server_certificate", "understanding", "deployment", "connection"):
        assert "**Then and now**" in (GUIDE / f"{section}.md").read_text("utf-8")
