"""Many states of the index that follow a graph of bytes together, one byte a step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.automaton import Automaton
    from mnemic.indexes.ngram.index import NgramIndex
    from mnemic.indexes.ngram.values import Ranges

MOST_STATES = 1 << 22
"""States at once, those that are found and those that are tried; 4 million take about 100 MB a
block."""


@dataclass(frozen=True, slots=True)
class Walked:
    """States that reached the end of a graph.

    Attributes:
        ranges: [n] states.
        owners: int64 [n], the row of the start that each came from.
        lengths: int64 [n], bytes from there.
    """

    ranges: Ranges
    owners: NDArray[np.int64]
    lengths: NDArray[np.int64]


def walk(
    index: NgramIndex, ranges: Ranges, automaton: Automaton, nodes: NDArray[np.int64]
) -> Walked:
    """Follow graphs from states of the index, a byte a step, and drop what matches nothing.

    Args:
        index: The snapshot.
        ranges: [n] states to begin with.
        automaton: The graphs.
        nodes: int64 [n], where each state begins.

    Raises:
        LimitExceeded: More than ``MOST_STATES`` of them match something.
    """
    arrived = [Walked(ranges.take(np.arange(0)), np.zeros(0, np.int64), np.zeros(0, np.int64))]
    owners, length = np.arange(len(ranges), dtype=np.int64), 0
    while len(ranges):
        if (done := np.flatnonzero(automaton.last[nodes])).size:
            lengths = np.full(done.size, length, np.int64)
            arrived.append(Walked(ranges.take(done), owners[done], lengths))
        if len(ranges) > MOST_STATES:
            raise LimitExceeded(
                f"pattern matches in more than {MOST_STATES} different ways",
                hint="make it longer, or match case",
            )
        ranges, parents, nodes = _further(index, ranges, automaton, nodes)
        owners, length = owners[parents], length + 1
    return Walked(
        joined([each.ranges for each in arrived]),
        np.concatenate([each.owners for each in arrived]),
        np.concatenate([each.lengths for each in arrived]),
    )


def joined(parts: Sequence[Ranges]) -> Ranges:
    """States of one index, one after the other; there is at least one part."""
    return replace(parts[0], bounds=np.concatenate([part.bounds for part in parts]))


def coalesced(ranges: Ranges) -> Ranges:
    """States that together have the same rows, as few as there can be; they share no row.

    Two states whose rows are neighbours in a block are one there, for rows are all that matters to
    what is appended. O(states log states) a block.
    """
    blocks = [_merged(ranges.bounds[:, block]) for block in range(ranges.bounds.shape[1])]
    most = max((len(bounds) for bounds in blocks), default=0)
    merged = np.zeros((most, len(blocks), 2), np.uint32)
    for block, bounds in enumerate(blocks):
        merged[: len(bounds), block] = bounds
    return replace(ranges, bounds=merged)


def _merged(bounds: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Ranges of rows [n, 2] in order, with neighbours joined and without empty ones."""
    kept = bounds[bounds[:, 0] < bounds[:, 1]]
    kept = kept[np.argsort(kept[:, 0])]
    apart = kept[1:, 0] != kept[:-1, 1]
    begins = np.concatenate((kept[:1, 0], kept[1:, 0][apart]))
    ends = np.concatenate((kept[:-1, 1][apart], kept[-1:, 1]))
    return np.column_stack((begins, ends))


def _further(
    index: NgramIndex, ranges: Ranges, automaton: Automaton, nodes: NDArray[np.int64]
) -> tuple[Ranges, NDArray[np.int64], NDArray[np.int64]]:
    """The states one byte further that match something, the rows they came from, their nodes."""
    degrees = automaton.offsets[nodes + 1] - automaton.offsets[nodes]
    tried = np.cumsum(degrees) // MOST_STATES
    cuts = np.concatenate(([0], np.flatnonzero(np.diff(tried)) + 1, [len(nodes)]))
    found, parents, reached = [ranges.take(np.arange(0))], [nodes[:0]], [nodes[:0]]
    for first, last in pairwise(cuts.tolist()):
        rows, edges = _edges(automaton, nodes[first:last])
        if not len(edges):
            continue
        extended = index.extend(ranges, automaton.symbols[edges], rows + first)
        alive = np.flatnonzero(index.totals(extended))
        found.append(extended.take(alive))
        parents.append(rows[alive] + first)
        reached.append(automaton.targets[edges[alive]])
    return joined(found), np.concatenate(parents), np.concatenate(reached)


def _edges(
    automaton: Automaton, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every edge of every state: the row of the state, and the number of the edge."""
    begins = automaton.offsets[nodes]
    degrees = automaton.offsets[nodes + 1] - begins
    parents = np.repeat(np.arange(len(nodes), dtype=np.int64), degrees)
    before = np.cumsum(degrees) - degrees
    return parents, np.arange(len(parents), dtype=np.int64) + (begins - before)[parents]
