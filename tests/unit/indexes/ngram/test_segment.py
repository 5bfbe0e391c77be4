"""Segments of the n-gram index: blocks, merges and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnemic.errors import IndexCorrupt, InvalidInput, LimitExceeded
from mnemic.indexes import _native
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, Rows, SymbolBatch
from mnemic.indexes.storage import FileDirectory, new_segment_id, segment_file_name

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [b"the cat", b"", b"sat on the mat", b"the end"]
NAME = segment_file_name(new_segment_id(1), "ngram")


def segment_of(texts: list[bytes], *, block_symbols: int = 2**27) -> NgramSegment:
    return NgramSegment.build(SymbolBatch.of_bytes(texts), block_symbols=block_symbols)


def count(segment: NgramSegment, pattern: bytes) -> int:
    ordinals = np.arange(segment.document_count)
    return NgramIndex([LiveNgrams(segment, ordinals)]).count(pattern)


def test_documents_are_cut_into_blocks_of_a_size() -> None:
    segment = segment_of(TEXTS, block_symbols=10)
    assert [block.documents for block in segment.blocks] == [2, 1, 1]
    assert segment.symbol_count == 28
    assert count(segment, b"the") == 3


def test_blocks_are_the_same_on_several_threads() -> None:
    batch = SymbolBatch.of_bytes(TEXTS * 5)
    one = NgramSegment.build(batch, block_symbols=20)
    two = NgramSegment.build(batch, block_symbols=20, threads=2)
    for left, right in zip(one.blocks, two.blocks, strict=True):
        for name, array in left.arrays.items():
            np.testing.assert_array_equal(array, right.arrays[name], err_msg=name)


def test_a_large_block_without_deletions_is_taken_over() -> None:
    large, small = segment_of(TEXTS), segment_of([b"a", b"b"], block_symbols=1)
    merged = NgramSegment.merge([(large, None), (small, None)], block_symbols=40)
    assert merged.blocks[0] is large.blocks[0]
    assert [block.documents for block in merged.blocks] == [4, 2]


def test_a_merge_leaves_out_what_is_deleted() -> None:
    keep = np.array([0b1011], np.uint8)
    merged = NgramSegment.merge([(segment_of(TEXTS), keep), (segment_of(TEXTS), None)])
    assert merged.document_count == 7
    assert (count(merged, b"mat"), count(merged, b"the end")) == (1, 2)


def test_a_merge_of_nothing_that_lives_is_empty() -> None:
    merged = NgramSegment.merge([(segment_of(TEXTS), np.zeros(1, np.uint8))])
    assert merged.document_count == 0
    assert count(merged, b"the") == 0


def test_a_merge_is_what_building_makes() -> None:
    merged = NgramSegment.merge([(segment_of([text]), None) for text in TEXTS])
    (left,), (right,) = merged.blocks, segment_of(TEXTS).blocks
    for name, array in right.arrays.items():
        np.testing.assert_array_equal(left.arrays[name], array, err_msg=name)


def test_segments_of_other_vocabularies_are_not_joined() -> None:
    tokens = NgramSegment.build(SymbolBatch.of_tokens([[1]], 5))
    with pytest.raises(InvalidInput, match="vocabularies"):
        NgramSegment.merge([(segment_of(TEXTS), None), (tokens, None)])
    with pytest.raises(InvalidInput, match="empty"):
        NgramSegment.merge([])


def test_a_saved_segment_comes_back(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path)
    entry = segment_of(TEXTS, block_symbols=10).save(directory, NAME)
    opened = NgramSegment.open(directory, entry)
    assert opened.document_count == 4
    assert count(opened, b"the") == 3
    assert not opened.blocks[0].arrays["lines"].flags.owndata


def test_tokens_that_are_missing_are_named(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path)
    segment = segment_of(TEXTS)
    arrays = {f"0.{name}": array for name, array in segment.blocks[0].arrays.items()}
    del arrays["0.lines"]
    from mnemic.indexes.storage import write_arrays

    settings = {"version": 1, "level": "bytes", "vocabulary": 256, "rates": [16]}
    entry = write_arrays(directory, NAME, kind="ngram", arrays=arrays, settings=settings)
    with pytest.raises(IndexCorrupt, match=r"ngram.*lines"):
        NgramSegment.open(directory, entry)


@pytest.mark.parametrize("rate", [0, 3, 2, 2048])
def test_other_rates_are_refused(rate: int) -> None:
    with pytest.raises(InvalidInput, match="rate"):
        NgramSegment.build(SymbolBatch.of_bytes(TEXTS), rate=rate)


def test_offsets_that_do_not_ascend_are_refused() -> None:
    batch = SymbolBatch(np.zeros(3, np.uint8), np.array([0, 2, 1, 3]))
    with pytest.raises(InvalidInput, match="offsets"):
        NgramSegment.build(batch)


def test_a_compact_segment_is_smaller() -> None:
    batch = SymbolBatch.of_bytes([bytes(range(97, 123)) * 200] * 4)
    sizes = [NgramSegment.build(batch, rate=rate).bytes for rate in (8, 16, 32)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_block_has_its_limit() -> None:
    # Offsets alone are enough to be refused: nothing of the size is allocated.
    offsets = np.array([0, 2**30], np.int64)
    with pytest.raises((InvalidInput, LimitExceeded)):
        _native.build_byte_block(np.zeros(4, np.uint8), offsets, 16)


def test_no_states_can_be_taken() -> None:
    index = NgramIndex([LiveNgrams(segment_of(TEXTS), np.arange(4))])
    none = index.root(3).take([])
    assert len(none) == 0
    assert index.totals(none).tolist() == []
    assert index.masks(none).shape == (0, 256)


def test_rows_of_deleted_documents_are_of_their_block() -> None:
    small, large = segment_of([b"a"]).blocks[0], segment_of([b"ab" * 2_000]).blocks[0]
    rows = small.native.dead_rows(np.zeros(1, np.uint32), None, 1)
    with pytest.raises(InvalidInput, match="another block"):
        large.native.dead_rows(np.zeros(1, np.uint32), rows, 1)
    with pytest.raises(InvalidInput, match="another block"):
        _native.ByteBlocks([large.native], [rows], 256)


def test_masks_have_their_limit() -> None:
    index = NgramIndex([LiveNgrams(segment_of(TEXTS), np.arange(4))])
    with pytest.raises(LimitExceeded, match="fewer states"):
        index.masks(index.root(2**23))


def test_the_ends_of_documents_are_no_occurrences() -> None:
    index = NgramIndex([LiveNgrams(segment_of(TEXTS), np.arange(4))])
    with pytest.raises(InvalidInput, match="no occurrence"):
        index.locate(Rows(np.zeros(1, np.int64), np.array([0, 1])))


def test_ends_beyond_all_numbers_are_clipped() -> None:
    index = NgramIndex([LiveNgrams(segment_of(TEXTS), np.arange(4))])
    found = index.extract([0], [0], np.array([2**64 - 1], np.uint64))
    assert found[0].tobytes() == TEXTS[0]
