"""Building, merging, saving and opening segments."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.golden.sparse_v1 import make_sparse_v1 as version_1

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.sparse import LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import RamDirectory, write_arrays

FORMAT = {"version": 2}
ROWS = TermBatch.from_tokens([[b"b", b"a", b"b"], [], [b"c", b"b"]])


def entry_of(shared: int, rest: bytes, size: int) -> bytes:
    """A dictionary's entry as its format says: lengths in nibbles, bytes, size of the list."""
    return bytes([shared << 4 | len(rest)]) + rest + bytes([size])


def test_build_counts_and_sorts() -> None:
    arrays = SparseSegment.build(ROWS).arrays
    terms = [entry_of(0, b"a", 2), entry_of(0, b"b", 4), entry_of(0, b"c", 2)]
    assert arrays["terms"].tobytes() == b"".join(terms)
    assert arrays["term_offsets"].tolist() == [0, 9]
    assert arrays["list_offsets"].tolist() == [0, 8]
    # Of each list the count; of each posting the gap and whether it occurs once, else how often.
    once, later = 1, 1 << 1
    lists = [[1, once], [2, 0, 2, later | once], [1, 2 << 1 | once]]
    assert arrays["lists"].tobytes() == b"".join(map(bytes, lists))
    assert arrays["lengths"].tolist() == [3, 0, 2]


def test_terms_are_coded_by_what_they_share_in_groups_of_16() -> None:
    terms = [b"t%02d" % number for number in range(17)]
    arrays = SparseSegment.build(TermBatch.from_tokens([terms])).arrays
    follow = [entry_of(2, b"%d" % (number % 10), 2) for number in range(16)]
    group = entry_of(0, b"t00", 2) + b"".join(follow[1:10])
    group += entry_of(1, b"10", 2) + b"".join(follow[11:16])
    assert arrays["terms"].tobytes() == group + entry_of(0, b"t16", 2)
    assert arrays["term_offsets"].tolist() == [0, len(group), len(group) + 5]
    assert arrays["list_offsets"].tolist() == [0, 32, 34]


def test_weights_are_stored_as_they_are() -> None:
    batch = TermBatch([b"a"], np.asarray([0, 1]), np.zeros(1, np.uint32), np.ones(1, np.float32))
    arrays = SparseSegment.build(batch).arrays
    assert arrays["impact_lists"].tobytes() == bytes([1, 0]) + np.float32(1).tobytes()


def test_terms_that_do_not_occur_are_never_read() -> None:
    unread = [b"a", object(), b"b"]
    terms = np.asarray([0, 2], np.uint32)
    segment = SparseSegment.build(TermBatch(unread, np.asarray([0, 2]), terms))  # type: ignore[arg-type]
    assert segment.postings.term_count == 2


def test_terms_are_any_bytes_in_the_order_of_bytes() -> None:
    terms = [b"\xff\xfe", b"", b"\x00", b"a\x00b", b"a", "é".encode(), b"x" * 100_000]
    segment = SparseSegment.build(TermBatch.from_tokens([terms]))
    assert segment.postings.term_count == len(terms)
    coded = entry_of(0, b"", 2) + entry_of(0, b"\x00", 2) + entry_of(0, b"a", 2)
    assert segment.arrays["terms"].tobytes().startswith(coded + entry_of(1, b"\x00b", 2))
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
        SparseSegment.build(ROWS).arrays["lists"][0] = 99


def test_merge_drops_documents_and_the_terms_that_only_they_had() -> None:
    segment = SparseSegment.build(ROWS)
    merged = SparseSegment.merge([(segment, np.asarray([0b010], np.uint8)), (segment, None)])
    assert merged.document_count == 4
    assert merged.arrays["lengths"].tolist() == [0, 3, 0, 2]
    without = SparseSegment.merge([(segment, np.asarray([0b001], np.uint8))])
    assert without.arrays["terms"].tobytes() == entry_of(0, b"a", 2) + entry_of(0, b"b", 3)


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
    assert segment.bytes == 3 * 3 + 2 * 8 + 2 * 8 + 8 + 3 * 4


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
        ("term_offsets", 1, 10, "term offsets"),
        ("term_offsets", 0, -1, "term offsets"),
        ("list_offsets", 1, 7, "list offsets"),
        ("list_offsets", 0, 8, "list offsets"),
        ("terms", 0, 0x02, "block of postings is broken"),
        ("terms", 0, 0x10, "dictionary is broken"),
        ("terms", 1, ord("z"), "not sorted"),
        ("terms", 2, 3, "block of postings is broken"),
        ("lists", 0, 0, "posting list is broken"),
        ("lists", 0, 2, "block of postings is broken"),
        ("lists", 1, 3 << 1 | 1, "posting list is out of order or names"),
        ("lists", 4, 0, "block of postings is broken"),
        ("lists", 4, 3, "document's length"),
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


