"""Files: whole or not at all, and nothing overwritten unasked."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from services.errors import ServiceError
from services.files import PRIVATE, file_error, make_folder, read_file, write_file

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_key_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "client" / "client.key"
    assert write_file(path, "secret", mode=PRIVATE)
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


def test_the_same_content_is_no_change_but_permissions_are_mended(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_file(path, b"same", mode=PRIVATE)
    path.chmod(0o644)
    assert not write_file(path, b"same", mode=PRIVATE)
    assert mode(path) == 0o600


def test_other_content_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_file(path, b"mine")
    with pytest.raises(ServiceError) as caught:
        write_file(path, b"other")
    assert caught.value.id == "file-in-the-way"
    assert path.read_bytes() == b"mine"
    assert write_file(path, b"other", replace=True)
    assert path.read_bytes() == b"other"


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(ServiceError) as caught:
        write_file(tmp_path / "key", b"x", replace=True)
    assert caught.value.id == "file-in-the-way"


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "client").write_text("in the way")
    with pytest.raises(ServiceError) as caught:
        make_folder(tmp_path / "client" / "deeper")
    assert caught.value.id == "file-in-the-way"
    assert str(tmp_path / "client") + " " in caught.value.what


def test_every_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    made = make_folder(tmp_path / "workspace" / "practice" / "aws")
    assert {path.stat().st_mode & 0o777 for path in (made, made.parent, made.parent.parent)} == {0o700}


def test_a_failed_write_leaves_the_old_file_and_no_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.json"
    write_file(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ServiceError) as caught:
        write_file(path, b"new", replace=True)
    assert caught.value.id == "disk-full"
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["session.json"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.EACCES, "folder-not-writable"), (errno.EROFS, "folder-not-writable"), (errno.EDQUOT, "disk-full")],
)
def test_what_the_system_says_has_a_name(number: int, expected: str, tmp_path: Path) -> None:
    assert file_error(OSError(number, "x"), tmp_path / "f").id == expected


def test_reading_names_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as missing:
        read_file(tmp_path / "nowhere")
    with pytest.raises(ServiceError) as folder:
        read_file(tmp_path)
    (tmp_path / "big").write_bytes(b"12345")
    with pytest.raises(ServiceError) as big:
        read_file(tmp_path / "big", limit=4)
    assert [error.value.id for error in (missing, folder, big)] == [
        "file-not-found",
        "file-not-readable",
        "file-not-readable",
    ]
