"""Compressed rows of any encoder: what is taken as it is, converted, or refused by its place."""

from __future__ import annotations

import resource
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from psutil import Process
from scipy.sparse import csc_array, csr_array, csr_matrix

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import (
    Impact,
    LiveSegment,
    SparseIndex,
    SparseSegment,
    TermBatch,
    VocabularyIds,
    vocabulary_of_tokens,
)

IDS = VocabularyIds(10)
TOKENS = vocabulary_of_tokens(["the", "red", "fox", "##es", "é", "a", "b", "c", "d", "e"])
# Row 0 is columns 2 and 5, row 1 is empty, row 2 is column 2.
INDPTR = np.asarray([0, 2, 2, 3], np.int64)
INDICES = np.asarray([2, 5, 2], np.uint32)
DATA = np.asarray([1.5, 0.25, 4.0], np.float32)
FULL = (np.asarray([0, 2, 3, 4]), np.asarray([2, 5, 9, 2]), np.asarray([1.5, 0.25, 8, 4.0]))


def found(documents: TermBatch, queries: TermBatch) -> list[tuple[float, int]]:
    segment = SparseSegment.build(documents)
    index = SparseIndex([LiveSegment(segment, np.arange(segment.document_count))], threads=1)
    top = index.search(queries, 10, scorer=Impact())
    return list(zip(top.scores.tolist(), top.ids.tolist(), strict=True))


def test_arrays_of_the_right_types_are_not_copied() -> None:
    batch = TermBatch.from_csr((INDPTR, INDICES, DATA), IDS)
    assert batch.offsets is INDPTR
    assert batch.terms is INDICES
    assert batch.weights is DATA
    assert (len(batch), batch.vocabulary) == (3, IDS)


@pytest.mark.parametrize("vocabulary", [IDS, TOKENS])
def test_rows_are_found_by_products(vocabulary: Any) -> None:
    documents = TermBatch.from_csr(FULL, vocabulary)
    queries = TermBatch.from_csr((np.asarray([0, 2]), np.asarray([2, 5]), DATA[:2]), vocabulary)
    assert found(documents, queries) == [(6.0, 2), (1.5 * 1.5 + 0.0625, 0)]


def test_an_empty_row_is_a_query_without_hits_and_no_document() -> None:
    rows = TermBatch.from_csr((INDPTR, INDICES, DATA), IDS)
    with pytest.raises(InvalidInput, match="row 1 is an empty vector"):
        SparseSegment.build(rows)
    assert len(found(TermBatch.from_csr(FULL, IDS), rows)) == 4


def test_columns_that_stand_twice_add_up() -> None:
    twice = (np.asarray([0, 3]), np.asarray([7, 2, 7]), np.asarray([0.5, 1, 0.25]))
    once = (np.asarray([0, 2]), np.asarray([2, 7]), np.asarray([1, 0.75]))
    one, other = (SparseSegment.build(TermBatch.from_csr(rows, IDS)) for rows in (twice, once))
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name])


def test_terms_of_ids_are_big_endian() -> None:
    terms = [bytes([0, 0, 0, 2]), bytes([0, 0, 0, 9]), b"2", bytes([2, 0, 0, 0])]
    hits = [found(TermBatch.from_csr(FULL, IDS), TermBatch.from_tokens([[t]])) for t in terms]
    assert hits == [[(4.0, 2), (1.5, 0)], [(8.0, 1)], [], []]


def test_terms_of_tokens_are_their_bytes() -> None:
    rows = TermBatch.from_csr((np.asarray([0, 2]), np.asarray([4, 3]), np.ones(2)), TOKENS)
    terms = ["é".encode(), b"##es", b"es"]
    hits = [found(rows, TermBatch.from_tokens([[term]])) for term in terms]
    assert hits == [[(1.0, 0)], [(1.0, 0)], []]