@pytest.mark.parametrize("missing", ["terms", "term_offsets", "list_offsets", "lists", "lengths"])
def test_arrays_that_are_not_all_there_are_refused(missing: str) -> None:
    arrays = {**SparseSegment.build(ROWS).arrays}
    del arrays[missing]
    directory = RamDirectory()
    entry = write_arrays(directory, "bad.bin", kind="sparse", arrays=arrays, settings=FORMAT)
    with pytest.raises(IndexCorrupt, match=r"bad\.bin.*not those of postings"):
        SparseSegment.open(directory, entry)


def test_postings_with_frequencies_and_impacts_are_refused() -> None:
    arrays = {**SparseSegment.build(ROWS).arrays}
    arrays["impact_lists"] = arrays["lists"]
    directory = RamDirectory()
    entry = write_arrays(directory, "bad.bin", kind="sparse", arrays=arrays, settings=FORMAT)
    with pytest.raises(IndexCorrupt, match=r"bad\.bin.*not those of postings"):
        SparseSegment.open(directory, entry)


LISTS = {b"a": {0: 1}, b"b": {0: 2, 2: 1}, b"c": {2: 1}}


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("term_offsets", 1, 9, "term offsets"),
        ("list_offsets", 3, 3, "list offsets"),
        ("list_offsets", 0, -1, "list offsets"),
        ("list_offsets", 1, 0, "posting list"),
        ("terms", 0, ord("z"), "not sorted"),
        ("documents", 0, 3, "posting list"),
        ("documents", 2, 0, "posting list"),
        ("frequencies", 0, 0, "posting list"),
        ("frequencies", 0, 2, "document's length"),
        ("lengths", 1, 1, "document's length"),
    ],
)
def test_arrays_of_version_1_that_do_not_fit_are_refused(
    name: str, place: int, value: int, message: str
) -> None:
    arrays = {key: array.copy() for key, array in version_1.arrays(LISTS, [3, 0, 2]).items()}
    arrays[name][place] = value
    directory = RamDirectory()
    entry = version_1.write(directory, "bad.bin", arrays)
    with pytest.raises(IndexCorrupt, match=rf"bad\.bin.*{message}"):
        SparseSegment.open(directory, entry)


def test_arrays_of_version_1_become_those_of_a_build() -> None:
    directory = RamDirectory()
    entry = version_1.write(directory, "old.bin", version_1.arrays(LISTS, [3, 0, 2]))
    opened, built = SparseSegment.open(directory, entry).arrays, SparseSegment.build(ROWS).arrays
    assert {name: array.tolist() for name, array in opened.items()} == {
        name: array.tolist() for name, array in built.items()
    }


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_impacts_of_version_1_are_positive_and_finite(value: float) -> None:
    directory = RamDirectory()
    arrays = version_1.arrays({b"a": {0: value}}, [1], "impacts")
    entry = version_1.write(directory, "bad.bin", arrays)
    with pytest.raises(IndexCorrupt, match=r"bad\.bin.*positive finite"):
        SparseSegment.open(directory, entry)


@pytest.mark.parametrize("settings", [{}, {"version": "1"}, {"version": 0}, {"version": True}])
def test_postings_without_a_version_are_refused(settings: dict[str, object]) -> None:
    directory, arrays = RamDirectory(), SparseSegment.build(ROWS).arrays
    entry = write_arrays(directory, "odd.bin", kind="sparse", arrays=arrays, settings=settings)
    with pytest.raises(IndexCorrupt, match=r"odd\.bin.*version"):
        SparseSegment.open(directory, entry)


def test_postings_of_a_newer_version_are_told_apart() -> None:
    directory, arrays = RamDirectory(), {"packed": np.zeros(3, np.uint8)}
    newer = {"version": 3}
    entry = write_arrays(directory, "new.bin", kind="sparse", arrays=arrays, settings=newer)
    with pytest.raises(FormatTooNew, match=r"new\.bin has postings of version 3.* up to 2"):
        SparseSegment.open(directory, entry)
