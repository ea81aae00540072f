"""What a device may be called, its file, and folders that stay small at a million."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.devices.names import Series, fold, problem, stem
from services.devices.places import FleetFolder, base, shard
from services.pki.lengths import LONGEST

MILLION = 1_000_000


@pytest.mark.parametrize(
    "name",
    [
        "pump-1",
        "AA:BB:CC:00:11:22",
        "urn:dev:mac:0024befffe804ff1",
        "user@site.example",
        "温度計-1",
        "é",
        "a" * LONGEST,
        "7",
    ],
)
def test_names_of_the_field_are_taken(name: str) -> None:
    assert problem(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * (LONGEST + 1),
        "温" * (LONGEST // 3 + 1),
        "../../etc/passwd",
        "a/b",
        "a\\b",
        "a\0b",
        "a\nb",
        "+",
        "a#",
        "$share",
        "a b",
        ".hidden",
        "-rf",
        "=SUM(A1)",
        "@cmd",
        "a\u202eb",
        "a\u200bb",
        "\u3164",  # Hangul filler: a letter to Unicode, and nothing to see
        unicodedata.normalize("NFD", "é"),
        "\u0301a",
        "x~2",
        "𠮷" * 63,  # four octets each: no file system takes the name
        "a;b",
        "a%3Ab",
        "\ud800",
    ],
)
def test_names_that_could_pass_for_something_else_are_refused_with_a_reason(name: str) -> None:
    reason = problem(name)
    assert reason is not None
    assert not str(reason).startswith("devices.")


@given(st.text(max_size=70))
def test_whatever_is_taken_is_a_plain_file_name_of_its_own(name: str) -> None:
    if problem(name) is not None:
        return
    for generation in (1, 2, 999):
        file = stem(name, generation) + ".crt"
        assert Path(file).name == file
        assert file[0] not in ".-"
        assert len(file.encode()) <= 255
        assert not any(char in file for char in '/\\:*?"<>|\0\n')
    assert stem(name, 2) != stem(name, 1)


@given(st.text("abAB:%3é", min_size=1, max_size=8), st.text("abAB:%3é", min_size=1, max_size=8))
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    if problem(one) is None and problem(other) is None and fold(one) != fold(other):
        assert stem(one).casefold() != stem(other).casefold()


def test_a_series_gives_the_same_names_each_time() -> None:
    assert list(Series("p-", 3)) == ["p-000001", "p-000002", "p-000003"]
    assert list(Series("p-", 2, first=99, digits=2)) == ["p-99", "p-100"]


def test_no_folder_holds_more_than_a_thousand_entries_at_a_million_devices() -> None:
    files: Counter[str] = Counter()
    subfolders: dict[str, set[str]] = {}
    for number in range(1, MILLION + 1):
        folder = shard(number)
        files[folder] += 2  # certificate and key
        top, _, leaf = folder.partition("/")
        subfolders.setdefault(top, set()).add(leaf)
    assert max(files.values()) <= 1000
    assert max(len(leaves) for leaves in subfolders.values()) <= 1000
    assert len(subfolders) <= 1000
    assert files.total() == 2 * MILLION


def test_ten_devices_share_one_folder() -> None:
    assert {shard(number) for number in range(1, 11)} == {"000/000"}
    assert (shard(500), shard(501), shard(500_000), shard(500_001)) == ("000/000", "000/001", "000/999", "001/000")


def test_files_lie_in_the_fleet_s_folder() -> None:
    folder = FleetFolder(Path("/fleet"))
    assert folder.key(501, "AA:BB", 2) == Path("/fleet/000/001/AA%3ABB~2.key")
    assert folder.certificate(1, "pump", 1) == Path(f"/fleet/{base(1, 'pump', 1)}.crt")
