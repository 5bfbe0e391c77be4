"""Pieces of states: all their rows, each once, and never too many at a time."""

from __future__ import annotations

import numpy as np
import pytest

from mnemic.indexes.ngram.slices import sliced
from mnemic.indexes.ngram.values import Ranges

BOUNDS = [[(0, 9), (4, 4)], [(2, 5), (0, 1)], [(7, 7), (7, 7)], [(100, 101), (3, 20)]]
RANGES = Ranges(np.array(BOUNDS, np.uint32))


def rows_of(bounds: list[list[tuple[int, int]]]) -> list[list[tuple[int, int]]]:
    """Block and row of every occurrence of each state."""
    return [
        [(block, row) for block, (begin, end) in enumerate(state) for row in range(begin, end)]
        for state in bounds
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 30, 31, 100])
def test_pieces_have_all_rows_of_their_states_in_order(most: int) -> None:
    found: list[list[tuple[int, int]]] = [[] for _ in BOUNDS]
    for ranges, states in sliced(RANGES, most=most):
        pieces = rows_of([[tuple(block) for block in state] for state in ranges.bounds.tolist()])
        assert sum(len(piece) for piece in pieces) <= 2 * most
        assert len(pieces) == len(states)
        for piece, state in zip(pieces, states.tolist(), strict=True):
            found[state] += piece
    assert found == rows_of(BOUNDS)


def test_few_rows_stay_as_they_are() -> None:
    [(ranges, states)] = sliced(RANGES, most=31)
    assert ranges is RANGES
    assert states.tolist() == [0, 1, 2, 3]
