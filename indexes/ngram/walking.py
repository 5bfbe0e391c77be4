"""Many states of the index that follow a graph of bytes together, one byte a step."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
"""States that are extended at once; 4 million take about 100 MB a block."""


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
        LimitExceeded: More than ``MOST_STATES`` states would be extended at once.
    """
    arrived = [Walked(ranges.take(np.arange(0)), np.zeros(0, np.int64), np.zeros(0, np.int64))]
    owners, length = np.arange(len(ranges), dtype=np.int64), 0
    while len(ranges):
        if (done := np.flatnonzero(automaton.last[nodes])).size:
            lengths = np.full(done.size, length, np.int64)
            arrived.append(Walked(ranges.take(done), owners[done], lengths))
        parents, edges = _edges(automaton, nodes)
        if not len(edges):
            break
        if len(edges) > MOST_STATES:
            raise LimitExceeded(
                f"pattern matches in more than {MOST_STATES} different ways",
                hint="make it longer, or match case",
            )
        extended = index.extend(ranges, automaton.symbols[edges], parents)
        alive = np.flatnonzero(index.totals(extended))
        ranges, owners = extended.take(alive), owners[parents[alive]]
        nodes, length = automaton.targets[edges[alive]], length + 1
    return Walked(
        joined([each.ranges for each in arrived]),
        np.concatenate([each.owners for each in arrived]),
        np.concatenate([each.lengths for each in arrived]),
    )


def joined(parts: Sequence[Ranges]) -> Ranges:
    """States of one index, one after the other; there is at least one part."""
    return replace(parts[0], bounds=np.concatenate([part.bounds for part in parts]))


def _edges(
    automaton: Automaton, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every edge of every state: the row of the state, and the number of the edge."""
    begins = automaton.offsets[nodes]
    degrees = automaton.offsets[nodes + 1] - begins
    parents = np.repeat(np.arange(len(nodes), dtype=np.int64), degrees)
    before = np.cumsum(degrees) - degrees
    return parents, np.arange(len(parents), dtype=np.int64) + (begins - before)[parents]
