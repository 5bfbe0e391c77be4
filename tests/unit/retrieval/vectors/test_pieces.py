"""Pieces of vectors are built, merged, saved, opened and thinned out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.retrieval.vectors.pieces_of import Texts, piece_of

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.spans import SpanBatch
from mnemic.indexes.storage import RamDirectory
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.vectors import VectorPiece
from mnemic.retrieval.vectors.pieces import terms_of

KINDS = ("dense", "sparse")
TEXTS: Texts = {2: ("a b", "c"), 3: (), 7: ("d e f",), 8: ("g", "h", "g")}


def live(piece: VectorPiece) -> list[int]:
    """The ordinals that searches can find."""
    ordinals = piece.spans.ordinals
    if piece.live is None:
        return [int(o) for o in ordinals]
    return [int(o) for o in ordinals[to_bool(piece.live, piece.document_count)]]


def assert_same(one: VectorPiece, other: VectorPiece) -> None:
    """Two pieces hold the same documents, spans and vectors, bit for bit."""
    for name in ("ordinals", "offsets", "starts", "ends"):
        np.testing.assert_array_equal(getattr(one.spans, name), getattr(other.spans, name))
    left, right = RamDirectory(), RamDirectory()
    one.vectors.save(left, "s000000000001-00000000000000a1.x")
    other.vectors.save(right, "s000000000001-00000000000000a1.x")
    assert [left.read(name) for name in left.names()] == [right.read(n) for n in right.names()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_counts_documents_and_passages(kind: str) -> None:
    piece = piece_of(kind, TEXTS)
    assert (piece.kind, piece.document_count, piece.passage_count) == (kind, 4, 6)
    assert (piece.live_count, piece.deleted, piece.live_passages) == (4, 0, None)


@pytest.mark.parametrize("kind", KINDS)
def test_deleting_changes_another_piece(kind: str) -> None:
    piece = piece_of(kind, TEXTS)
    fewer = piece.without(np.array([1, 3, 8, 9]))
    assert (live(piece), live(fewer)) == ([2, 3, 7, 8], [2, 7])
    assert (fewer.live_count, fewer.deleted) == (2, 2)
    assert fewer.live_passages is not None
    assert to_bool(fewer.live_passages, 6).tolist() == [True, True, True, False, False, False]
    assert fewer.without(np.array([3, 8])) is fewer
    assert fewer.without(np.array([2, 3, 7])).live_count == 0
    assert fewer.vectors is piece.vectors


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_among_others_lives(kind: str) -> None:
    piece = piece_of(kind, TEXTS)
    assert live(piece.within(np.array([0, 2, 5, 8, 99]))) == [2, 8]
    assert piece.within(np.array([2, 3, 7, 8])) is piece
    assert live(piece.within(np.array([], np.int64))) == []
    assert live(piece.within(np.array([9]))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_masks_mark_the_chosen(kind: str) -> None:
    piece = piece_of(kind, TEXTS)
    assert to_bool(piece.mask(np.array([8, 3, 4])), 4).tolist() == [False, True, False, True]
    assert to_bool(piece.mask(np.array([], np.int64)), 4).tolist() == [False] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_is_what_a_build_of_the_rest_is(kind: str) -> None:
    later: Texts = {9: ("i", "a b"), 12: ("j",)}
    first = piece_of(kind, TEXTS).without(np.array([2]))
    second = piece_of(kind, later).without(np.array([12]))
    rest = {3: (), 7: ("d e f",), 8: ("g", "h", "g"), 9: ("i", "a b")}
    assert_same(VectorPiece.merge([first, second]), piece_of(kind, rest))
    alone = VectorPiece.merge([first])
    assert (alone.live, alone.deleted, alone.entry) == (None, 0, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_of_nothing_left_is_empty(kind: str) -> None:
    piece = piece_of(kind, TEXTS).without(np.array([2, 3, 7, 8]))
    assert VectorPiece.merge([piece]).document_count == 0


@pytest.mark.parametrize("kind", KINDS)
def test_saved_pieces_open(kind: str) -> None:
    directory, piece = RamDirectory(), piece_of(kind, TEXTS)
    saved = piece.save(directory, 3)
    assert saved.entry is not None
    assert (saved.entry.documents, saved.entry.live) == (4, None)
    assert (saved.entry.first_ordinal, saved.entry.last_ordinal) == (2, 8)
    opened = VectorPiece.open(directory, saved.entry, kind)
    assert opened.kind == kind
    assert_same(opened, piece)
    assert saved.save(directory, 4) is saved


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_different_passages_are_corrupt(kind: str) -> None:
    directory = RamDirectory()
    one = piece_of(kind, TEXTS).save(directory, 1).entry
    other = piece_of(kind, {2: ("a",), 3: ("b",), 7: (), 8: ()}).save(directory, 1).entry
    assert one is not None
    assert other is not None
    mixed = replace(one, files=(one.file("spans"), other.file(kind)))
    with pytest.raises(IndexCorrupt, match="different passages"):
        VectorPiece.open(directory, mixed, kind)
    with pytest.raises(IndexCorrupt, match="different passages"):
        VectorPiece.open(directory, replace(one, documents=3), kind)


@pytest.mark.parametrize("missing", ["spans", "dense"])
def test_an_entry_without_a_file_is_corrupt(missing: str) -> None:
    directory = RamDirectory()
    entry = piece_of("dense", TEXTS).save(directory, 1).entry
    assert entry is not None
    files = tuple(file for file in entry.files if file.kind != missing)
    with pytest.raises(IndexCorrupt, match=missing):
        VectorPiece.open(directory, replace(entry, files=files), "dense")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_refused(bad: float) -> None:
    spans = SpanBatch(*(np.array(values, np.int64) for values in ([0], [0, 1], [0], [1])))
    with pytest.raises(InvalidInput):
        VectorPiece.build(spans, DenseVectors(np.array([[1.0, bad]], np.float32)))
    sparse = SparseVectors(
        np.array([0, 1]), np.array([3]), np.array([bad], np.float32), vocabulary_size=9
    )
    with pytest.raises(InvalidInput):
        VectorPiece.build(spans, sparse)


@pytest.mark.parametrize("rows", [0, 2])
def test_rows_and_passages_must_agree(rows: int) -> None:
    spans = SpanBatch(*(np.array(values, np.int64) for values in ([0], [0, 1], [0], [1])))
    with pytest.raises(InvalidInput):
        VectorPiece.build(spans, DenseVectors(np.ones((rows, 2), np.float32)))
    sparse = SparseVectors(
        np.arange(rows + 1), np.arange(rows), np.ones(rows, np.float32), vocabulary_size=9
    )
    with pytest.raises(InvalidInput):
        VectorPiece.build(spans, sparse)


def test_sparse_passages_without_weights_are_left_out() -> None:
    piece = piece_of("sparse", {1: ("", "a", ""), 2: ("",), 5: ("b", "")})
    assert (piece.document_count, piece.passage_count) == (3, 2)
    assert piece.spans.offsets.tolist() == [0, 1, 1, 2]
    assert piece.spans.starts.tolist() == [101, 500]
    assert piece_of("sparse", {1: ("",)}).passage_count == 0
    assert piece_of("dense", {1: ("", "a")}).passage_count == 2


def one_each(rows: int) -> SpanBatch:
    """Documents of one passage."""
    numbers = np.arange(rows + 1)
    return SpanBatch(numbers[:-1], numbers, numbers[:-1], numbers[1:])


def test_weights_of_zero_count_as_none() -> None:
    vectors = SparseVectors(
        np.array([0, 2, 4, 4, 5]),
        np.array([1, 2, 1, 2, 3]),
        np.array([0.0, 0.5, 0.0, -0.0, 2.0], np.float32),
        vocabulary_size=9,
    )
    piece = VectorPiece.build(one_each(4), vectors)
    assert (piece.document_count, piece.passage_count, piece.empty) == (4, 2, 2)
    assert piece.spans.starts.tolist() == [0, 3]
    assert piece.sparse.postings.posting_count == 2


@pytest.mark.parametrize(
    ("number", "weight", "message"),
    [
        (9, 1.0, "row 1: column 9 is outside the vocabulary of 9"),
        (-1, 1.0, "row 1: column -1 is outside"),
        (2**32 + 1, 1.0, "row 1: column 4294967297 is outside"),
        (1, np.nan, "row 1, column 1: impact nan"),
        (1, -0.5, "row 1, column 1: impact -0.5"),
    ],
)
def test_sparse_vectors_that_are_none_are_refused(number: int, weight: float, message: str) -> None:
    values = np.array([1.0, weight], np.float32)
    vectors = SparseVectors(np.array([0, 1, 2]), np.array([3, number]), values, vocabulary_size=9)
    with pytest.raises(InvalidInput, match=message):
        VectorPiece.build(one_each(2), vectors)
    with pytest.raises(InvalidInput, match=message):
        terms_of(vectors)


def test_rows_of_live_documents() -> None:
    piece = piece_of("dense", TEXTS).without(np.array([7]))
    found = [piece.passages_of(ordinal) for ordinal in (2, 3, 7, 8, 9)]
    assert found == [range(2), range(2, 2), None, range(3, 6), None]


def test_terms_are_decimal_ids() -> None:
    vectors = SparseVectors(
        np.array([0, 2, 2, 3]),
        np.array([5, 70_000, 5]),
        np.array([0.5, 2.0, 1.0], np.float32),
        vocabulary_size=100_000,
    )
    terms = terms_of(vectors)
    assert list(terms.vocabulary) == [b"5", b"70000"]
    assert terms.offsets.tolist() == [0, 2, 2, 3]
    assert terms.terms.tolist() == [0, 1, 0]
    assert terms.weights is not None
    assert terms.weights.tolist() == [0.5, 2.0, 1.0]
