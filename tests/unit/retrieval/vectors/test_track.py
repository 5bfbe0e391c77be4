"""A track: the pieces of one encoder and how far they have come."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.retrieval.vectors.pieces_of import SPECS, Texts, encoder_of, piece_of, split

from mnemic.errors import IndexCorrupt
from mnemic.indexes.storage import RamDirectory
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.retrieval.vectors import Track

TEXTS: Texts = {number: (f"word{number}", "common") for number in range(6)}
KINDS = ("dense", "sparse")


def track_of(kind: str, *, every: int = 2) -> Track:
    pieces = tuple(piece_of(kind, part) for part in split(TEXTS, every=every))
    fingerprint = encoder_of(kind).fingerprint
    return Track(fingerprint, SPECS[kind].to_json(), next_ordinal=6, pieces=pieces, threads=1)


def stored(track: Track, directory: RamDirectory) -> Track:
    return track.over([piece.save(directory, 1) for piece in track.pieces])


@pytest.mark.parametrize("kind", KINDS)
def test_a_track_counts_its_pieces(kind: str) -> None:
    track = track_of(kind)
    assert (track.kind, track.documents, track.passages, track.bytes) == (kind, 6, 12, 0)
    fewer = track.without(np.array([1, 4]))
    assert (fewer.documents, fewer.passages) == (4, 12)
    assert stored(track, RamDirectory()).bytes > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_track_opens(kind: str) -> None:
    directory = RamDirectory()
    entry = stored(track_of(kind), directory).entry
    assert (entry.next_ordinal, len(entry.segments)) == (6, 3)
    opened = Track.open(directory, entry, (), threads=1)
    assert opened.entry == entry
    asked = encoder_of(kind).encode_queries(["common"])
    best, expected = opened.search.best(asked, 9), track_of(kind).search.best(asked, 9)
    np.testing.assert_array_equal(best.ordinals, expected.ordinals)
    np.testing.assert_array_equal(best.scores, expected.scores)
    np.testing.assert_array_equal(best.spans, expected.spans)


def test_pieces_that_are_open_are_taken_over() -> None:
    directory = RamDirectory()
    track = stored(track_of("dense"), directory)
    known = track.without(np.array([0])).pieces
    again = Track.open(directory, track.entry, known, threads=1)
    assert all(one is other for one, other in zip(again.pieces, known, strict=True))


def test_unsaved_pieces_are_not_in_the_entry() -> None:
    assert track_of("dense").entry.segments == ()


@pytest.mark.parametrize("spec", [{}, {"kind": "multi"}, {"kind": ["dense"]}, {"kind": None}])
def test_other_kinds_are_corrupt(spec: dict[str, object]) -> None:
    entry = Track(encoder_of("dense").fingerprint, spec).entry
    with pytest.raises(IndexCorrupt, match="cannot be searched"):
        Track.open(RamDirectory(), entry, (), threads=1)


@pytest.mark.parametrize("kind", KINDS)
def test_deleting_nothing_changes_nothing(kind: str) -> None:
    track = track_of(kind)
    assert track.without(np.array([17])) is track
    assert track.within(np.arange(9)) is track
    only = track.within(np.array([3]))
    assert only.documents == 1
    assert only.pieces[1] is not track.pieces[1]


def test_masks_are_one_a_piece() -> None:
    masks = track_of("dense").masks(np.array([0, 3, 9]))
    assert [to_bool(mask, 2).tolist() for mask in masks] == [
        [True, False],
        [False, True],
        [False, False],
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_deleted_is_not_found(kind: str) -> None:
    asked = encoder_of(kind).encode_queries(["common"])
    for track in (track_of(kind).without(np.array([2, 5])), track_of(kind).within(np.arange(2))):
        expected = [0, 1, 3, 4] if track.documents == 4 else [0, 1]
        assert sorted(track.search.best(asked, 9).ordinals.tolist()) == expected
