"""Building, merging, saving, opening and asking segments of spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.index_contract import bits

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.spans import SpanBatch, SpanSegment
from mnemic.indexes.storage import FileDirectory, RamDirectory, write_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Segment

SOUND: dict[str, NDArray[Any]] = {
    "ordinals": np.asarray([4, 6, 9], np.int64),
    "offsets": np.asarray([0, 2, 2, 3], np.int64),
    "starts": np.asarray([0, 80, 0], np.uint32),
    "ends": np.asarray([100, 180, 0], np.uint32),
}
FAULTS: list[tuple[str, Any, str]] = [
    ("ordinals", [4, 6, 6], "ordinals do not ascend"),
    ("ordinals", [4, 9, 6], "ordinals do not ascend"),
    ("ordinals", [4, 6], "do not fit"),
    ("ordinals", [[4, 6, 9]], "array 'ordinals'"),
    ("offsets", [0, 2, 3], "do not fit"),
    ("offsets", [0, 2, 1, 3], "offsets"),
    ("offsets", [1, 2, 2, 3], "offsets"),
    ("offsets", [0, 2, 2, 4], "offsets"),
    ("offsets", [0, 2**63 - 1, -(2**63), 3], "offsets"),
    ("starts", [0, 80], "do not fit"),
    ("ends", [100, 79, 0], "passage 1 ends before it starts"),
]


def segment(**changed: Any) -> SpanSegment:
    return SpanSegment.build(SpanBatch(**{**SOUND, **changed}))


def opened(arrays: dict[str, NDArray[Any]], settings: dict[str, Any]) -> SpanSegment:
    directory = RamDirectory()
    entry = write_arrays(directory, "some.bin", kind="spans", arrays=arrays, settings=settings)
    return SpanSegment.open(directory, entry)


def test_a_segment_says_whose_passages_stand_where() -> None:
    made: Segment[SpanBatch] = segment()
    assert isinstance(made, SpanSegment)
    assert (made.document_count, made.passage_count) == (3, 3)
    assert (made.owners.dtype.name, made.owners.tolist()) == ("uint32", [0, 0, 2])
    assert (made.starts.tolist(), made.ends.tolist()) == ([0, 80, 0], [100, 180, 0])


def test_rows_are_those_of_the_documents_that_are_here() -> None:
    asked = np.asarray([9, -1, 5, 4, 10, 6], np.int64)
    assert segment().rows(asked).tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("live", "passages"), [("111", "111"), ("011", "001"), ("101", "111"), ("010", "000")]
)
def test_a_set_of_documents_becomes_one_of_passages(live: str, passages: str) -> None:
    found = segment().passage_mask(bits([bit == "1" for bit in live]))
    assert found is not None
    assert found.tolist() == bits([bit == "1" for bit in passages]).tolist()
    assert segment().passage_mask(None) is None


def test_bitmaps_of_another_size_are_refused() -> None:
    with pytest.raises(InvalidInput, match="does not cover 3 documents"):
        segment().passage_mask(np.zeros(2, np.uint8))
    with pytest.raises(InvalidInput, match="does not cover 3 documents"):
        SpanSegment.merge([(segment(), np.zeros(2, np.uint8))])


def test_merge_drops_documents_with_all_their_passages() -> None:
    after = segment(ordinals=[10, 11, 12])
    merged = SpanSegment.merge([(segment(), bits([False, True, True])), (after, None)])
    assert merged.ordinals.tolist() == [6, 9, 10, 11, 12]
    assert merged.offsets.tolist() == [0, 0, 1, 3, 3, 4]
    assert merged.starts.tolist() == [0, 0, 80, 0]
    assert merged.ends.tolist() == [0, 100, 180, 0]


def test_merge_refuses_documents_out_of_order_unless_they_are_dropped() -> None:
    with pytest.raises(InvalidInput, match="ordinals do not ascend"):
        SpanSegment.merge([(segment(), None), (segment(ordinals=[5, 20, 21]), None)])
    kept = bits([False, True, True])
    later = SpanSegment.merge([(segment(), None), (segment(ordinals=[5, 20, 21]), kept)])
    assert later.ordinals.tolist() == [4, 6, 9, 20, 21]


def test_nothing_merges_to_nothing() -> None:
    empty = SpanSegment.merge([])
    assert (empty.document_count, empty.passage_count) == (0, 0)
    assert SpanSegment.merge([(segment(), bits([False] * 3))]).offsets.tolist() == [0]
    assert empty.rows(np.asarray([1], np.int64)).tolist() == []
    assert empty.starts.shape == empty.ends.shape == (0,)


def test_a_segment_is_a_copy_of_its_batch() -> None:
    starts = SOUND["starts"].copy()
    made = segment(starts=starts)
    starts[:] = 9
    assert made.starts.tolist() == [0, 80, 0]


def test_an_opened_segment_is_a_view_into_the_file(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path)
    found = SpanSegment.open(directory, segment().save(directory, "a.spans"))
    assert not found.starts.flags.owndata
    assert all(getattr(found, name).tolist() == SOUND[name].tolist() for name in SOUND)


@pytest.mark.parametrize(("name", "values", "message"), FAULTS)
def test_batches_that_do_not_fit_are_refused(name: str, values: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        segment(**{name: values})


@pytest.mark.parametrize(("name", "value"), [("starts", -1), ("ends", 2**32), ("ends", 2**63 - 1)])
def test_characters_that_no_text_has_are_refused(name: str, value: int) -> None:
    with pytest.raises(InvalidInput, match=f"{name} holds numbers outside 0 to 4294967295"):
        segment(**{name: [0, value, 0]})
    with pytest.raises(InvalidInput, match="starts is float64"):
        segment(starts=[0.0, 0.5, 1.0])


@pytest.mark.parametrize(("name", "values", "message"), FAULTS)
def test_files_whose_arrays_do_not_fit_are_refused(name: str, values: Any, message: str) -> None:
    changed = np.asarray(values, SOUND[name].dtype)
    with pytest.raises(IndexCorrupt, match=rf"some\.bin.*{message}"):
        opened({**SOUND, name: changed}, {"version": 1})


@pytest.mark.parametrize("name", sorted(SOUND))
def test_files_with_other_arrays_are_refused(name: str) -> None:
    with pytest.raises(IndexCorrupt, match=rf"some\.bin: array '{name}' is float64"):
        opened({**SOUND, name: SOUND[name].astype(np.float64)}, {"version": 1})
    lost = {other: array for other, array in SOUND.items() if other != name}
    for arrays in (lost, {**SOUND, "more": SOUND[name]}):
        with pytest.raises(IndexCorrupt, match=r"some\.bin: holds arrays"):
            opened(arrays, {"version": 1})


@pytest.mark.parametrize("version", [None, 0, -1, "1", True])
def test_files_without_a_version_are_refused(version: Any) -> None:
    with pytest.raises(IndexCorrupt, match=r"some\.bin: has no version"):
        opened(SOUND, {"version": version})


def test_spans_of_a_newer_version_are_told_apart() -> None:
    with pytest.raises(FormatTooNew, match=r"some\.bin has spans of version 2.* up to 1"):
        opened({}, {"version": 2})
