"""Exact scores of single rows: one order of operations in float64, whatever else is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.indexes._native import Closeness, score_pairs
from mnemic.indexes.dense.batch import check_matrix, checked_rows, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.dense.batch import Metric

_CLOSENESS: dict[Metric, Closeness] = {
    "ip": Closeness.PRODUCT,
    "cosine": Closeness.COSINE,
    "l2": Closeness.DISTANCE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Query vectors that were checked for a metric.

    Attributes:
        vectors: float32 [n, dims], as they were given.
        directions: What is scanned with: ``vectors``, of length 1 when the metric is cosine.
        lengths: float64 [n], the lengths of ``vectors``.
    """

    vectors: NDArray[np.float32]
    directions: NDArray[np.float32]
    lengths: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.vectors)

    @classmethod
    def checked(cls, queries: NDArray[np.float32], metric: Metric) -> Self:
        """Check a batch of queries; O(n x dims).

        Raises:
            InvalidInput: It is not float32 [n, dims], or a row, which is named, is not finite or
                is too long.
        """
        check_matrix("queries", queries)
        vectors = np.ascontiguousarray(queries)
        lengths = checked_rows("queries", vectors, metric)
        directions = normalised(vectors, lengths) if metric == "cosine" else vectors
        return cls(vectors, directions, lengths)

    def span(self, start: int, end: int) -> Questions:
        """Some of the queries, as views."""
        return Questions(
            self.vectors[start:end], self.directions[start:end], self.lengths[start:end]
        )


def exact(
    metric: Metric,
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
    questions: Questions,
    which: NDArray[np.int64],
    *,
    threads: int = 1,
) -> NDArray[np.float64]:
    """Score ``vectors[rows[i]]`` for query ``which[i]``; O(rows x dims), without the GIL.

    The products of two float32 are exact in float64, and a row's sum is made in an order that
    depends on dims alone: the same two vectors always have the same score, bit for bit.
    A zero vector has no direction: its cosine with everything is 0.

    Raises:
        InvalidInput: A number names no row or no query, or dimensions differ.
    """
    closeness, queries, lengths = _CLOSENESS[metric], questions.vectors, questions.lengths
    return score_pairs(closeness, vectors, rows, queries, which, lengths, threads)
