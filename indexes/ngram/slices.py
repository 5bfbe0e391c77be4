"""Cutting states with very many occurrences into pieces, so that memory stays bounded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.values import Ranges

ROWS_AT_ONCE = 1 << 20


def sliced(
    ranges: Ranges, *, most: int = ROWS_AT_ONCE
) -> Iterator[tuple[Ranges, NDArray[np.int64]]]:
    """States as batches of pieces with at most ``most`` rows or so, which together are theirs.

    Args:
        ranges: [n] states.
        most: Rows of a batch, deleted documents' included; a batch may have twice as many.

    Yields:
        Pieces, each of which has rows in one block, and int64 [pieces], the state of each.
    """
    sizes = ranges.bounds[:, :, 1].astype(np.int64) - ranges.bounds[:, :, 0]
    if int(sizes.sum()) <= most:
        yield ranges, np.arange(len(ranges), dtype=np.int64)
        return
    states, blocks = np.nonzero(sizes)
    pieces = -(-sizes[states, blocks] // most)
    of_state = np.repeat(np.arange(len(states)), pieces)
    nth = np.arange(len(of_state)) - (np.cumsum(pieces) - pieces)[of_state]
    states, blocks = states[of_state], blocks[of_state]
    begins = ranges.bounds[states, blocks, 0] + nth * most
    ends = np.minimum(begins + most, ranges.bounds[states, blocks, 1])
    batches = np.cumsum(ends - begins) // most
    for first, last in _runs(batches):
        bounds = np.zeros((last - first, *ranges.bounds.shape[1:]), ranges.bounds.dtype)
        rows = np.arange(last - first)
        bounds[rows, blocks[first:last], 0] = begins[first:last]
        bounds[rows, blocks[first:last], 1] = ends[first:last]
        yield replace(ranges, bounds=bounds), states[first:last]


def _runs(values: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Where each run of equal values begins and ends; there is at least one value."""
    cuts = np.flatnonzero(np.diff(values)) + 1
    yield from zip([0, *cuts.tolist()], [*cuts.tolist(), len(values)], strict=True)