@pytest.mark.parametrize("whole", ["int8", "uint8", "int16", ">i2", "uint16", "int32", "uint64"])
def test_whole_numbers_are_converted_exactly(whole: str) -> None:
    most = min(int(np.iinfo(whole).max), 2**24)
    data = np.asarray([most, 0, most - 1], whole)
    batch = TermBatch.from_csr((INDPTR.astype("int32"), INDICES.astype("uint16"), data), IDS)
    assert batch.weights is not None
    assert batch.weights.astype(np.int64).tolist() == [most, 0, most - 1]
    assert (batch.offsets.dtype.name, batch.terms.dtype.name) == ("int64", "uint32")


@pytest.mark.parametrize("floating", ["float16", "float64", ">f4", "bool"])
def test_other_numbers_become_float32(floating: str) -> None:
    data = np.asarray([0.1, 1, 0], floating)
    weights = TermBatch.from_csr((INDPTR, INDICES, data), IDS).weights
    assert weights is not None
    np.testing.assert_array_equal(weights, data.astype(np.float32))
    assert weights.dtype == np.dtype(np.float32)


def test_what_is_not_contiguous_is_copied() -> None:
    batch = TermBatch.from_csr((INDPTR, np.repeat(INDICES, 2)[::2], np.repeat(DATA, 2)[::2]), IDS)
    assert batch.terms.tolist() == INDICES.tolist()
    assert batch.terms.flags.c_contiguous


def test_anything_with_the_attributes_will_do() -> None:
    bare: Any = SimpleNamespace(indptr=INDPTR, indices=INDICES, data=DATA)
    shaped: Any = SimpleNamespace(**vars(bare), shape=(3, 10), format="csr")
    for rows in (bare, shaped):
        assert TermBatch.from_csr(rows, IDS).terms is INDICES


@pytest.mark.parametrize("kind", [csr_array, csr_matrix])
def test_matrices_of_scipy_are_taken(kind: Any) -> None:
    batch = TermBatch.from_csr(kind((DATA, INDICES, INDPTR), shape=(3, 10)), IDS)
    assert (batch.offsets.tolist(), batch.terms.tolist()) == (INDPTR.tolist(), INDICES.tolist())
    columns = csc_array((DATA, INDICES, INDPTR), shape=(10, 3))
    with pytest.raises(InvalidInput, match="format 'csc'"):
        TermBatch.from_csr(columns, IDS)
    assert len(TermBatch.from_csr(columns.tocsr(), VocabularyIds(3))) == 10


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"format": "csc"}, "format 'csc', not 'csr'"),
        ({"shape": (3, 11)}, r"shape \(3, 11\).* a vocabulary of 10"),
        ({"shape": (4, 10)}, r"shape \(4, 10\), but 3 rows"),
        ({"shape": (3,)}, r"shape \(3,\)"),
    ],
)
def test_another_form_or_shape_is_refused(more: dict[str, Any], message: str) -> None:
    rows: Any = SimpleNamespace(indptr=INDPTR, indices=INDICES, data=DATA, **more)
    with pytest.raises(InvalidInput, match=message):
        TermBatch.from_csr(rows, IDS)


@pytest.mark.parametrize("rows", [None, [INDPTR, INDICES, DATA], (INDPTR, INDICES), np.eye(3)])
def test_what_holds_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(InvalidInput, match="without indptr, indices and data"):
        TermBatch.from_csr(rows, IDS)


