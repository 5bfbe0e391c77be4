"""Which pieces of vectors are joined, rewritten and kept."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.retrieval.vectors.pieces_of import SPECS, Texts, encoder_of, piece_of

from mnemic.errors import DimensionMismatch
from mnemic.indexes.spans import SpanBatch
from mnemic.indexes.storage import RamDirectory
from mnemic.retrieval.collections import planning, vector_flush
from mnemic.retrieval.collections.merging import FAN_IN
from mnemic.retrieval.encoders.protocols import DenseVectors
from mnemic.retrieval.vectors import Track, VectorPiece

KINDS = ("dense", "sparse")


def track_of(kind: str, pieces: int, *, documents: int = 4) -> Track:
    """Pieces of so many documents of two passages each, saved."""
    directory = RamDirectory()
    texts: list[Texts] = [
        {first + n: (f"word{first + n}", "common") for n in range(documents)}
        for first in range(0, pieces * documents, documents)
    ]
    made = [piece_of(kind, part).save(directory, 1) for part in texts]
    spec = SPECS[kind].to_json()
    return Track(encoder_of(kind).fingerprint, spec, pieces * documents, tuple(made), threads=1)


def ordinals(track: Track) -> list[list[int]]:
    return [piece.spans.ordinals.tolist() for piece in track.pieces]


def assert_finds(track: Track, expected: list[int]) -> None:
    """A query finds exactly these documents, each by its own word first."""
    encoder = encoder_of(track.kind)
    found = track.search.best(encoder.encode_queries(["common"]), 10**6)
    assert sorted(found.ordinals.tolist()) == expected
    for ordinal in expected:
        best = track.search.best(encoder.encode_queries([f"word{ordinal}"]), 1)
        assert best.ordinals.tolist() == [ordinal]


def due(track: Track) -> slice | None:
    return planning.due(track.pieces, most=vector_flush.largest(track))


@pytest.mark.parametrize("kind", KINDS)
def test_few_pieces_stay_as_they_are(kind: str) -> None:
    track = track_of(kind, FAN_IN - 1)
    assert due(track) is None
    assert vector_flush.purged(track) is track


@pytest.mark.parametrize("kind", KINDS)
def test_neighbours_of_one_class_are_joined(kind: str) -> None:
    track = track_of(kind, FAN_IN + 2)
    assert due(track) == slice(2, FAN_IN + 2)
    joined = track.over([*track.pieces[:2], type(track.pieces[0]).merge(track.pieces[2:])])
    assert due(joined) is None
    assert_finds(joined, list(range(4 * (FAN_IN + 2))))


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_in_which_much_is_deleted_is_rewritten(kind: str) -> None:
    track = track_of(kind, 3).without(np.array([1, 8, 9, 10, 11]))
    assert due(track) == slice(0, 1)
    assert due(track.over(track.pieces[1:])) == slice(1, 2)
    assert due(track.over(track.pieces[1:2])) is None


def test_a_piece_in_which_little_is_deleted_waits() -> None:
    track = track_of("dense", 2, documents=10).without(np.array([3]))
    assert due(track) is None
    assert [piece.document_count for piece in vector_flush.purged(track).pieces] == [9, 10]


@pytest.mark.parametrize("kind", KINDS)
def test_a_purge_leaves_nothing_deleted(kind: str) -> None:
    track = track_of(kind, 3).without(np.array([4, 5, 6, 7, 9]))
    assert ordinals(vector_flush.purged(track)) == [[0, 1, 2, 3], [8, 10, 11]]


@pytest.mark.parametrize("kind", KINDS)
def test_compacting_joins_as_much_as_memory_allows(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = track_of(kind, 6).without(np.array([0, 21]))
    assert [len(part) for part in ordinals(vector_flush.compacted(track))] == [22]
    monkeypatch.setattr(vector_flush, "MERGED_PASSAGES", 20)
    parts = vector_flush.compacted(track)
    assert [len(part) for part in ordinals(parts)] == [7, 8, 7]
    assert_finds(parts, [n for n in range(24) if n not in (0, 21)])
    monkeypatch.setattr(vector_flush, "MERGED_PASSAGES", 1)
    assert len(vector_flush.compacted(track).pieces) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_compacting_what_is_compact_changes_nothing(kind: str) -> None:
    track = track_of(kind, 1)
    assert vector_flush.compacted(track) is track
    empty = track.without(np.arange(4))
    assert vector_flush.compacted(empty).pieces == ()
    assert due(empty) == slice(0, 1)


def test_extending_moves_the_mark() -> None:
    track = track_of("dense", 1)
    more = vector_flush.extended(track, piece_of("dense", {6: ("x",)}), 9)
    assert (ordinals(more), more.next_ordinal) == ([[0, 1, 2, 3], [6]], 9)
    nothing = vector_flush.extended(track, None, 7)
    assert (ordinals(nothing), nothing.next_ordinal) == ([[0, 1, 2, 3]], 7)


def test_vectors_of_another_width_are_refused() -> None:
    track = track_of("dense", 1)
    batch = SpanBatch(np.array([4]), np.array([0, 1]), np.array([0]), np.array([5]))
    wider = VectorPiece.build(batch, DenseVectors(np.ones((1, 3), np.float32)))
    with pytest.raises(DimensionMismatch, match="made vectors of 3 and 16 numbers") as caught:
        vector_flush.extended(track, wider, 5)
    assert "--force" in caught.value.hint
    assert vector_flush.extended(track, None, 5).next_ordinal == 5
