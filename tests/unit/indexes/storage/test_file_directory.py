"""What can go wrong in a real folder: foreign things in it, refusals, clocks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.storage import FileDirectory, faults

if TYPE_CHECKING:
    from pathlib import Path


def test_making_the_value_touches_nothing(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path / "data")
    assert directory.names() == []
    assert list(tmp_path.iterdir()) == []
    assert repr(directory) == f"FileDirectory({str(tmp_path / 'data')!r})"


def test_first_write_makes_all_folders(tmp_path: Path) -> None:
    FileDirectory(tmp_path / "a" / "b" / "c").replace("file", b"x")
    assert (tmp_path / "a" / "b" / "c" / "file").read_bytes() == b"x"


def test_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(InvalidInput, match="give a folder"):
        FileDirectory(tmp_path / "data").replace("a", b"x")
    with pytest.raises(InvalidInput, match="give a folder"):
        FileDirectory(tmp_path / "data").names()


@pytest.mark.parametrize("kind", ["link", "broken link", "folder", "pipe"])
def test_what_is_no_plain_file_is_neither_read_nor_listed(files: FileDirectory, kind: str) -> None:
    files.write("real", [b"secret"])
    place = files.path / "a"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(files.path / ("real" if kind == "link" else "nowhere"))
    with pytest.raises(IndexCorrupt, match="plain file"):
        files.map("a")
    with pytest.raises(IndexCorrupt, match="plain file"):
        files.read("a")
    assert files.names() == ["real"]


def test_stamp_changes_even_when_the_old_file_is_from_the_future(files: FileDirectory) -> None:
    files.replace("a", b"one")
    future = 4_000_000_000 * 10**9
    os.utime(files.path / "a", ns=(future, future))
    files.replace("a", b"two")
    stamp = files.stamp("a")
    assert stamp is not None
    assert stamp[0] > future


def test_unfinished_file_has_not_the_final_name(files: FileDirectory) -> None:
    seen: list[list[str]] = []
    with faults.injected("write.partial", lambda: seen.append(files.names())):
        files.write("a", [b"one", b"two"])
    assert len(seen) == 2
    assert all(len(names) == 1 and names[0].endswith(".a.tmp") for names in seen)
    assert files.names() == ["a"]


def test_relative_folder_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FileDirectory("data").replace("a", b"x")
    assert (tmp_path / "data" / "a").exists()
