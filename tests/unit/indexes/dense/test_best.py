"""Ranking candidates: order, ties, documents once, floors, and what is refused."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnemic.errors import InvalidInput
from mnemic.indexes._native import rank_candidates

QUERIES = 70  # more than one task of the native loop
Candidate = tuple[int, float, int, int]
Found = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]
CANDIDATES = st.lists(
    st.tuples(
        st.integers(0, QUERIES - 1) | st.just(3),
        st.sampled_from([-inf, -1.5, 0.0, 0.25, 7.0]),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
    max_size=80,
    unique_by=lambda candidate: (candidate[0], candidate[2], candidate[3]),
)


def arrays(candidates: list[Candidate]) -> Found:
    columns = [list(column) for column in zip(*candidates, strict=True)] or [[], [], [], []]
    which, scores, ordinals, passages = columns
    whole = [np.asarray(column, np.int64) for column in (which, ordinals, passages)]
    return whole[0], np.asarray(scores, np.float64), whole[1], whole[2]


def expected(
    candidates: list[Candidate], query: int, *, per_passage: bool
) -> list[tuple[float, int]]:
    """Scores and numbers of the candidates of one query, best first."""
    mine = [i for i, candidate in enumerate(candidates) if candidate[0] == query]
    mine.sort(key=lambda i: (-candidates[i][1], candidates[i][2:]))
    seen: set[int] = set()
    kept = []
    for i in mine:
        if per_passage or candidates[i][2] not in seen:
            kept.append((candidates[i][1], i))
        seen.add(candidates[i][2])
    return kept


@given(CANDIDATES, st.integers(0, 6), st.booleans(), st.integers(1, 3))
def test_the_best_of_each_query_by_score_ordinal_and_passage(
    candidates: list[Candidate], k: int, per_passage: bool, threads: int
) -> None:
    found, floors = rank_candidates(*arrays(candidates), QUERIES, k, per_passage, threads)
    lists = [expected(candidates, query, per_passage=per_passage) for query in range(QUERIES)]
    assert found.tolist() == [number for best in lists for _, number in best[:k]]
    assert floors.tolist() == [best[k - 1][0] if 0 < k <= len(best) else -inf for best in lists]


def test_what_does_not_fit_is_refused() -> None:
    one = arrays([(0, 1.0, 2, 0)])
    with pytest.raises(InvalidInput, match="differ in number"):
        rank_candidates(one[0], one[1], one[2], np.empty(0, np.int64), 1, 1, False, 1)
    for query in (-1, 1):
        with pytest.raises(InvalidInput, match=f"query {query} is not one of 1"):
            rank_candidates(one[0] * 0 + query, one[1], one[2], one[3], 1, 1, False, 1)
