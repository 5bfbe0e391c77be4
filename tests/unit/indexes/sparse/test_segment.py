"""Building, merging, saving and opening segments."""

from __future__ import annotations

import random

import numpy as np
import pytest

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.sparse import LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import RamDirectory, write_arrays

FORMAT = {"version": 1}
ROWS = TermBatch.from_tokens([[b"b", b"a", b"b"], [], [b"c", b"b"]])


def test_build_counts_and_sorts() -> None:
    arrays = SparseSegment.build(ROWS).arrays
    assert arrays["terms"].tobytes() == b"abc"
    assert arrays["list_offsets"].tolist() == [0, 1, 3, 4]
    assert arrays["documents"].tolist() == [0, 0, 2, 2]
    assert arrays["frequencies"].tolist() == [1, 2, 1, 1]
    assert arrays["lengths"].tolist() == [3, 0, 2]


def test_terms_that_do_not_occur_are_never_read() -> None:
    unread = [b"a", object(), b"b"]
    terms = np.asarray([0, 2], np.uint32)
    segment = SparseSegment.build(TermBatch(unread, np.asarray([0, 2]), terms))  # type: ignore[arg-type]
    assert segment.postings.term_count == 2


def test_terms_are_any_bytes_in_the_order_of_bytes() -> None:
    terms = [b"\xff\xfe", b"", b"\x00", b"a\x00b", b"a", "é".encode(), b"x" * 100_000]
    segment = SparseSegment.build(TermBatch.from_tokens([terms]))
    assert segment.arrays["terms"].tobytes() == b"".join(sorted(terms))
    index = SparseIndex([LiveSegment(segment, np.asarray([5]))])
    found = index.search(TermBatch.from_tokens([[term] for term in terms]), 3)
    assert found.ids.tolist() == [5] * len(terms)


def test_vocabularies_grow_beyond_65535() -> None:
    terms = [b"term-%d" % number for number in range(200_000)]
    random.Random(1).shuffle(terms)
    segment = SparseSegment.build(
        TermBatch.from_tokens(terms[i : i + 100] for i in range(0, 200_000, 100))
    )
    index = SparseIndex([LiveSegment(segment, np.arange(2_000))])
    queries = TermBatch.from_tokens([[terms[i]] for i in range(0, 200_000, 997)])
    expected = [i // 100 for i in range(0, 200_000, 997)]
    assert index.search(queries, 2).ids.tolist() == expected
    assert segment.postings.term_count == 200_000


def test_segments_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SparseSegment.build(ROWS).arrays["documents"][0] = 99


def test_merge_drops_documents_and_the_terms_that_only_they_had() -> None:
    segment = SparseSegment.build(ROWS)
    merged = SparseSegment.merge([(segment, np.asarray([0b010], np.uint8)), (segment, None)])
    assert merged.document_count == 4
    assert merged.arrays["lengths"].tolist() == [0, 3, 0, 2]
    without = SparseSegment.merge([(segment, np.asarray([0b001], np.uint8))])
    assert without.arrays["terms"].tobytes() == b"ab"


def test_merge_of_nothing_is_an_empty_segment() -> None:
    assert SparseSegment.merge([]).document_count == 0


def test_merge_refuses_a_bitmap_that_does_not_fit_and_two_kinds_of_values() -> None:
    tokens = SparseSegment.build(ROWS)
    weights = TermBatch([b"a"], np.asarray([0, 1]), np.zeros(1, np.uint32), np.ones(1, np.float32))
    with pytest.raises(InvalidInput, match="keep has shape"):
        SparseSegment.merge([(tokens, np.zeros(2, np.uint8))])
    with pytest.raises(InvalidInput, match="cannot be merged"):
        SparseSegment.merge([(tokens, None), (SparseSegment.build(weights), None)])


def test_merges_outlive_their_parts() -> None:
    merged = SparseSegment.merge([(SparseSegment.build(ROWS), None)] * 3)
    index = SparseIndex([LiveSegment(merged, np.arange(9))])
    del merged
    assert index.search(TermBatch.from_tokens([[b"c"]]), 9).ids.tolist() == [2, 5, 8]


def test_size_is_that_of_the_arrays() -> None:
    segment = SparseSegment.build(ROWS)
    assert segment.bytes == 3 + 4 * 8 + 4 * 8 + 4 * 4 + 4 * 4 + 3 * 4


def test_a_file_of_another_kind_is_refused() -> None:
    directory = RamDirectory()
    entry = write_arrays(directory, "other.bin", kind="columns", arrays={})
    with pytest.raises(IndexCorrupt, match=r"other\.bin"):
        SparseSegment.open(directory, entry)


def test_a_file_without_postings_is_refused() -> None:
    directory = RamDirectory()
    entry = write_arrays(directory, "empty.bin", kind="sparse", arrays={}, settings=FORMAT)
    with pytest.raises(IndexCorrupt, match=r"empty\.bin"):
        SparseSegment.open(directory, entry)


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("term_offsets", 1, 9, "term offsets"),
        ("list_offsets", 3, 3, "list offsets"),
        ("list_offsets", 0, -1, "list offsets"),
        ("terms", 0, ord("z"), "not sorted"),
        ("documents", 0, 3, "posting list"),
        ("documents", 2, 0, "posting list"),
        ("frequencies", 0, 0, "positive finite"),
        ("frequencies", 0, 2, "document's length"),
        ("lengths", 1, 1, "document's length"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    name: str, place: int, value: int, message: str
) -> None:
    arrays = {key: array.copy() for key, array in SparseSegment.build(ROWS).arrays.items()}
    arrays[name][place] = value
    directory = RamDirectory()
    entry = write_arrays(directory, "bad.bin", kind="sparse", arrays=arrays, settings=FORMAT)
    with pytest.raises(IndexCorrupt, match=rf"bad\.bin.*{message}"):
        SparseSegment.open(directory, entry)


@pytest.mark.parametrize("settings", [{}, {"version": "1"}, {"version": 0}, {"version": True}])
def test_postings_without_a_version_are_refused(settings: dict[str, object]) -> None:
    directory, arrays = RamDirectory(), SparseSegment.build(ROWS).arrays
    entry = write_arrays(directory, "odd.bin", kind="sparse", arrays=arrays, settings=settings)
    with pytest.raises(IndexCorrupt, match=r"odd\.bin.*version"):
        SparseSegment.open(directory, entry)


def test_postings_of_a_newer_version_are_told_apart() -> None:
    directory, arrays = RamDirectory(), {"packed": np.zeros(3, np.uint8)}
    newer = {"version": 2}
    entry = write_arrays(directory, "new.bin", kind="sparse", arrays=arrays, settings=newer)
    with pytest.raises(FormatTooNew, match=r"new\.bin has postings of version 2.* up to 1"):
        SparseSegment.open(directory, entry)
