"""Exact scores of single rows: one order of operations in float64, whatever else is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.indexes.dense.batch import check_matrix, checked_rows, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.dense.batch import Metric

# Numbers at a time: 128 KiB in float64 stay in the cache, and malloc reuses them; for larger ones
# it asks the system for fresh pages each time, which costs five times the arithmetic.
_BLOCK = 2**14


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
) -> NDArray[np.float64]:
    """Score ``vectors[rows[i]]`` for query ``which[i]``; O(rows x dims), in blocks.

    The products of two float32 are exact in float64, and a row's sum is made in an order that
    depends on dims alone: the same two vectors always have the same score, bit for bit.
    A zero vector has no direction: its cosine with everything is 0.
    """
    dims = vectors.shape[1]
    step = min(max(1, _BLOCK // dims), max(1, len(rows)))
    narrow, wide, asked = (np.empty((step, dims), kind) for kind in ("f4", "f8", "f8"))
    queries, scores = questions.vectors.astype(np.float64), np.empty(len(rows), np.float64)
    for start in range(0, len(rows), step):
        span = slice(start, min(start + step, len(rows)))
        a, x, q = (array[: span.stop - start] for array in (narrow, wide, asked))
        # "clip" only spares the copy that NumPy makes for undoing a row that is none.
        np.take(vectors, rows[span], axis=0, out=a, mode="clip")
        np.take(queries, which[span], axis=0, out=q, mode="clip")
        np.copyto(x, a)
        _products(metric, x, q)
        np.add.reduce(x, axis=1, out=scores[span])
    if metric == "l2":
        np.negative(scores, out=scores)
    if metric == "cosine":
        lengths = questions.lengths[which]
        scores /= np.where(lengths > 0, lengths, 1.0)
    return scores + 0.0  # -0.0 becomes 0.0, so that equal scores have equal bytes


def _products(metric: Metric, x: NDArray[np.float64], q: NDArray[np.float64]) -> None:
    """What a score sums, in place of ``x``."""
    if metric == "l2":
        np.subtract(x, q, out=x)
        np.multiply(x, x, out=x)
    else:
        np.multiply(x, q, out=x)
