"""The log's lines: kept, filtered, found, saved."""

from __future__ import annotations

from datetime import UTC, datetime

from screens.log_model import KEPT, LogModel
from services.events import Source

AT = datetime(2026, 11, 23, 12, 41, 7, tzinfo=UTC)


def model_with(*lines: tuple[Source, str]) -> LogModel:
    model = LogModel()
    for source, line in lines:
        model.add(source, (line,), AT)
    return model


def test_a_filter_shows_one_source_and_what_it_says_later() -> None:
    model = model_with((Source.MQTT, "one"), (Source.DNS, "two"), (Source.MQTT, "three"))
    model.show_only(Source.MQTT)
    model.add(Source.DNS, ("four",), AT)
    model.add(Source.MQTT, ("five",), AT)
    assert [model[place].text for place in range(len(model))] == ["one", "three", "five"]
    model.show_only(None)
    assert len(model) == 5


def test_searching_goes_round_in_both_directions_and_ignores_case() -> None:
    model = model_with((Source.MQTT, "CONNACK 0"), (Source.MQTT, "other"), (Source.MQTT, "connack 5"))
    assert model.find("connack", 1) == 2
    assert model.find("connack", 3) == 0
    assert model.find("CONNACK", 1, backwards=True) == 0
    assert model.find("nowhere", 0) is None
    assert model.find("", 0) is None


def test_the_oldest_lines_go_first_and_their_number_is_known() -> None:
    model = LogModel()
    for start in range(0, KEPT + KEPT // 4, 1000):
        model.add(Source.CERTBOT, [str(number) for number in range(start, start + 1000)], AT)
    assert KEPT <= len(model) <= KEPT + KEPT // 10
    assert model.dropped + len(model) == KEPT + KEPT // 4
    assert model[0].text == str(model.dropped)


def test_dropping_keeps_the_filter_right() -> None:
    model = LogModel()
    model.show_only(Source.DNS)
    for start in range(0, KEPT + KEPT // 4, 1000):
        source = Source.DNS if start % 2000 else Source.AWS
        model.add(source, [str(number) for number in range(start, start + 1000)], AT)
    assert {model[place].source for place in range(len(model))} == {Source.DNS}
    assert model[len(model) - 1].text == str(KEPT + KEPT // 4 - 1)


def test_secrets_are_blotted_out_before_a_line_is_kept() -> None:
    model = LogModel(lambda line: line.replace("wJalrXUtnFEMI", "••••••"))
    model.add(Source.AWS, ("key wJalrXUtnFEMI used",), AT)
    assert model[0].text == "key •••••• used"
    assert "wJalr" not in model.as_text()


def test_a_saved_log_has_time_source_and_text_of_what_is_seen() -> None:
    model = model_with((Source.MQTT, "CONNACK 0"), (Source.DNS, "two"))
    model.show_only(Source.MQTT)
    assert model.as_text() == "2026-11-23T12:41:07.000+00:00 mqtt     CONNACK 0\n"


def test_copying_takes_the_last_lines_only() -> None:
    model = model_with(*((Source.MQTT, str(number)) for number in range(10)))
    assert [line.split()[-1] for line in model.as_text(3).splitlines()] == ["7", "8", "9"]


def test_no_line_keeps_what_a_terminal_would_obey() -> None:
    model = model_with((Source.MQTT, "a\x1b]52;c;ZXZpbA==\x07b\u202ec"))
    assert not any(char in model[0].text for char in "\x1b\x07\u202e")
