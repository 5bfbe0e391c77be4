"""Both kinds of folder keep the same promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnemic.errors import Conflict, IndexCorrupt, InvalidInput
from mnemic.indexes.storage import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator

ESCAPES = ["../up", "a/b", "/etc/passwd", "", ".", "..", ".hidden", "a\0b", "a\nb", "é", "x" * 161]


def broken() -> Iterator[bytes]:
    yield b"half"
    raise RuntimeError("no more")


def test_it_is_a_directory(directory: Directory) -> None:
    assert isinstance(directory, Directory)


def test_new_folder_is_empty(directory: Directory) -> None:
    assert directory.names() == []
    assert directory.stamp("a") is None


def test_write_joins_the_chunks_and_returns_the_size(directory: Directory) -> None:
    assert directory.write("a", [b"one", memoryview(b"two"), b""]) == 6
    assert directory.read("a") == b"onetwo"
    assert directory.map("a").tobytes() == b"onetwo"
    assert directory.names() == ["a"]


def test_write_never_changes_a_file(directory: Directory) -> None:
    directory.write("a", [b"one"])
    with pytest.raises(Conflict, match="a exists already"):
        directory.write("a", [b"two"])
    assert directory.read("a") == b"one"


def test_failed_write_leaves_nothing(directory: Directory) -> None:
    with pytest.raises(RuntimeError, match="no more"):
        directory.write("a", broken())
    assert directory.names() == []


def test_replace_changes_the_bytes_and_the_stamp(directory: Directory) -> None:
    directory.replace("a", b"one")
    before = directory.stamp("a")
    directory.replace("a", b"two")
    assert directory.read("a") == b"two"
    assert directory.stamp("a") != before


def test_stamps_never_come_back(directory: Directory) -> None:
    stamps = set()
    for _ in range(50):
        directory.replace("a", b"same size")
        stamps.add(directory.stamp("a"))
    assert len(stamps) == 50


def test_views_are_read_only_and_aligned(directory: Directory) -> None:
    directory.write("a", [bytes(100)])
    view = directory.map("a")
    assert view.dtype == np.uint8
    assert view.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1


def test_view_survives_replace_and_delete(directory: Directory) -> None:
    directory.replace("a", b"one")
    view = directory.map("a")
    directory.replace("a", b"two")
    directory.delete("a")
    assert view.tobytes() == b"one"


def test_empty_file_maps_to_an_empty_view(directory: Directory) -> None:
    directory.write("a", [])
    assert directory.map("a").shape == (0,)
    assert directory.read("a") == b""


def test_missing_file_is_corruption_that_names_it(directory: Directory) -> None:
    with pytest.raises(IndexCorrupt, match=r"gone\.sparse"):
        directory.map("gone.sparse")
    with pytest.raises(IndexCorrupt, match=r"gone\.sparse"):
        directory.read("gone.sparse")


def test_delete_is_idempotent(directory: Directory) -> None:
    directory.write("a", [b"one"])
    directory.delete("a")
    directory.delete("a")
    assert directory.names() == []


@pytest.mark.parametrize("name", ESCAPES)
def test_no_name_leads_out_of_the_folder(directory: Directory, name: str) -> None:
    with pytest.raises(InvalidInput):
        directory.write(name, [b"x"])
    with pytest.raises(InvalidInput):
        directory.replace(name, b"x")
    with pytest.raises(InvalidInput):
        directory.map(name)
    with pytest.raises(InvalidInput):
        directory.read(name)
    with pytest.raises(InvalidInput):
        directory.stamp(name)


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc/passwd", "", ".", "..", "a\0b"])
def test_delete_stays_in_the_folder(directory: Directory, name: str) -> None:
    with pytest.raises(InvalidInput):
        directory.delete(name)


def test_sync_of_a_written_folder_works(directory: Directory) -> None:
    directory.write("a", [b"one"])
    directory.sync()
    assert directory.describe("a").endswith("a")
