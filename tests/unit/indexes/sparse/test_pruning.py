"""Pruning learned sparse rows: what is kept, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import SparseSegment, TermBatch, VocabularyIds, pruned, pruning

IDS = VocabularyIds(100)


def batch(*rows: dict[int, float]) -> TermBatch:
    """Rows of weights by column, in the order of the dicts."""
    offsets = np.cumsum([0, *map(len, rows)])
    columns = [column for row in rows for column in row]
    weights = [weight for row in rows for weight in row.values()]
    data = np.asarray(weights, np.float32)
    return TermBatch.from_csr((offsets, np.asarray(columns, np.int64), data), IDS)


def rows_of(found: TermBatch) -> list[dict[int, float]]:
    assert found.weights is not None
    ends = found.offsets.tolist()
    pairs = list(zip(found.terms.tolist(), found.weights.tolist(), strict=True))
    return [dict(pairs[start:end]) for start, end in pairwise(ends)]


def test_the_largest_are_kept() -> None:
    found = pruned(batch({1: 5, 2: 1, 3: 3}, {}, {4: 1}, {9: 1, 10: 2, 11: 3, 12: 4}), 2)
    assert rows_of(found) == [{1: 5, 3: 3}, {}, {4: 1}, {11: 3, 12: 4}]
    assert found.vocabulary is IDS


def test_of_equal_ones_the_lower_are_kept() -> None:
    found = pruned(batch({7: 1, 5: 1, 3: 1, 1: 1}, {7: 1, 5: 2, 3: 1, 8: 2}), 3)
    assert rows_of(found) == [{1: 1, 3: 1, 5: 1}, {3: 1, 5: 2, 8: 2}]


def test_rows_come_out_canonical() -> None:
    repeated = (np.asarray([0, 5]), np.asarray([8, 2, 8, 3, 1]), np.asarray([1.0, 1.5, 1, 0, 0.5]))
    found = pruned(TermBatch.from_csr(repeated, IDS), 2)
    assert (found.terms.tolist(), rows_of(found)) == ([2, 8], [{2: 1.5, 8: 2}])
    assert rows_of(pruned(found, 9)) == rows_of(found)


def test_a_row_of_zeros_becomes_empty() -> None:
    found = pruned(batch({1: 0.0, 2: -0.0}, {3: 1}), 1)
    assert rows_of(found) == [{}, {3: 1}]
    with pytest.raises(InvalidInput, match="row 0 is an empty vector"):
        SparseSegment.build(found)


def test_no_rows_stay_no_rows() -> None:
    assert rows_of(pruned(batch(), 1)) == []
    assert rows_of(pruned(batch({}, {}), 1)) == [{}, {}]


def test_extreme_weights_are_ordered() -> None:
    largest, least = float(np.finfo(np.float32).max), float(np.float32(1e-45))
    row = {1: least, 2: largest, 3: 1.0, 4: 2 * least}
    assert list(rows_of(pruned(batch(row), 3))[0]) == [2, 3, 4]


@pytest.mark.parametrize("block", [1, 2, 3, 5, 1000])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{c: float(c * r % 4) for c in range(r % 6)} for r in range(20)]
    expected = rows_of(pruned(batch(*rows), 2))
    monkeypatch.setattr(pruning, "BLOCK", block)
    assert rows_of(pruned(batch(*rows), 2)) == expected


@pytest.mark.parametrize("top_k", [0, -1, 1.5, None, "2"])
def test_a_number_of_weights_is_whole_and_above_0(top_k: Any) -> None:
    with pytest.raises(InvalidInput, match="top_k="):
        pruned(batch({1: 1}), top_k)


def test_rows_without_weights_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no weights to prune by"):
        pruned(TermBatch.from_tokens([[b"a"]]), 1)


def test_rows_that_are_none_are_refused() -> None:
    good = batch({1: 1, 2: 2})
    for offsets in ([0, 1], [0, 3], [1, 2], [0, 2, 1, 2]):
        broken = TermBatch(IDS, np.asarray(offsets), good.terms, good.weights)
        with pytest.raises(InvalidInput, match="indptr"):
            pruned(broken, 1)
    with pytest.raises(InvalidInput, match="outside the vocabulary"):
        pruned(TermBatch([b"a"], good.offsets, good.terms, good.weights), 1)


def test_repeated_weights_that_overflow_are_refused() -> None:
    huge = (np.asarray([0, 2]), np.asarray([1, 1]), np.asarray([3e38, 3e38], np.float32))
    with pytest.raises(InvalidInput, match="more than a float32 holds"):
        pruned(TermBatch.from_csr(huge, IDS), 1)
