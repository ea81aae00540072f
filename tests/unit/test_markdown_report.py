"""The report stays a report, whatever the values in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from services import markdown as md
from services import session as sessions
from services.events import Answer
from services.guide import connection, understanding
from services.guide.step import Command
from services.mqtt.kinds import Proof
from services.outside import safe
from services.report import Renewal, render
from services.text import message

if TYPE_CHECKING:
    from markdown_it.token import Token

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOSTILE = "x`](javascript:1) <script>|\n# head\n```\n\x1b[31m\u202e [l](http://e.example)"


def parsed(markdown: str) -> list[Token]:
    """What a reader of GitHub's Markdown makes of it, inline parts included."""
    reader = MarkdownIt("gfm-like", {"linkify": True})
    return [each for token in reader.parse(markdown) for each in (token, *(token.children or ()))]


def of_kind(markdown: str, *kinds: str) -> list[Token]:
    return [token for token in parsed(markdown) if token.type in kinds]


TEXT = st.text() | st.text(alphabet=st.sampled_from("`~ab\\\n#|<>[]()!*_-+=.:/@&w 1"))


@given(TEXT)
def test_a_value_is_one_code_span_and_nothing_else(value: str) -> None:
    shown = safe(value).strip()
    spans = of_kind(md.code(value), "code_inline", "fence", "link_open", "html_inline", "html_block")
    assert [(span.type, span.content) for span in spans] == ([("code_inline", shown)] if shown else [])


@given(TEXT)
def test_words_are_one_paragraph_of_text(words: str) -> None:
    markdown = md.plain(words)
    assert {token.type for token in parsed(markdown)} <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
    }
    shown = "".join(token.content for token in of_kind(markdown, "text", "text_special"))
    assert shown == safe(words).strip()


@given(TEXT)
def test_nothing_in_a_block_ends_it(value: str) -> None:
    (fence,) = of_kind(md.block(value), "fence")
    assert fence.content.splitlines() == [safe(line) for line in value.splitlines()]
    assert [token.type for token in parsed(md.block(value))] == ["fence"]


@given(st.lists(TEXT, min_size=2, max_size=2))
def test_a_row_has_its_cells(row: list[str]) -> None:
    markdown = md.table(("a", "b"), [row])
    assert len(of_kind(markdown, "td_open")) == 2
    assert not of_kind(markdown, "link_open", "html_inline")


def test_our_own_words_are_words() -> None:
    assert md.plain("a*b*[c](d)<e>") == r"a\*b\*\[c\](d)\<e\>"
    assert [md.plain(words) for words in ("# a", "1. a", "- a", "1) a", "v1.2 - a")] == [
        r"\# a", r"1\. a", r"\- a", r"1\) a", "v1.2 - a"
    ]  # fmt: skip
    assert md.plain("see www.evil.example or http://evil.example") == r"see www\.evil.example or http\://evil.example"


def session() -> sessions.Session:
    described = understanding.Described("leaf", HOSTILE, HOSTILE, "ab" * 32, NOW, NOW, HOSTILE, (HOSTILE,), ())
    understood = understanding.Result(Path("/x"), (described,), (), True, "cd" * 32, HOSTILE, "certifi", False, NOW)
    proof = Proof("no-client-certificate", Answer.YES, f"alert 116 {HOSTILE}")
    proven = connection.Result(
        HOSTILE, 8883, HOSTILE, Path("/r"), "ef" * 32, Path("/c"), Path("/k"), (proof,), (), 0.01, ""
    )
    return sessions.Session(
        "practice",
        {
            "understanding": sessions.StepRecord(result=sessions.plain(understood), finished=NOW),
            "connection": sessions.StepRecord(
                result=sessions.plain(proven), finished=NOW, artifacts=(("mqtt-root", Path("/srv/a|b`c")),)
            ),
        },
    )


@pytest.fixture
def report() -> str:
    renewal = Renewal(NOW, NOW, "emqx-mtls renew --workspace '/a b'")
    commands = {"connection": (Command(message("connection.command.python"), "echo '```'\n# no head\n"),)}
    return render(session(), renewal, commands)


def test_hostile_values_stay_values(report: str) -> None:
    links = [str(token.attrs["href"]) for token in of_kind(report, "link_open")]
    assert len(links) == 6
    assert all(
        link.startswith(("https://www.emqx.com/", "https://docs.emqx.com/", "https://letsencrypt.org/"))
        for link in links
    )
    assert not of_kind(report, "html_inline", "html_block", "image")
    assert len(of_kind(report, "heading_open")) == 10
    assert "\x1b" not in report
    assert "\u202e" not in report


def test_every_text_of_the_report_is_there(report: str) -> None:
    assert not re.search(r"\b(?:report|understanding|connection|artifact)\\?\.[a-z]", report)
    assert "{" not in report.replace(r"\{", "")


def test_it_holds_proofs_dates_fingerprints_and_the_renewal(report: str) -> None:
    for wanted in ("alert 116", "ab" * 32, "2026-11-24", "emqx-mtls renew --workspace '/a b'", "Not done here"):
        assert wanted in report


def test_an_empty_session_makes_a_report_that_says_so() -> None:
    assert render(sessions.Session("live"), None, {}).count("Not done here") == 7
