"""From ordinals and passage numbers to spans of text."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.retrieval.vectors.pieces_of import Texts, piece_of, split

from mnemic.retrieval.vectors.places import spans_of

TEXTS: Texts = {2: ("a", "b"), 3: (), 7: ("c",), 8: ("d", "e", "f"), 40: ("g",)}
ASKED = [(8, 2), (2, 0), (40, 0), (8, 0), (2, 1), (7, 0), (8, 2)]


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_every_passage_is_at_its_place(every: int) -> None:
    pieces = [piece_of("dense", part) for part in split(TEXTS, every=every)]
    ordinals, numbers = (np.array(values) for values in zip(*ASKED, strict=True))
    starts = [100 * ordinal + number for ordinal, number in ASKED]
    assert spans_of(pieces, ordinals, numbers).tolist() == [[s, s + 1] for s in starts]


def test_nothing_asked_has_no_places() -> None:
    none = np.empty(0, np.int64)
    assert spans_of([], none, none).shape == (0, 2)
    assert spans_of([piece_of("dense", TEXTS)], none, none).shape == (0, 2)


def test_pieces_without_documents_are_passed_over() -> None:
    empty = piece_of("dense", {})
    pieces = [empty, piece_of("dense", {1: ("a",)}), empty, piece_of("dense", {5: ("b",)}), empty]
    found = spans_of(pieces, np.array([5, 1]), np.array([0, 0]))
    assert found.tolist() == [[500, 501], [100, 101]]
