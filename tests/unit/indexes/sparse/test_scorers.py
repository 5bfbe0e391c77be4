"""Parameters of the scorers, and which documents they score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

QUERY = TermBatch.from_tokens([[b"a"]])


def index_of(batch: TermBatch) -> SparseIndex:
    segment = SparseSegment.build(batch)
    return SparseIndex([LiveSegment(segment, np.arange(segment.document_count))])


def weighted(rows: int) -> TermBatch:
    return TermBatch(
        [b"a"], np.arange(rows + 1), np.zeros(rows, np.uint32), np.ones(rows, np.float32)
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"k1": -0.1},
        {"k1": float("nan")},
        {"k1": float("inf")},
        {"k1": 1e300},
        {"k1": "1"},
        {"k1": True},
        {"b": -0.1},
        {"b": 1.1},
        {"delta": -1.0},
        {"delta": float("nan")},
        {"variant": "bm42"},
    ],
    ids=str,
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(parameters))):
        BM25(**parameters)


@pytest.mark.parametrize("variant", ["lucene", "robertson", "atire", "bm25l", "bm25+"])
@pytest.mark.parametrize("delta", [0.0, 1e6])
@pytest.mark.parametrize("b", [0.0, 1.0])
@pytest.mark.parametrize("k1", [0.0, 1e6])
def test_extreme_parameters_give_finite_scores(
    k1: float, b: float, delta: float, variant: Any
) -> None:
    index = index_of(TermBatch.from_tokens([[b"a"], [b"a"] * 5_000 + [b"b"], [], [b"b"]]))
    found = index.search(QUERY, 9, scorer=BM25(k1=k1, b=b, delta=delta, variant=variant))
    assert sorted(found.ids.tolist()) == [0, 1]
    assert np.all(np.isfinite(found.scores))


def test_bm25_refuses_impacts_and_impact_refuses_frequencies() -> None:
    with pytest.raises(InvalidInput, match="BM25 cannot score"):
        index_of(weighted(2)).search(QUERY, 1)
    with pytest.raises(InvalidInput, match="Impact cannot score"):
        index_of(QUERY).search(QUERY, 1, scorer=Impact())
    with pytest.raises(InvalidInput, match="Impact cannot score"):
        index_of(QUERY).explain(QUERY, 0, scorer=Impact())


def test_robertson_matches_common_terms_with_a_score_of_zero() -> None:
    index = index_of(TermBatch.from_tokens([[b"a"], [b"a"], [b"a", b"b"]]))
    found = index.search(QUERY, 9, scorer=BM25(variant="robertson"))
    assert found.ids.tolist() == [0, 1, 2]
    assert found.scores.tolist() == [0, 0, 0]


def test_a_repeated_query_term_counts_as_often() -> None:
    index = index_of(TermBatch.from_tokens([[b"a", b"b"], [b"b"]]))
    once = index.search(QUERY, 1).scores[0]
    thrice = index.search(TermBatch.from_tokens([[b"a"] * 3]), 1).scores[0]
    assert thrice == pytest.approx(3 * once)


def test_query_weights_scale_bm25() -> None:
    index = index_of(TermBatch.from_tokens([[b"a", b"b"], [b"b"]]))
    half = TermBatch(
        [b"a"], np.asarray([0, 1]), np.zeros(1, np.uint32), np.full(1, 0.5, np.float32)
    )
    assert index.search(half, 1).scores[0] == 0.5 * index.search(QUERY, 1).scores[0]
