"""Live bitmaps on disk fit their segment, or are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.indexes.storage.samples import segment

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.storage import Directory, bitmaps, open_live, write_arrays, write_live


def test_live_bitmap_comes_back(directory: Directory) -> None:
    live = open_live(directory, segment(directory, documents=9))
    assert live is not None
    assert live.tolist() == [0b11111101, 1]


def test_no_bitmap_means_all(directory: Directory) -> None:
    assert open_live(directory, replace(segment(directory), live=None, deleted=0)) is None


@pytest.mark.parametrize("changes", [{"deleted": 2}, {"documents": 6}, {"documents": 9}])
def test_bitmap_must_agree_with_the_manifest(directory: Directory, changes: dict[str, int]) -> None:
    entry = replace(segment(directory), **changes)  # type: ignore[arg-type]
    with pytest.raises(IndexCorrupt, match="live"):
        open_live(directory, entry)


@pytest.mark.parametrize("array", [np.zeros(1, np.int8), np.zeros((1, 1), np.uint8), None])
def test_foreign_forms_are_refused(directory: Directory, array: np.ndarray | None) -> None:
    entry = segment(directory)
    arrays = {} if array is None else {"live": array}
    live = write_arrays(
        directory, f"{entry.id}.live.x", kind="live", arrays=arrays, settings={"documents": 5}
    )
    with pytest.raises(IndexCorrupt, match="does not cover 5"):
        open_live(directory, replace(entry, live=live))


def test_bits_beyond_the_end_are_not_stored(directory: Directory) -> None:
    entry = segment(directory)
    live = write_live(
        directory,
        entry.id,
        generation=2,
        live=np.array([0b11111101], dtype=np.uint8),
        documents=5,
    )
    found = open_live(directory, replace(entry, live=live))
    assert found is not None
    assert found.tolist() == [0b11101]


def test_a_failed_flush_can_be_repeated(directory: Directory) -> None:
    entry, live = segment(directory), bitmaps.full(5)
    first = write_live(directory, entry.id, generation=2, live=live, documents=5)
    second = write_live(directory, entry.id, generation=2, live=live, documents=5)
    assert first.name != second.name


def test_bitmap_of_another_length_is_refused(directory: Directory) -> None:
    entry = segment(directory)
    with pytest.raises(InvalidInput, match="does not cover 50"):
        write_live(directory, entry.id, generation=2, live=bitmaps.full(5), documents=50)