@pytest.mark.parametrize(
    ("indptr", "message"),
    [
        ([], "begin with 0"),
        ([1, 3], "begin with 0"),
        ([0, 2, 1, 3], r"indptr\[2\] = 1 is below the one before it"),
        ([0, -1, 3], r"indptr\[1\] = -1"),
        ([0, 2], "ends at 2, but indices has 3"),
        ([0, 9], "ends at 9, but indices has 3"),
    ],
)
def test_row_ends_that_are_none_are_refused(indptr: list[int], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        TermBatch.from_csr((np.asarray(indptr, np.int64), INDICES, DATA), IDS)


@pytest.mark.parametrize("column", [-1, 10, 2**32 + 2, -(2**63)])
def test_a_column_outside_the_vocabulary_is_named(column: int) -> None:
    rows = (INDPTR, np.asarray([2, 5, column], np.int64), DATA)
    with pytest.raises(InvalidInput, match=f"row 2: column {column} is outside the vocabulary"):
        TermBatch.from_csr(rows, IDS)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("impact", [-1.0, np.nan, np.inf, -np.inf])
def test_an_impact_that_is_none_is_named(impact: float, dtype: str) -> None:
    rows = (INDPTR, INDICES, np.asarray([1, impact, 1], dtype))
    with pytest.raises(InvalidInput, match=r"row 0, column 5: impact .* is not a finite number"):
        TermBatch.from_csr(rows, IDS)


@pytest.mark.parametrize(
    ("impact", "dtype"), [(-1, "int8"), (2**24 + 1, "int32"), (2**63, "uint64")]
)
def test_whole_impacts_that_are_not_exact_are_named(impact: int, dtype: str) -> None:
    rows = (INDPTR, INDICES, np.asarray([1, 1, impact], dtype))
    with pytest.raises(InvalidInput, match=f"row 2, column 2: impact {impact} is not a whole"):
        TermBatch.from_csr(rows, IDS)


def test_impacts_beyond_float32_are_refused() -> None:
    rows = (INDPTR, INDICES, np.asarray([1, 1, 1e39]))
    with pytest.raises(InvalidInput, match="row 2, column 2: impact 1e") as refused:
        TermBatch.from_csr(rows, IDS)
    assert "clamp" not in refused.value.hint


@pytest.mark.parametrize(
    ("place", "array", "message"),
    [
        (0, INDPTR.astype(np.float64), "indptr is float64"),
        (0, INDPTR.tolist(), "indptr is a list"),
        (1, INDICES.astype(np.float32), "indices is float32"),
        (1, INDICES.reshape(1, 3), r"indices is uint32 \(1, 3\)"),
        (2, DATA.astype(np.complex64), "data is complex64"),
        (2, DATA.astype(np.longdouble), "data is "),
        (2, np.asarray(["a"] * 3), "data is <U1"),
        (2, DATA.reshape(3, 1), r"data is float32 \(3, 1\)"),
        (2, DATA[:2], "2 numbers in data for 3 in indices"),
    ],
)
def test_arrays_of_other_types_and_sizes_are_refused(place: int, array: Any, message: str) -> None:
    rows: list[Any] = [INDPTR, INDICES, DATA]
    rows[place] = array
    with pytest.raises(InvalidInput, match=message):
        TermBatch.from_csr((rows[0], rows[1], rows[2]), IDS)


def test_no_rows_are_a_batch() -> None:
    none = (np.zeros(1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
    batch = TermBatch.from_csr(none, IDS)
    assert (len(batch), SparseSegment.build(batch).document_count) == (0, 0)


def test_a_vocabulary_costs_nothing_where_its_ids_do_not_occur() -> None:
    ids = VocabularyIds(2**32 - 1)
    rows = (np.asarray([0, 3, 4]), np.asarray([2**32 - 2, 5, 7, 5]), np.asarray([1.0, 2, 0, 3]))
    documents = TermBatch.from_csr(rows, ids)
    # Four bytes for each id would be 17 GB.
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (Process().memory_info().vms + (8 << 30), before[1]))
    try:
        assert found(documents, documents) == [(6.0, 1), (5.0, 0), (9.0, 1), (6.0, 0)]
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_masked_is_not_taken_for_what_counts(place: int) -> None:
    arrays: list[Any] = [INDPTR, INDICES, DATA]
    arrays[place] = np.ma.masked_array(arrays[place], arrays[place] == arrays[place][-1])
    name = ["indptr", "indices", "data"][place]
    with pytest.raises(InvalidInput, match=f"{name} is masked"):
        TermBatch.from_csr(tuple(arrays), IDS)


@pytest.mark.parametrize("vocabulary", [None, 10, {b"a", b"b"}])
def test_a_vocabulary_that_is_no_row_of_terms_is_refused(vocabulary: Any) -> None:
    with pytest.raises(InvalidInput, match="not a sequence of terms") as caught:
        TermBatch.from_csr(FULL, vocabulary)
    assert "VocabularyIds" in caught.value.hint
