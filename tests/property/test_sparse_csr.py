"""Compressed rows against a dense oracle, and pruning against sorting."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.counts import scaled

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import (
    Impact,
    LiveSegment,
    SparseIndex,
    SparseSegment,
    TermBatch,
    VocabularyIds,
    pruned,
    vocabulary_of_tokens,
)

Rows: TypeAlias = list[list[tuple[int, float]]]
COLUMNS = 12
VOCABULARIES = (
    VocabularyIds(COLUMNS),
    # The order of the tokens is not that of their ids.
    vocabulary_of_tokens([f"{(7 * column) % COLUMNS:x}" for column in range(COLUMNS)]),
)
# Sums and products of few of these are exact in any order, and there are many ties.
IMPACTS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.0, 2.0, 3.0])
# Columns in any order, and more than once.
ROWS = st.lists(
    st.lists(st.tuples(st.integers(0, COLUMNS - 1), IMPACTS), max_size=10), min_size=1, max_size=8
)
INDEX_TYPES = st.sampled_from([np.uint8, np.int16, np.int32, np.uint32, np.int64])
DATA_TYPES = st.sampled_from([np.float16, np.float32, np.float64])
DATA_OR_COUNTS = st.sampled_from([np.float64, np.int64])
EXAMPLES = scaled(150, 5_000)


def csr(rows: Rows, types: tuple[Any, Any]) -> tuple[Any, Any, Any]:
    indptr = np.cumsum([0, *map(len, rows)])
    indices = [column for row in rows for column, _ in row]
    data = [impact for row in rows for _, impact in row]
    return indptr, np.asarray(indices, types[0]), np.asarray(data, types[1])


def dense(rows: Rows) -> np.ndarray:
    matrix = np.zeros((len(rows), COLUMNS))
    for number, row in enumerate(rows):
        for column, impact in row:
            matrix[number, column] += impact
    return matrix


def sorted_out(row: np.ndarray, top_k: int) -> dict[int, float]:
    """The largest values of a dense row, by sorting in Python."""
    order = sorted((-value, column) for column, value in enumerate(row.tolist()) if value > 0)
    return {column: -value for value, column in sorted(order[:top_k], key=lambda pair: pair[1])}


@settings(max_examples=EXAMPLES, deadline=None)
@given(ROWS, ROWS, st.sampled_from(VOCABULARIES), st.tuples(INDEX_TYPES, DATA_TYPES))
def test_scores_are_those_of_the_dense_product(
    rows: Rows, queries: Rows, vocabulary: Any, types: tuple[Any, Any]
) -> None:
    documents = [row for row in rows if any(impact for _, impact in row)]
    batch = TermBatch.from_csr(csr(documents, types), vocabulary)
    segment = LiveSegment(SparseSegment.build(batch), np.arange(len(documents)))
    asked = TermBatch.from_csr(csr(queries, types), vocabulary)
    top = SparseIndex([segment], threads=1).search(asked, len(rows) + 1, scorer=Impact())
    scores = dense(queries) @ dense(documents).T
    for query, row in enumerate(scores):
        values, ordinals = top.row(query)
        order = sorted((-value, place) for place, value in enumerate(row.tolist()) if value)
        assert list(zip((-values).tolist(), ordinals.tolist(), strict=True)) == order


@settings(max_examples=EXAMPLES, deadline=None)
@given(ROWS, st.integers(1, 11), st.tuples(INDEX_TYPES, DATA_TYPES))
def test_pruning_is_sorting(rows: Rows, top_k: int, types: tuple[Any, Any]) -> None:
    found = pruned(TermBatch.from_csr(csr(rows, types), VOCABULARIES[0]), top_k)
    assert found.weights is not None
    ends = found.offsets.tolist()
    pairs = list(zip(found.terms.tolist(), found.weights.tolist(), strict=True))
    assert len(found) == len(rows)
    for number, row in enumerate(dense(rows)):
        expected = list(sorted_out(row, top_k).items())
        assert pairs[ends[number] : ends[number + 1]] == expected


LARGE = (2**24, 2**24 + 1, 2**32 + 1)
ODD = st.sampled_from([-(2**40), -1, 0, 1, 3, COLUMNS - 1, COLUMNS, *LARGE, np.nan, np.inf])


def sound(indptr: list[int], indices: list[int], data: list[float]) -> bool:
    """Whether these are rows, told in plain Python; only whole numbers have a limit."""
    whole = all(isinstance(impact, int) for impact in data)
    return (
        indptr[:1] == [0]
        and indptr == sorted(indptr)
        and indptr[-1] == len(indices) == len(data)
        and all(0 <= column < COLUMNS for column in indices)
        and all(0 <= impact < np.inf for impact in data)
        and not (whole and max(data, default=0) > 2**24)
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(ROWS, st.integers(0, 2), st.integers(0, 99), ODD | st.none(), DATA_OR_COUNTS)
@example([[(0, 1.0)]], 2, 0, 2**24 + 1, np.float64)
@example([[(0, 1.0), (1, 1.0)]], 2, 0, 2**24 + 1, np.float64)
@example([[(0, 1.0), (1, 1.0)]], 2, 0, 2**24 + 1, np.int64)
@example([[(0, 1.0), (1, 1.0)]], 2, 0, 2**24, np.int64)
def test_rows_with_one_wrong_number_are_refused(
    rows: Rows, which: int, place: int, odd: float | None, type_of_data: Any
) -> None:
    arrays = [part.tolist() for part in csr(rows, (np.int64, type_of_data))]
    changed = arrays[which]
    if odd is None:
        del changed[place % (len(changed) + 1) :]
    elif changed and (which == 2 or np.isfinite(odd)):
        changed[place % len(changed)] = odd
    indptr, indices, data = arrays
    # Whole numbers alone become an array of them; one float among them makes all floats.
    given_arrays = (np.asarray(indptr, np.int64), np.asarray(indices, np.int64), np.asarray(data))
    if sound(indptr, indices, data):
        assert len(TermBatch.from_csr(given_arrays, VOCABULARIES[0])) == len(indptr) - 1
    else:
        with pytest.raises(InvalidInput):
            TermBatch.from_csr(given_arrays, VOCABULARIES[0])
