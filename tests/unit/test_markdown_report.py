"""The report stays a report, whatever the values in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import markdown as md
from services import session as sessions
from services.events import Answer
from services.guide import connection, understanding
from services.guide.step import Command
from services.mqtt.kinds import Proof
from services.report import Renewal, render
from services.text import message

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOSTILE = "x`](javascript:1) <script>|\n# head\n```\n\x1b[31m\u202e [l](http://e.example)"


@given(st.text())
def test_a_code_span_is_one_line_and_ends_where_it_should(value: str) -> None:
    span = md.code(value)
    assert "\n" not in span
    fence = re.match(r"`+", span)
    if fence:
        inner = span[fence.end() : -fence.end()]
        assert span.endswith(fence[0])
        assert not re.search(rf"(?<!`){fence[0]}(?!`)", inner)


@given(st.text(alphabet=st.sampled_from("`~ab\n#| ")))
def test_nothing_in_a_block_ends_it(value: str) -> None:
    first, *inner, last = md.block(value).split("\n")
    fence = first.removesuffix("sh")
    assert last == fence
    assert not any(line.strip().startswith(fence) for line in inner)


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_a_table_s_row_has_as_many_cells_as_its_head(row: list[str]) -> None:
    *_, last = md.table(("a", "b"), [row]).split("\n")
    assert len(re.findall(r"(?<!\\)\|", last)) == 3


def test_our_own_words_are_words() -> None:
    assert md.plain("a*b*[c](d)<e>#1.") == r"a\*b\*\[c\]\(d\)\<e\>\#1\."


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
    outside_code = re.sub(r"(`{3,})sh\n.*?\n\1", "", report, flags=re.DOTALL)
    outside_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside_code)
    assert "javascript" not in outside_code
    assert "<script>" not in outside_code
    assert "e.example" not in outside_code
    assert "\x1b" not in report
    assert "\u202e" not in report
    heads = [line for line in outside_code.splitlines() if line.startswith("#")]
    assert heads[0].startswith("# Mutual TLS")
    assert len(heads) == 10


def test_every_text_of_the_report_is_there(report: str) -> None:
    assert not re.search(r"\b(?:report|understanding|connection|artifact)\\?\.[a-z]", report)
    assert "{" not in report.replace(r"\{", "")


def test_it_holds_proofs_dates_fingerprints_and_the_renewal(report: str) -> None:
    for wanted in ("alert 116", "ab" * 32, "2026-11-24", "emqx-mtls renew --workspace '/a b'", "Not done here"):
        assert wanted in report


def test_an_empty_session_makes_a_report_that_says_so() -> None:
    assert render(sessions.Session("live"), None, {}).count("Not done here") == 7
