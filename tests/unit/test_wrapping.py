"""Lines are broken as English and Japanese want it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from screens.line_breaks import breaks
from screens.shown import tail
from screens.wrapping import wrap

JAPANESE = (
    "以降のステップに必要なのは、稼働中のEMQX Cloudデプロイメント、Route 53にゾーンのあるドメイン、"
    "そのゾーンを変更できるAWSの認証情報(「アクセスキー」など)です。"
)


def lines(words: str, width: int, hang: int = 0) -> list[str]:
    return [line.plain for line in wrap(Content(words), width, hang)]


def test_english_is_broken_at_spaces_only() -> None:
    assert lines("the quick brown fox jumps over the lazy dog", 16) == [
        "the quick brown",
        "fox jumps over",
        "the lazy dog",
    ]


def test_a_japanese_line_is_filled_before_and_after_latin_words() -> None:
    assert lines("証明書はLet's Encryptから取得します", 20) == ["証明書はLet's", "Encryptから取得しま", "す"]
    assert lines("名前をRoute 53のCNAMEレコードに書く", 20) == ["名前をRoute 53の", "CNAMEレコードに書く"]


@pytest.mark.parametrize("width", range(12, 60))
def test_no_line_begins_or_ends_with_what_must_not_stand_there(width: int) -> None:
    for line in lines(JAPANESE, width):
        assert line[0] not in "、。」』)ーァィゥェォッャュョ", line
        assert line[-1] not in "「『(", line


def test_a_number_stays_with_what_it_counts() -> None:
    assert lines("fullchain.pemには証明書が12枚入っています", 27)[1].startswith("12枚")


def test_a_long_path_is_broken_behind_a_slash() -> None:
    path = "/srv/emqx/letsencrypt/config/live/mqtt.example.test/fullchain.pem"
    assert lines(path, 40) == ["/srv/emqx/letsencrypt/config/live/", "mqtt.example.test/fullchain.pem"]
    assert lines("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_what_goes_on_hangs_below_the_beginning_of_its_line() -> None:
    assert lines("  - openssl verify -CAfile root.pem", 24) == ["  - openssl verify", "  -CAfile root.pem"]
    assert lines("# say what it does, at length", 18) == ["# say what it", "  does, at length"]
    assert lines("-CA longwordthatfits", 16, hang=4) == ["-CA", "    longwordthat", "    fits"]
    assert lines("openssl verify -CAfile root.pem", 20, hang=4) == ["openssl verify", "    -CAfile root.pem"]


@given(st.text(alphabet="ab \n/12.,()「」、。ー証明書アッé🔒\u200d", max_size=80), st.integers(10, 30))
def test_nothing_is_lost_and_nothing_is_too_wide(words: str, width: int) -> None:
    wrapped = lines(words, width)
    assert "".join("".join(wrapped).split()) == "".join(words.split())
    assert all(cell_len(line.rstrip()) <= width for line in wrapped)


@given(st.text(max_size=60), st.integers(1, 20))
def test_breaks_go_forward_and_end(words: str, width: int) -> None:
    found = list(breaks(words, width, width))
    assert found == sorted(set(found))
    assert all(0 < place < len(words) for place in found)


def test_of_a_long_path_the_end_is_shown() -> None:
    path = "/srv/emqx/letsencrypt/config/live/mqtt.example.test"
    assert tail(path, 60) == path
    assert tail(path, 30) == "…/live/mqtt.example.test"
    assert tail("a" * 30, 10) == "…" + "a" * 9
