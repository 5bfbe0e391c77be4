"""Which texts run together: those of like length, within a budget of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray


def plan(lengths: Sequence[int], *, budget: int, most: int) -> Iterator[NDArray[np.int64]]:
    """Positions of the texts of each batch, longest first, so that the worst case comes first.

    Args:
        lengths: Tokens of each text.
        budget: Most tokens of a batch, padding included; one text alone may have more.
        most: Most texts of a batch.

    Yields:
        int64 positions; together each position exactly once.
    """
    order = np.argsort(-np.asarray(lengths, np.int64), kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, lengths[order[start]])
        count = min(most, max(1, budget // longest))
        yield order[start : start + count]
        start += count


def padded(rows: Sequence[Sequence[int]], *, pad: int) -> tuple[NDArray[np.int64], ...]:
    """Token ids and mask of one batch: two int64 arrays [texts, longest]."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), pad, np.int64)
    mask = np.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return ids, mask
