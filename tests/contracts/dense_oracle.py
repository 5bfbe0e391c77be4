"""Dense search by brute force, in float64 with NumPy: what the index must find."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.indexes.dense import DenseBatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense import Metric

Vectors: TypeAlias = tuple[tuple[float, ...], ...]
"""A document: its passages' vectors, none to many."""


def score(metric: Metric, document: Sequence[float], query: Sequence[float]) -> float:
    """One passage's score, of the numbers that float32 keeps."""
    x = np.asarray(document, np.float32).astype(np.float64)
    q = np.asarray(query, np.float32).astype(np.float64)
    match metric:
        case "l2":
            return -float(((x - q) ** 2).sum())
        case "ip":
            return float((x * q).sum())
        case "cosine":
            return float((unit(x).astype(np.float32) * unit(q)).sum())


def unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.sqrt((x * x).sum()))
    return x / length if length else x


def best(metric: Metric, live: Mapping[int, Vectors], query: Vectors) -> Mapping[int, float]:
    """MaxP over every passage of every document that has one."""
    return {
        ordinal: max(score(metric, vector, query[0]) for vector in vectors)
        for ordinal, vectors in live.items()
        if vectors
    }


def dense_batch(rows: Sequence[Vectors], metric: Metric, dims: int) -> DenseBatch:
    """Documents of any number of passages, one after the other."""
    flat = [vector for row in rows for vector in row]
    owners = [number for number, row in enumerate(rows) for _ in row]
    vectors = np.asarray(flat, np.float32).reshape(len(flat), dims)
    return DenseBatch(vectors, metric, np.asarray(owners, np.int64), len(rows))
