"""What a batch of terms accepts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import SparseSegment, TermBatch

OFFSETS = np.asarray([0, 2, 3], np.int64)
TERMS = np.asarray([0, 1, 1], np.uint32)
WEIGHTS = np.asarray([1, 2, 3], np.float32)


def test_tokens_are_numbered_in_order_of_occurrence() -> None:
    batch = TermBatch.from_tokens([[b"x", b"y", b"x"], [], [b"z"]])
    assert batch.vocabulary == [b"x", b"y", b"z"]
    assert batch.terms.tolist() == [0, 1, 0, 2]
    assert batch.offsets.tolist() == [0, 3, 3, 4]
    assert len(batch) == 3


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("offsets", OFFSETS.astype(np.int32)),
        ("offsets", OFFSETS.tolist()),
        ("terms", TERMS.astype(np.int64)),
        ("terms", TERMS.reshape(1, 3)),
        ("terms", np.repeat(TERMS, 2)[::2]),
        ("weights", WEIGHTS.astype(np.float64)),
    ],
)
def test_arrays_of_another_form_are_refused(name: str, array: Any) -> None:
    given: dict[str, Any] = {"offsets": OFFSETS, "terms": TERMS, "weights": WEIGHTS, name: array}
    with pytest.raises(InvalidInput, match=name):
        TermBatch([b"a", b"b"], **given)


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        ([], "begin with 0"),
        ([1, 3], "begin with 0"),
        ([0, 2, 1, 3], r"offsets\[2\]"),
        ([0, 2], "end at 2"),
        ([0, 9], "end at 9"),
        ([0, -1, 3], r"offsets\[1\]"),
    ],
)
def test_broken_offsets_are_refused(offsets: list[int], message: str) -> None:
    batch = TermBatch([b"a", b"b"], np.asarray(offsets, np.int64), TERMS)
    with pytest.raises(InvalidInput, match=message):
        SparseSegment.build(batch)


def test_a_term_outside_the_vocabulary_is_refused() -> None:
    batch = TermBatch([b"a"], OFFSETS, TERMS)
    with pytest.raises(InvalidInput, match=r"terms\[1\] = 1 is outside the vocabulary of 1"):
        SparseSegment.build(batch)


def test_a_term_that_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="same term twice"):
        SparseSegment.build(TermBatch([b"a", b"a"], OFFSETS, TERMS))


@pytest.mark.parametrize("vocabulary", [["a", "b"], [b"a", None], [b"a", bytearray(b"b")]])
def test_terms_are_bytes(vocabulary: Any) -> None:
    with pytest.raises(InvalidInput, match="is not bytes"):
        SparseSegment.build(TermBatch(vocabulary, OFFSETS, TERMS))


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, -np.inf, -1e-45])
def test_weights_are_finite_and_not_negative(weight: float) -> None:
    weights = np.asarray([1, weight, 1], np.float32)
    with pytest.raises(InvalidInput, match=r"row 0: weight .* is not a finite number >= 0"):
        SparseSegment.build(TermBatch([b"a", b"b"], OFFSETS, TERMS, weights))


def test_an_empty_vector_is_refused_by_row() -> None:
    weights = np.asarray([1, 1, 0], np.float32)
    with pytest.raises(InvalidInput, match="row 1 is an empty vector"):
        SparseSegment.build(TermBatch([b"a", b"b"], OFFSETS, TERMS, weights))


def test_weights_and_terms_are_as_many() -> None:
    with pytest.raises(InvalidInput, match="differ in number"):
        SparseSegment.build(TermBatch([b"a", b"b"], OFFSETS, TERMS, WEIGHTS[:2]))


def test_repeated_weights_that_overflow_are_refused() -> None:
    huge = np.asarray([3e38, 3e38], np.float32)
    offsets = np.asarray([0, 2], np.int64)
    batch = TermBatch([b"a"], offsets, np.zeros(2, np.uint32), huge)
    with pytest.raises(InvalidInput, match="more than a float32 holds"):
        SparseSegment.build(batch)
