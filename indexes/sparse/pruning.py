"""Keep the largest weights of each learned sparse vector: smaller lists, at some loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.arguments import whole
from mnemic.indexes.sparse.batch import check_batch
from mnemic.indexes.sparse.csr import read_csr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mnemic.indexes.sparse.batch import TermBatch

Id = TypeVar("Id", np.uint32, np.int64)
# Temporary arrays are those of so many weights, or of one longer row.
BLOCK = 1 << 20
_LARGEST = float(np.finfo(np.float32).max)


def pruned(batch: TermBatch, top_k: int) -> TermBatch:
    """Each row with its ``top_k`` largest weights alone; of equal ones those with lower numbers.

    The rows that come out are canonical, whatever went in: weights of a repeated term are added
    up before they are compared, weights of 0 are dropped, and terms ascend by their numbers.

    Args:
        batch: Learned sparse vectors, documents or queries.
        top_k: Most weights of a row, at least 1.

    Raises:
        InvalidInput: ``top_k`` is below 1, the batch is no ``TermBatch``, has no weights or is not
            as that says, or the weights of a repeated term add up to more than a float32 holds.

    Cost: O(n log n) for n weights, in NumPy; no Python per weight or row.
    """
    check_batch("batch", batch)
    if batch.weights is None:
        raise InvalidInput("the batch has no weights to prune by")
    rows = read_csr((batch.offsets, batch.terms, batch.weights), len(batch.vocabulary))
    offsets, terms, weights = prune_rows(*rows, checked_top_k(top_k))
    return replace(batch, offsets=offsets, terms=terms, weights=weights)


def checked_top_k(top_k: int) -> int:
    """How many weights are kept.

    Raises:
        InvalidInput: It is below 1, or not a whole number.
    """
    number = whole("top_k", top_k)
    if number < 1:
        raise InvalidInput(f"top_k={number} is below 1", hint="Leave it out to keep all weights.")
    return number


def prune_rows(
    offsets: NDArray[np.int64], ids: NDArray[Id], weights: NDArray[np.float32], top_k: int
) -> tuple[NDArray[np.int64], NDArray[Id], NDArray[np.float32]]:
    """:func:`pruned` on checked arrays: int64 [rows + 1], ids and float32 weights [total]."""
    counts, kept_ids, kept_weights = [np.zeros(1, np.int64)], [ids[:0]], [weights[:0]]
    for first, last in _blocks(offsets):
        some = slice(offsets[first], offsets[last])
        rows = np.repeat(np.arange(last - first), np.diff(offsets[first : last + 1]))
        rows, own_ids, own_weights = _canonical(rows, ids[some], weights[some])
        kept = _strongest(rows, own_weights, top_k)
        counts.append(np.bincount(rows[kept], minlength=last - first))
        kept_ids.append(own_ids[kept])
        kept_weights.append(own_weights[kept])
    ends = np.cumsum(np.concatenate(counts), dtype=np.int64)
    return ends, np.concatenate(kept_ids), np.concatenate(kept_weights)


def _blocks(offsets: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Consecutive rows with a bounded number of weights, or a single row."""
    first, rows = 0, len(offsets) - 1
    while first < rows:
        fitting = int(np.searchsorted(offsets, offsets[first] + BLOCK, side="right")) - 1
        last = max(fitting, first + 1)
        yield first, last
        first = last


def _canonical(
    rows: NDArray[np.int64], ids: NDArray[Id], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[Id], NDArray[np.float32]]:
    """Rows of ascending, distinct ids with weights above 0."""
    rises = (ids[1:] > ids[:-1]) | (rows[1:] > rows[:-1])
    if not rises.all():
        order = np.lexsort((ids, rows))
        rows, ids, weights = rows[order], ids[order], weights[order]
        new = np.ones(len(rows), np.bool_)
        new[1:] = (ids[1:] != ids[:-1]) | (rows[1:] != rows[:-1])
        rows, ids, weights = rows[new], ids[new], _sums(np.cumsum(new) - 1, weights)
    positive = weights > 0
    if positive.all():
        return rows, ids, weights
    return rows[positive], ids[positive], weights[positive]


def _sums(groups: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """In double and in their order, as the index itself adds them up."""
    sums = np.bincount(groups, weights=weights)
    if sums.max() > _LARGEST:
        raise InvalidInput("the weights of a repeated term add up to more than a float32 holds")
    return sums.astype(np.float32)


def _strongest(
    rows: NDArray[np.int64], weights: NDArray[np.float32], top_k: int
) -> NDArray[np.bool_]:
    """Which weights of canonical rows to keep.

    The bits of positive floats ascend with them, so that one sort of numbers made of row and
    weight finds the last weight of every row that still fits.
    """
    counts = np.bincount(rows)
    long = counts > top_k
    if not long.any():
        return np.ones(len(rows), np.bool_)
    keys = (rows.astype(np.uint64) << np.uint64(32)) | ~weights.view(np.uint32)
    starts = np.cumsum(counts) - counts
    last = np.full(len(counts), np.iinfo(np.uint64).max, np.uint64)
    last[long] = np.sort(keys)[starts[long] + (top_k - 1)]
    above, ties = keys < last[rows], keys == last[rows]
    room = top_k - np.bincount(rows[above], minlength=len(counts))
    earlier = np.cumsum(ties) - ties
    kept: NDArray[np.bool_] = above | (ties & (earlier - earlier[starts[rows]] < room[rows]))
    return kept
